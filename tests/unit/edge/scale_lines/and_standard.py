"""A&D standard lines: headers, commas, addresses, what stands for out of range."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines


def known(weight: str, unit: str, mode: str, *, stable: bool | None) -> Reading:
    facts = {"mode": mode, "unit": unit, "stable": stable}
    return Reading(weight=Decimal(weight), overload=False, underload=False, **facts)  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="and-standard",
    whole=b"ST,NT,+0012.34kg\r\n",
    read=(
        (b"ST,NT,+0012.34kg\r\n", known("12.34", "kg", "net", stable=True)),
        (b"US,GS,-00123.0 t\r\n", known("-123.0", "t", "gross", stable=False)),
        (b"HD,TR,+0001234lb\r\n", known("1234", "lb", "tare", stable=None)),
        (b"ST,PT,+00123.0 kg\r\n", known("123.0", "kg", "tare", stable=True)),
        (b"ST,G ,+00123,0kg\r\n", known("123.0", "kg", "gross", stable=True)),
        (b"ST,N,   123.0 g\r\n", known("123.0", "g", "net", stable=True)),
        (b"@05ST,GS,+00123.0kg\r\n", known("123.0", "kg", "gross", stable=True)),
        (b"OL,GS,+9999999kg\r\n", no_weight("overload")),
        (b"OL,GS,-     .  kg\r\n", no_weight("underload")),
        (b"UL,GS,        kg\r\n", no_weight("underload")),
        (b"OL,GS,        kg\r\n", no_weight("overload")),
        (b"LO,GS,        kg\r\n", no_weight("overload")),
        (b"LO,GS,-9999999kg\r\n", no_weight("underload")),
        (b"US,GS,+       kg\r\n", no_weight("overload")),
    ),
    wrong=(
        (b"ST,GS,+00123.0oz\r\n", "unit"),
        (b"ST,GS,+0 123.0kg\r\n", "malformed"),
        (b"ST,GS,+0012340kg UNSTABLE\r\n", "malformed"),
        (b"ST,GS,+0012340kgNT\r\n", "unit"),
    ),
    unended=(
        (b"ST,GS,+00123.0 t", known("123.0", "t", "gross", stable=True)),
        (b"HD,TR,+0001234lb", known("1234", "lb", "tare", stable=None)),
    ),
    round_trip=(
        no_weight("overload"),
        no_weight("underload"),
        no_weight("out_of_range"),
    ),
    no_place=((known("12345.67", "kg", "gross", stable=True), "does not fit 7 characters"),),
    requests=(
        ({}, b""),
        ({"request": "RN"}, b"RN\r\n"),
    ),
)
