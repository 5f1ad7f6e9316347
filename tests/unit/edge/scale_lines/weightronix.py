"""Weigh-Tronix lines: WI-110, FB6002 and E1010."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines


def known(weight: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), **facts)  # type: ignore[arg-type]  # plain texts


def polled(weight: str, unit: str, mode: str, *, stable: bool) -> Reading:
    return known(weight, unit=unit, mode=mode, stable=stable, overload=False, underload=False)


LINES = KnownLines(
    protocol="weightronix",
    whole=b" G+13233 lb\r\n",
    read=(
        (b" G+13233 lb\r\n", known("13233", unit="lb", mode="gross")),
        (b"N -13.23 kg\r\n", known("-13.23", unit="kg", mode="net")),
        (b" T  1234  t\r\n", known("1234", unit="t", mode="tare")),
        (b" G  1234 kg m\r\n", known("1234", unit="kg", mode="gross", stable=False)),
        (b" G  1234 m\r\n", known("1234", mode="gross", stable=False)),
        (b" m  1234 lb\r\n", known("1234", unit="lb", stable=False)),
        (b" o  1234 lb\r\n", no_weight("overload")),
        (b" G  1234 lb o\r\n", no_weight("overload")),
        (b" o        lb\r\n", no_weight("overload")),
        (b" o ------ lb\r\n", no_weight("overload")),
        (b" 000149946\r", known("149946")),
        (b"-0014.9946\r", known("-14.9946")),
        (b" G+013233 lb\r\n", known("13233", unit="lb", mode="gross")),
        (b" n-0132.33 kg\r", known("-132.33", unit="kg", mode="net")),
        (b"0N 13233 lb\r\n", known("13233", unit="lb", mode="net")),
        (b"  12340 K G GR\r\n", polled("12340", "kg", "gross", stable=True)),
        (b"  -1234 LB nt\r\n", polled("-1234", "lb", "net", stable=False)),
        (b" --oL--\r\n", no_weight("overload")),
        (b" --uL-- KG GR\r\n", no_weight("underload")),
    ),
    wrong=(
        (b" G+13233 oz\r\n", "unit"),
        (b" G+1 233 lb\r\n", "malformed"),
        (b" 00.149.46\r", "malformed"),
        (b" G        lb\r\n", "malformed"),
        (b"  12340 OZ GR\r\n", "unit"),
        (b"  1 340 KG GR\r\n", "malformed"),
        (b"  12340 KG\r\n", "malformed"),
    ),
    unended=(
        (b" G+13233 lb", known("13233", unit="lb", mode="gross")),
        (b" 000149946", known("149946")),
    ),
    round_trip=(
        known("-1323", unit="lb", mode="gross"),
        known("1323", unit="lb", mode="net", stable=False),
        known("1323", unit="lb", stable=False),
        known("149946"),
        no_weight("overload"),
    ),
    no_place=(
        (known("1", unit="kg", mode="net", stable=True), "no place for stable True"),
        (no_weight("error"), "no place for state error"),
    ),
    requests=(
        ({}, b""),
        ({"request": "W"}, b"W\r"),
    ),
)
