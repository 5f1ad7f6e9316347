"""Flintec's fast continuous output: its manual's examples, states and refusals."""

from decimal import Decimal

import pytest

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading, no_weight
from edge.devices.scales.flintec import FlintecFast


def reading(text: str, *, stable: bool | None) -> Reading:
    return Reading(weight=Decimal(text), stable=stable, overload=False, underload=False)


EXAMPLES = {
    b"\x02S+000123.4\r\n": reading("123.4", stable=True),
    b"\x02D+000123.4\r\n": reading("123.4", stable=False),
    b"\x02M-000123.4\r\n": reading("-123.4", stable=None),
    b"\x02+\r\n": no_weight("overload"),
    b"\x02-\r\n": no_weight("underload"),
    b"\x02O\r\n": no_weight("out_of_range"),
}


@pytest.mark.parametrize(("frame", "expected"), EXAMPLES.items())
def test_examples_of_the_manual_are_read_and_written(frame: bytes, expected: Reading) -> None:
    assert FlintecFast().feed(frame) == [expected]
    assert FlintecFast().encode(expected) == frame


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_line_may_end_with_either_byte(end: bytes) -> None:
    assert FlintecFast().feed(b"\x02S+000123.4" + end) == [reading("123.4", stable=True)]


def test_line_ends_can_be_switched_off() -> None:
    codec = FlintecFast()
    assert codec.feed(b"\x02S+000123.4" * 2) == [reading("123.4", stable=True)]
    assert codec.finish() == [reading("123.4", stable=True)]


@pytest.mark.parametrize("frame", [b"\x02S+00123.4\r", b"\x02S+000123.45\r"])
def test_another_length_is_never_read(frame: bytes) -> None:
    assert FlintecFast().feed(frame + b"\n") == [BadFrame(UNKNOWN_FORM, frame)]
    assert FlintecFast().feed(frame[1:] + b"\n") == []


@pytest.mark.parametrize("digits", [b"00.123.4", b"00012   "])
def test_what_is_no_number_is_bad(digits: bytes) -> None:
    frame = b"\x02S+" + digits + b"\r\n"
    assert [one.reason for one in FlintecFast().feed(frame) if isinstance(one, BadFrame)] == [
        "malformed"
    ]


def test_minus_zero_is_zero() -> None:
    [found] = FlintecFast().feed(b"\x02S-000000.0\r\n")
    assert isinstance(found, Reading)
    assert str(found.weight) == "0.0"


def test_an_error_without_a_letter_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="no place for state error"):
        FlintecFast().encode(no_weight("error"))
