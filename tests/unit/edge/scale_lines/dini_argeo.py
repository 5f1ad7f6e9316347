"""Dini Argeo strings: standard, AF and extended, with addresses."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines

BOTH = {"overload": False, "underload": False}

AF = b"ST,1,    1000.0kg,PT     200.0kg\r\n"

EXTENDED = b"011US,1,   100.0,PT    20.8,         0,kg,01/02/19 11:12:13\r\n"


def known(weight: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), **{**BOTH, "unit": "kg", **facts})  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="dini-argeo",
    whole=b"01ST,GS,     0.0,kg\r\n",
    read=(
        (b"01ST,GS,     0.0,kg\r\n", known("0.0", mode="gross", stable=True)),
        (b"US,NT,  -12.34,Kg\r\n", known("-12.34", mode="net", stable=False)),
        (b"ST,GS,   12.34, t\r\n", known("12.34", unit="t", mode="gross", stable=True)),
        (AF, known("1000.0", mode="gross", stable=True, tare=Decimal("200.0"))),
        (EXTENDED, known("100.0", stable=False, tare=Decimal("20.8"))),
        (b"OL,GS,        ,kg\r\n", no_weight("overload")),
        (b"UL,NT,  -12.34,kg\r\n", no_weight("underload")),
        (b"TL,NT,  -12.34,kg\r\n", no_weight("error")),
    ),
    wrong=(
        (b"ST,VL,   12345,vv\r\n", "raw points"),
        (b"ST,GS,   12345,oz\r\n", "unit"),
        (b"ST,GS, 1 2 345,kg\r\n", "malformed"),
        (b"ST,GS,   12345,kg UNSTABLE\r\n", "malformed"),
        (b"ST,GS,   12345,kgNT\r\n", "unit"),
        (AF.rstrip() + b" UNSTABLE\r\n", "malformed"),
        (b"ST,1,    1000.0kg,PT          kg\r\n", "malformed"),
        (b"1ST,    10.0,      1000.0,   0,kg\r\n", "torn"),
    ),
    unended=(
        (EXTENDED.rstrip(), known("100.0", stable=False, tare=Decimal("20.8"))),
        (b"US,NT,  -12.34,Kg", known("-12.34", mode="net", stable=False)),
        (AF.rstrip(), known("1000.0", mode="gross", stable=True, tare=Decimal("200.0"))),
    ),
    round_trip=(
        known("-12.34", mode="net", stable=False),
        known("1000.0", mode="gross", stable=True, tare=Decimal("200.0")),
        known("1000.0", stable=True, tare=Decimal("200.0")),
        no_weight("overload"),
    ),
    no_place=(
        (known("1", mode="tare", stable=True, tare=Decimal(2)), "no place for mode tare"),
        (known("1234567.89", mode="net", stable=True), "does not fit 8 characters"),
    ),
    requests=(
        ({}, b""),
        ({"request": "REXT"}, b"REXT\r\n"),
    ),
)
