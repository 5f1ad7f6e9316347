"""Cardinal scoreboard frames and answers to ENQ."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines


def known(weight: str, unit: str, mode: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), unit=unit, mode=mode, **facts)  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="cardinal",
    whole=b"  233233lbG  \r",
    read=(
        (b"  233233lbG  \r", known("233233", "lb", "gross")),
        (b"-  12.34kgNMO\r", known("-12.34", "kg", "net", stable=False, overload=False)),
        (b"   12.34kgGCZ\r", known("12.34", "kg", "gross")),
        (b"   12.34kgGOC\r", no_weight("overload")),
        (b"   12.34kgGEE\r", no_weight("error")),
        (b"  ------lbGOC\r", no_weight("overload")),
        (b"--------lbGEE\r", no_weight("error")),
        (b"\r-0123.45 kgG\x03", known("-123.45", "kg", "gross", stable=True, overload=False)),
        (b"\r 001234.m tN\x03", known("1234", "t", "net", stable=False, overload=False)),
        (
            b"\r+012345.  lb g  \x03",
            known("12345", "lb", "gross", stable=True, overload=False),
        ),
        (b"\r+012345.O lb G  \x03", no_weight("overload")),
        (b"\r        elbG\x03", no_weight("error")),
        (b"\r+------.o kg g  \x03", no_weight("overload")),
        (b"-  12.34 KG N MO \r", known("-12.34", "kg", "net", stable=False, overload=False)),
        (b" 000123. G  G CZ \r", known("123", "g", "gross")),
        (b" 000123. LB G OC \r", no_weight("overload")),
    ),
    wrong=(
        (b"  233233ozG  \r", "unit"),
        (b" 23 3233lbG  \r", "malformed"),
    ),
    unended=((b"  233233lbG  ", known("233233", "lb", "gross")),),
    round_trip=(
        known("-1.5", "kg", "net", stable=False, overload=False),
        known("1.5", "t", "gross"),
        no_weight("overload"),
        no_weight("error"),
    ),
    no_place=(
        (Reading(weight=Decimal(1), unit="kg"), "no place for mode None"),
        (no_weight("underload"), "no place for state underload"),
    ),
    requests=(
        ({}, b""),
        ({"request": "ENQ"}, b"\x05"),
    ),
)
