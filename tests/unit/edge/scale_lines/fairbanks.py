"""Fairbanks short form and CONCON."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines


def short(weight: str, mode: str, unit: str) -> Reading:
    return Reading(weight=Decimal(weight), mode=mode, unit=unit, overload=False)  # type: ignore[arg-type]  # plain texts


def concon(weight: str, unit: str, *, stable: bool) -> Reading:
    facts = {"unit": unit, "stable": stable, "overload": False, "underload": False}
    return Reading(weight=Decimal(weight), **facts)  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="fairbanks-short",
    whole=b"\x0240 323334\x03",
    read=(
        (b"\x0240 323334\x03", short("323334", "gross", "lb")),
        (b"\x0241-12345\x03", short("-12345", "net", "lb")),
        (b"\x0242  1234\x03", short("1234", "tare", "lb")),
        (b"\x0243 12.34\x03", short("12.34", "gross", "kg")),
        (b"\x0244 12.34\x03", short("12.34", "net", "kg")),
        (b"\x0245 12.34\x03", short("12.34", "tare", "kg")),
        (b"\x0240------\x03", no_weight("overload")),
        (b"\x02  1234K \r", concon("1234", "kg", stable=True)),
        (b"\x02  1234LM\r", concon("1234", "lb", stable=False)),
        (b"\x02      KO\r", no_weight("out_of_range")),
    ),
    wrong=(
        (b"\x0240      \x03", "malformed"),
        (b"\x02  1234O \r", "unit"),
        (b"\x02      K \r", "malformed"),
    ),
    unended=((b"\x02  1234KM", concon("1234", "kg", stable=False)),),
    round_trip=(
        short("-12345", "net", "kg"),
        concon("1234", "t", stable=False),
        no_weight("overload"),
        no_weight("out_of_range"),
    ),
    no_place=(
        (short("1", "gross", "t"), "no place for mode and unit"),
        (no_weight("underload"), "no place for the state underload"),
    ),
)
