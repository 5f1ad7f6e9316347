"""OB-350 scoreboard frames."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("ricelake-ob350", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("ricelake-ob350", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("ricelake-ob350", {})
    line = b"\xff\x00garbage" + b"\x02N   15000 kg\x03"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"\x02N   15000 kg\x03")


def test_frames_of_the_manual_are_read() -> None:
    frames = b"\x02N   15000 kg\x03\x02N    5045 kg\x03\x02g-   5.04  t\x03"
    assert found(frames) == [
        Reading(weight=Decimal(15000), unit="kg", mode="net"),
        Reading(weight=Decimal(5045), unit="kg", mode="net"),
        Reading(weight=Decimal("-5.04"), unit="t", mode="gross"),
    ]


def test_dashes_are_an_error() -> None:
    assert found(b"\x02N ------- kg\x03") == [no_weight("error")]
    assert encode(no_weight("error")) == b"\x02N ------- kg\x03"


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"\x02N   15000 oz\x03", "unit"),
        (b"\x02N   15 00 kg\x03", "malformed"),
        (b"\x02X   15000 kg\x03", "malformed"),
    ],
)
def test_what_is_wrong_is_named(frame: bytes, reason: str) -> None:
    assert found(frame) == [BadFrame(reason, frame)]


def test_frames_are_written_as_they_are_read() -> None:
    frame = b"\x02N   15000 kg\x03"
    assert encode(Reading(weight=Decimal(15000), unit="kg", mode="net")) == frame


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for the state overload"):
        encode(no_weight("overload"))
    with pytest.raises(ValueError, match="no place for unit None"):
        encode(Reading(weight=Decimal(1), mode="net"))
