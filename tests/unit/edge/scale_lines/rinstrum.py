"""Rinstrum output in four layouts that tell themselves apart."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines

BOTH = {"overload": False, "underload": False}


def known(weight: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), **{**BOTH, **facts})  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="rinstrum",
    whole=b"\x02 0012.34G\x03",
    read=(
        (b"\x02 0012.34G\x03", known("12.34", stable=True, mode="gross")),
        (b"\x02-  12.34N\x03", known("-12.34", stable=True, mode="net")),
        (b"\x02p  12.34M\x03", known("12.34", stable=False)),
        (b"\x02        U\x03", no_weight("underload")),
        (b"\x02        O\x03", no_weight("overload")),
        (b"\x02        E\x03", no_weight("error")),
        (b"\x02   12.34N  1 kg\x03", known("12.34", stable=True, mode="net", unit="kg")),
        (b"\x020  12.34GMZ-   \x03", known("12.34", stable=False, mode="gross")),
        (b"\x02  -12.34GSI   \x03", known("-12.34", stable=True, mode="gross")),
        (b"\x02   12.34NMIZ  \x03", known("12.34", stable=False, mode="net")),
        (b"\x02   12.34NMO   \x03", no_weight("overload")),
        (b"\x02   12.34NMU   \x03", no_weight("underload")),
        (
            b"-  12.34KGM\r\n",
            known("-12.34", stable=False, mode="gross", unit="kg", underload=None),
        ),
        (b"   12.34TN \r\n", known("12.34", stable=True, mode="net", unit="t", underload=None)),
        (b"   12.34KGO\r\n", no_weight("overload")),
        (b"-  12.34KGO\r\n", no_weight("underload")),
        (b"   12.34KGI\r\n", no_weight("error")),
        (b"   12.34 G \r", known("12.34", stable=True, mode="gross", underload=None)),
        (b"\x02   12.34 \x03", known("12.34")),
        (b"\x02   12.34   -   \x03", known("12.34", stable=True)),
        (b"\x02 OOOOOOOO\x03", no_weight("overload")),
        (b"\x02 UUUUUUUU  -   \x03", no_weight("underload")),
        (b"\x02--------GMU   \x03", no_weight("underload")),
    ),
    wrong=(
        (b"\x02   12.34N  1 oz\x03", "unit"),
        (b"\x02   12 34G\x03", "malformed"),
        (b"\x02  12.34 G\x03", "malformed"),
    ),
    unended=(
        (b"   12.34KG ", known("12.34", stable=True, mode="gross", unit="kg", underload=None)),
    ),
    written=(
        (known("1", stable=False), b"\x02       1M\x03"),
        (known("1", stable=False, mode="net"), b"\x02       1NM -   \x03"),
    ),
)
