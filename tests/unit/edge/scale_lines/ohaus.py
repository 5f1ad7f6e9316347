"""Ohaus Defender lines, as they were logged."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines


def known(weight: str, mode: str, *, stable: bool) -> Reading:
    return Reading(weight=Decimal(weight), unit="kg", mode=mode, stable=stable)  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="ohaus",
    whole=b"   0.360 kg    G\r\n",
    read=(
        (b"   0.360 kg    G\r\n", known("0.360", "gross", stable=True)),
        (b"-  1.340 kg   ?N\r\n", known("-1.340", "net", stable=False)),
        (b"    75.2 kg   ?G", known("75.2", "gross", stable=False)),
        (b"     0.0 kg    T", known("0.0", "tare", stable=True)),
    ),
    wrong=(
        (b"   0.360 oz    G", "unit"),
        (b"   0 360 kg    G", "malformed"),
    ),
    written=(
        (known("-1.340", "net", stable=False), b"-  1.340 kg   ?N\r\n"),
        (known("0.360", "gross", stable=True), b"   0.360 kg    G\r\n"),
    ),
    no_place=(
        (Reading(weight=Decimal(1), unit="kg", mode="net"), "no place for stable None"),
        (no_weight("error"), "no place for the state error"),
    ),
)
