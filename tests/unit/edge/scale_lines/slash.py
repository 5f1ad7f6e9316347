"""Lines that set the last digit apart."""

from decimal import Decimal

from edge.devices.readings import Reading
from tests.unit.edge.known_lines import KnownLines


def known(weight: str, unit: str, *, stable: bool) -> Reading:
    return Reading(weight=Decimal(weight), unit=unit, stable=stable)  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="slash",
    whole=b"+007.12/3 G S\r\n",
    read=(
        (b"+007.12/3 G S\r\n", known("7.123", "g", stable=True)),
        (b"+009.36/0 G S", known("9.360", "g", stable=True)),
        (b"-00712./3 kg U", known("-712.3", "kg", stable=False)),
        (b"-65.432/1KG U\r\n", known("-65.4321", "kg", stable=False)),
    ),
    wrong=(
        (b"+07.12/3 G S", "malformed"),
        (b"+007.12/3 oz S", "unit"),
    ),
    written=(
        (known("7.123", "g", stable=True), b"+007.12/3 G S\r\n"),
        (known("7.123", "kg", stable=True), b"+007.12/3KG S\r\n"),
    ),
)
