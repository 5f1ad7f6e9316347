"""CAS lines: a byte of lamps in the midst of text, and bare numbers."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines


def known(weight: str, unit: str, mode: str, *, stable: bool = True) -> Reading:
    facts = {"mode": mode, "unit": unit, "stable": stable}
    return Reading(weight=Decimal(weight), overload=False, **facts)  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="cas-22",
    whole=b"ST,GS,1\xc4,000013.5 kg\r\n",
    read=(
        (b"ST,GS,1\xc4,000013.5 kg\r\n", known("13.5", "kg", "gross")),
        (b"US,NT,2\x8d,   -13.5  t\r\n", known("-13.5", "t", "net", stable=False)),
        (b"ST,GS,1\xc4,000013.5\x05kg\r\n", known("13.5", "kg", "gross")),
        (b"OL,GS,1\x84,         kg\r\n", no_weight("overload")),
        (b"OL,GS,1\x84,-------- kg\r\n", no_weight("overload")),
        (b"OL,GS,1\x84,-99999.9 kg\r\n", no_weight("underload")),
        (b"OL,GS,1\x84,-        kg\r\n", no_weight("underload")),
        (b"ST,GS,1\x84,         kg\r\n", no_weight("out_of_range")),
        (b"OL\r\n", no_weight("overload")),
        (b"UL   kg\r\n", no_weight("underload")),
        (b"OL,GS,+            \r\n", no_weight("overload")),
        (b"OL,GS,1\x84,-             kg\r\n", no_weight("underload")),
        (b"000013.5\r\n", Reading(weight=Decimal("13.5"))),
        (b"   -13.5\r\n", Reading(weight=Decimal("-13.5"))),
    ),
    written=(
        (known("13.5", "kg", "gross"), b"ST,GS,1\xc4,    13.5 kg\r\n"),
        (Reading(weight=Decimal("13.5")), b"    13.5\r\n"),
    ),
    round_trip=(
        no_weight("overload"),
        no_weight("underload"),
        no_weight("out_of_range"),
    ),
    no_place=((Reading(weight=Decimal(1), unit="kg"), "no place for stable None"),),
)
