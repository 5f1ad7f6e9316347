"""Dingsong answers: weight with tare, and the display."""

from decimal import Decimal

from edge.devices.checksums import xor_of
from edge.devices.readings import Reading, no_weight
from tests.unit.edge.known_lines import KnownLines

CAPTURED = bytes.fromhex("024163302030203020302038203C307403")


def framed(body: bytes) -> bytes:
    return b"\x02" + body + bytes([xor_of(b"\x02" + body) | 0x40]) + b"\x03"


def known(weight: str, tare: str, *, stable: bool) -> Reading:
    return Reading(weight=Decimal(weight), tare=Decimal(tare), mode="net", stable=stable)


LINES = KnownLines(
    protocol="dingsong",
    whole=CAPTURED,
    read=(
        (CAPTURED, Reading(weight=Decimal(8))),
        (framed(b"Aa+0056320000000\x00\x00 "), known("5632", "0", stable=False)),
        (framed(b"Aa+0056320000000\x00\x02 "), known("5632", "0", stable=True)),
        (framed(b"BA-   6321  1000\x20\x22\x20"), known("-63.2", "100.0", stable=True)),
        (framed(b"Ac0 0 1!2 5 < "), Reading(weight=Decimal("1.25"))),
        (framed(b"Ac- 0 0!2 5 0 "), Reading(weight=Decimal("-0.250"))),
        (framed(b"Aa+0056320000000\x01\x00 "), no_weight("error")),
        (framed(b"Ac    o L     "), no_weight("overload")),
        (framed(b"Ac< O L < < < "), no_weight("overload")),
        (framed(b"Ac- - - - - - "), no_weight("out_of_range")),
    ),
    wrong=(
        (CAPTURED.replace(b"8", b"9"), "checksum"),
        (framed(b"Aa+ 0 6320000000\x00\x00 "), "malformed"),
        (framed(b"Aa+0056320  0 00\x00\x00 "), "malformed"),
        (framed(b"Ac0 - 0 2 5 0 "), "malformed"),
        (framed(b"AcE r r   0 1 "), "malformed"),
        (framed(b"Ac            "), "malformed"),
        (framed(b"Ac    - <     "), "malformed"),
        (framed(b"Ac0 0!0!2 5 0 "), "malformed"),
    ),
    written=(
        (
            Reading(weight=Decimal("1.5"), mode="net", stable=True),
            framed(b"Aa+0000151000000\x20\x22\x20"),
        ),
    ),
    round_trip=(no_weight("error"),),
    no_place=(
        (Reading(weight=Decimal(1), mode="gross", stable=True), "no place for mode gross"),
        (known("1", "-1", stable=True), "tare -1"),
        (known("1.0", "1", stable=True), "tare 1:"),
        (known("0.000001", "0.000001", stable=True), "at most 5 decimals"),
        (no_weight("overload"), "no place for state overload"),
    ),
    requests=(
        ({}, b""),
        ({"request": "A"}, b"\x02AAB\x03"),
        ({"request": "C", "address": "2"}, b"\x02BCC\x03"),
    ),
)
