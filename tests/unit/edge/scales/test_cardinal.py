"""Cardinal scoreboard frames and answers to ENQ."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("cardinal", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("cardinal", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("cardinal", {})
    line = b"\xff\x00garbage" + b"  233233lbG  \r"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"  233233lbG  \r")


def known(weight: str, unit: str, mode: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), unit=unit, mode=mode, **facts)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("frame", "reading"),
    [
        (b"  233233lbG  \r", known("233233", "lb", "gross")),
        (b"-  12.34kgNMO\r", known("-12.34", "kg", "net", stable=False, overload=False)),
        (b"   12.34kgGCZ\r", known("12.34", "kg", "gross")),
        (b"   12.34kgGOC\r", no_weight("overload")),
        (b"   12.34kgGEE\r", no_weight("error")),
        (b"  ------lbGOC\r", no_weight("overload")),
        (b"--------lbGEE\r", no_weight("error")),
        (b"\r-0123.45 kgG\x03", known("-123.45", "kg", "gross", stable=True, overload=False)),
        (b"\r 001234.m tN\x03", known("1234", "t", "net", stable=False, overload=False)),
        (
            b"\r+012345.  lb g  \x03",
            known("12345", "lb", "gross", stable=True, overload=False),
        ),
        (b"\r+012345.O lb G  \x03", no_weight("overload")),
        (b"\r        elbG\x03", no_weight("error")),
        (b"\r+------.o kg g  \x03", no_weight("overload")),
        (b"-  12.34 KG N MO \r", known("-12.34", "kg", "net", stable=False, overload=False)),
        (b" 000123. G  G CZ \r", known("123", "g", "gross")),
        (b" 000123. LB G OC \r", no_weight("overload")),
    ],
)
def test_every_form_is_read(frame: bytes, reading: Reading) -> None:
    assert found(frame) == [reading]


def test_another_unit_or_no_number_is_refused() -> None:
    assert found(b"  233233ozG  \r") == [BadFrame("unit", b"  233233ozG  \r")]
    assert found(b" 23 3233lbG  \r") == [BadFrame("malformed", b" 23 3233lbG  \r")]


def test_blanks_of_a_torn_line_are_neither_sign_nor_digits() -> None:
    assert found(b"-  12.34lbG  233233lbG  \r") == []
    assert found(b"- 2332.33lbG" + b"  12.34lbG  \r") == []


def test_an_answer_without_a_point_is_believed_only_when_it_comes_again() -> None:
    short, whole = b" 000123LBG  \r", b" 000456.LBG  \r"
    refused = BadFrame("not as long as the last", short)
    right, other = known("123", "lb", "gross"), known("456", "lb", "gross")
    assert found(short * 3) == [refused, right, right]
    assert found(whole + short + whole) == [other, refused, other]
    assert found(b" 000123 LB G    \r" * 2)[1:] == [right]


def test_a_capture_may_lack_the_end_of_its_last_answer() -> None:
    codec = scale_decoder("cardinal", {})
    assert codec.feed(b"  233233lbG  ") == []
    assert codec.finish() == [known("233233", "lb", "gross")]


def test_the_host_asks_with_enq() -> None:
    assert scale_decoder("cardinal", {}).request == b""
    assert scale_decoder("cardinal", {"request": "ENQ"}).request == b"\x05"


@pytest.mark.parametrize(
    "reading",
    [
        known("-1.5", "kg", "net", stable=False, overload=False),
        known("1.5", "t", "gross"),
        no_weight("overload"),
        no_weight("error"),
    ],
)
def test_frames_are_written_as_they_are_read(reading: Reading) -> None:
    assert found(encode(reading)) == [reading]


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for mode None"):
        encode(Reading(weight=Decimal(1), unit="kg"))
    with pytest.raises(ValueError, match="no place for state underload"):
        encode(no_weight("underload"))
