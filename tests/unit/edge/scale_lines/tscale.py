"""T-Scale lines, as they were logged."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines


def known(weight: str, unit: str, mode: str, *, stable: bool) -> Reading:
    facts = {"unit": unit, "mode": mode, "stable": stable}
    return Reading(weight=Decimal(weight), overload=False, **facts)  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="tscale",
    whole=b"ST,GS,   245.6 g\r\n",
    read=(
        (b"ST,GS    20.7g  \r\n", known("20.7", "g", "gross", stable=True)),
        (b"US,GS   100.8g  \r\n", known("100.8", "g", "gross", stable=False)),
        (b"ST,GS,   245.6 g\r\n", known("245.6", "g", "gross", stable=True)),
        (b"US,NT,-    8.2kg\r\n", known("-8.2", "kg", "net", stable=False)),
        (b"ST,GS    59.6kg\r\n", known("59.6", "kg", "gross", stable=True)),
        (b"ST,GS-    2.5kg\n", known("-2.5", "kg", "gross", stable=True)),
        (b"ST,NT    20.7kg \r\n", known("20.7", "kg", "net", stable=True)),
        (b"OL,GS,         g\r\n", no_weight("overload")),
        (b"OL,GS,--------kg\r\n", no_weight("overload")),
        (b"OL,GS,-        g\r\n", no_weight("underload")),
        (b"ST,GS,         g\r\n", no_weight("out_of_range")),
    ),
    wrong=(
        (b"ST,GS,   245.6oz\r\n", "unit"),
        (b"ST,GS,   2 5.6 g\r\n", "malformed"),
        (b"ST,GS    59.6kg  UNSTABLE\r\n", "malformed"),
        (b"ST,GS,    59.6kgNT\r\n", "unit"),
    ),
    unended=(
        (b"ST,GS    59.6kg", known("59.6", "kg", "gross", stable=True)),
        (b"US,GS   100.8g  ", known("100.8", "g", "gross", stable=False)),
        (b"ST,GS,   245.6 g", known("245.6", "g", "gross", stable=True)),
    ),
    written=((known("245.6", "g", "gross", stable=True), b"ST,GS,   245.6 g\r\n"),),
    round_trip=(
        no_weight("overload"),
        no_weight("underload"),
        no_weight("out_of_range"),
    ),
    no_place=((known("1", "g", "tare", stable=True), "no place for mode tare"),),
)
