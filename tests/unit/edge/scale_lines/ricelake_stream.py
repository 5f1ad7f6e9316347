"""Rice Lake stream: unit, mode and status letters."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines

BOTH = {"overload": False, "underload": False}


def known(weight: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), **{**BOTH, **facts})  # type: ignore[arg-type]  # plain texts


LINES = KnownLines(
    protocol="ricelake-stream",
    whole=b"\x02-  12.34KGM\r\n",
    read=(
        (b"\x02   12.34KG \r\n", known("12.34", unit="kg", mode="gross", stable=True)),
        (b"\x02-  12.34LNM\r", known("-12.34", unit="lb", mode="net", stable=False)),
        (b"\x02   12.34TGZ\r\n", known("12.34", unit="t", mode="gross", stable=True)),
        (b"\x02 012.340gnh", known("12.340", unit="g", mode="net", stable=None)),
        (b"\x02    1234 G \r\n", known("1234", mode="gross", stable=True)),
        (b"\x02        KGO\r\n", no_weight("overload")),
        (b"\x02-       KGO\r\n", no_weight("underload")),
        (b"\x02   12.34KGI\r\n", no_weight("error")),
        (b"\x02 ^^^^^^^KGO\r\n", no_weight("overload")),
        (b"\x02-vvvvvvvKGO\r\n", no_weight("underload")),
    ),
    wrong=(
        (b"\x02   12.34OG \r\n", "unit"),
        (b"\x02   12 34KG \r\n", "malformed"),
    ),
    written=((known("-1.5", unit="kg", mode="net", stable=False), b"\x02-    1.5KNM\r\n"),),
    round_trip=(
        no_weight("overload"),
        no_weight("underload"),
        no_weight("error"),
    ),
    no_place=((known("1", unit="kg", mode="tare", stable=True), "no place for mode tare"),),
)
