"""OB-350 scoreboard frames."""

from decimal import Decimal

from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines

LINES = KnownLines(
    protocol="ricelake-ob350",
    whole=b"\x02N   15000 kg\x03",
    read=((b"\x02N ------- kg\x03", no_weight("error")),),
    wrong=(
        (b"\x02N   15000 oz\x03", "unit"),
        (b"\x02N   15 00 kg\x03", "malformed"),
        (b"\x02X   15000 kg\x03", "malformed"),
    ),
    written=((no_weight("error"), b"\x02N ------- kg\x03"),),
    no_place=(
        (no_weight("overload"), "no place for the state overload"),
        (Reading(weight=Decimal(1), mode="net"), "no place for unit None"),
    ),
)
