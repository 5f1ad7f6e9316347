"""Lines that open with two headers of two letters and then show eight characters and a unit.

HH: ST stable, US in motion, OL overload. KK: GS gross, NT net. CAS and T-Scale send them alike.
"""

import re
from typing import Final

from edge.devices.readings import BadFrame, Mode, Reading
from edge.devices.scales.fields import beyond_range, number, shown_as, unit_named, weighed

_MODES: Final[dict[bytes, Mode]] = {b"GS": "gross", b"NT": "net"}
_HEADERS: Final = {True: "ST", False: "US"}
_MODE_LETTERS: Final = {"gross": "GS", "net": "NT"}


def headers_for(reading: Reading) -> tuple[str, str]:
    """Return HH and KK of a weight; ValueError for a fact without a place in them."""
    return (
        shown_as(_HEADERS, reading.stable, "stable"),
        shown_as(_MODE_LETTERS, reading.mode, "mode"),
    )


def headed_reading(
    match: re.Match[bytes], header: bytes, mode: bytes, digits: bytes, unit_name: bytes
) -> Reading | BadFrame:
    """Read the fields of the line that `match` is.

    Without a number the line says that the scale is out of range: its header or a sign says at
    which end; a row of dashes is not a sign.
    """
    shown = digits.strip(b" .")
    if header == b"OL" or not shown.strip(b"+-"):
        end = b"" if shown.startswith(b"--") else shown[:1]
        return beyond_range(end, "overload" if header == b"OL" else "out_of_range")
    return weighed(
        match[0],
        unit_named(unit_name),
        number(digits),
        stable=header == b"ST",
        mode=_MODES[mode],
        overload=False,
    )
