"""QR codes as part of a page."""

from io import BytesIO

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """Return a QR code as inline SVG that scales with its box."""
    out = BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made by segno of our own text
