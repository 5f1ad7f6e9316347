"""Lines that set the last digit apart."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("slash", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("slash", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("slash", {})
    line = b"\xff\x00garbage" + b"+007.12/3 G S\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"+007.12/3 G S\r\n")


def known(weight: str, unit: str, *, stable: bool) -> Reading:
    return Reading(weight=Decimal(weight), unit=unit, stable=stable)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b"+007.12/3 G S\r\n", known("7.123", "g", stable=True)),
        (b"+009.36/0 G S", known("9.360", "g", stable=True)),
        (b"-00712./3 kg U", known("-712.3", "kg", stable=False)),
        (b"-65.432/1KG U\r\n", known("-65.4321", "kg", stable=False)),
    ],
)
def test_the_digit_behind_the_slash_is_the_last_one(line: bytes, reading: Reading) -> None:
    assert found(line) == [reading]


def test_a_lost_digit_or_another_unit_is_refused() -> None:
    assert found(b"+07.12/3 G S") == [BadFrame("malformed", b"+07.12/3 G S")]
    assert found(b"+007.12/3 oz S") == [BadFrame("unit", b"+007.12/3 oz S")]


def test_lines_are_written_as_they_were_logged() -> None:
    assert encode(known("7.123", "g", stable=True)) == b"+007.12/3 G S\r\n"
    assert encode(known("7.123", "kg", stable=True)) == b"+007.12/3KG S\r\n"


@pytest.mark.parametrize("weight", ["7", "7.12345"])
def test_the_digit_behind_the_slash_is_a_decimal(weight: str) -> None:
    with pytest.raises(ValueError, match="is a decimal"):
        encode(known(weight, "g", stable=True))
