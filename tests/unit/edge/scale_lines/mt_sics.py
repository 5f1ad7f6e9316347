"""MT-SICS answers: weights are net, states have letters of their own."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines


def net(weight: str, unit: str, *, stable: bool) -> Reading:
    facts = {"mode": "net", "overload": False, "underload": False}
    return Reading(weight=Decimal(weight), unit=unit, stable=stable, **facts)  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="mt-sics",
    whole=b"S S     100.00 g\r\n",
    read=(
        (b"S S     100.00 g\r\n", net("100.00", "g", stable=True)),
        (b"S D      -0.05 kg\r\n", net("-0.05", "kg", stable=False)),
        (b"S S      12345 lb\r", net("12345", "lb", stable=True)),
        (b"S S      1.234 T\n", net("1.234", "t", stable=True)),
        (b"S I\r\n", no_weight("not_executable")),
        (b"S +\r\n", no_weight("overload")),
        (b"S -\r\n", no_weight("underload")),
        (b"ES\r\n", no_weight("error")),
        (b"ET\r\n", no_weight("error")),
        (b"EL\r\n", no_weight("error")),
        (b"S S     100.00 kg   \r\n", net("100.00", "kg", stable=True)),
    ),
    wrong=(
        (b"S S     100.00 oz\r\n", "unit"),
        (b"S S   1 100.00 g\r\n", "malformed"),
    ),
    unended=((b"S S     100.00 kg", net("100.00", "kg", stable=True)),),
    written=(
        (net("100.00", "g", stable=True), b"S S     100.00 g\r\n"),
        (no_weight("overload"), b"S +\r\n"),
    ),
    requests=(
        ({}, b""),
        ({"request": "SIR"}, b"SIR\r\n"),
    ),
)
