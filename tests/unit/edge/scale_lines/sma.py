"""SMA frames: status, mode, motion and units of the standard reply."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines


def known(weight: str, unit: str, mode: str, *, stable: bool = True) -> Reading:
    facts = {"mode": mode, "unit": unit, "stable": stable}
    return Reading(weight=Decimal(weight), overload=False, underload=False, **facts)  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="sma",
    whole=b"\n 1G       5.025lb \r",
    read=(
        (b"\n 1G       5.025lb \r", known("5.025", "lb", "gross")),
        (b"\n 1g      5.0025lb \r", known("5.0025", "lb", "gross")),
        (b"\nZ1n       0.000kg \r", known("0.000", "kg", "net")),
        (b"\n 1GM     -7.650kg \r", known("-7.650", "kg", "gross", stable=False)),
        (b"\n 2T      100000t  \r", known("100000", "t", "tare")),
        (b"\nO1G      100000lb \r", no_weight("overload")),
        (b"\nU1G  ----------lb \r", no_weight("underload")),
        (b"\nE1G  ----------lb \r", no_weight("error")),
        (b"\ne1G  ----------   \r", no_weight("error")),
        (b"\n?\r", no_weight("not_executable")),
    ),
    wrong=(
        (b"\n 1G       5.025oz \r", "unit"),
        (b"\n 1G  ----------lb \r", "malformed"),
    ),
    unended=((b"\n 1G       5.025lb ", known("5.025", "lb", "gross")),),
    written=((known("7.650", "kg", "gross", stable=False), b"\n 1GM      7.650kg \r"),),
    round_trip=(
        no_weight("overload"),
        no_weight("underload"),
        no_weight("error"),
        no_weight("not_executable"),
    ),
    no_place=(
        (Reading(weight=Decimal(1), stable=True, mode="gross"), "no place for unit None"),
        (known("12345678.901", "kg", "gross"), "does not fit 10 characters"),
    ),
    requests=(
        ({}, b"\nW\r"),
        ({"request": "H"}, b"\nH\r"),
        ({"request": "none"}, b""),
    ),
)
