"""SMA frames: status, mode, motion and units of the standard reply."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("sma", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("sma", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("sma", {})
    line = b"\xff\x00garbage" + b"\n 1G       5.025lb \r"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"\n 1G       5.025lb \r")


def known(weight: str, unit: str, mode: str, *, stable: bool = True) -> Reading:
    facts = {"mode": mode, "unit": unit, "stable": stable}
    return Reading(weight=Decimal(weight), overload=False, underload=False, **facts)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("frame", "reading"),
    [
        (b"\n 1G       5.025lb \r", known("5.025", "lb", "gross")),
        (b"\n 1g      5.0025lb \r", known("5.0025", "lb", "gross")),
        (b"\nZ1n       0.000kg \r", known("0.000", "kg", "net")),
        (b"\n 1GM     -7.650kg \r", known("-7.650", "kg", "gross", stable=False)),
        (b"\n 2T      100000t  \r", known("100000", "t", "tare")),
        (b"\nO1G      100000lb \r", no_weight("overload")),
        (b"\nU1G  ----------lb \r", no_weight("underload")),
        (b"\nE1G  ----------lb \r", no_weight("error")),
        (b"\ne1G  ----------   \r", no_weight("error")),
        (b"\n?\r", no_weight("not_executable")),
    ],
)
def test_every_status_is_read(frame: bytes, reading: Reading) -> None:
    assert found(frame) == [reading]


def test_another_unit_or_no_number_is_refused() -> None:
    assert found(b"\n 1G       5.025oz \r") == [BadFrame("unit", b"\n 1G       5.025oz \r")]
    assert found(b"\n 1G  ----------lb \r") == [BadFrame("malformed", b"\n 1G  ----------lb \r")]


def test_a_capture_may_end_before_its_line_does() -> None:
    codec = scale_decoder("sma", {})
    assert codec.feed(b"\n 1G       5.025lb ") == []
    assert codec.finish() == found(b"\n 1G       5.025lb \r")


@pytest.mark.parametrize("cut", range(1, 19))
def test_a_capture_that_ends_within_a_frame_is_not_read(cut: int) -> None:
    codec = scale_decoder("sma", {})
    assert codec.feed(b"\n 1G       5.025lb "[:cut]) + codec.finish() == []


def test_the_host_asks_between_lf_and_cr_unless_the_indicator_talks_by_itself() -> None:
    assert scale_decoder("sma", {}).request == b"\nW\r"
    assert scale_decoder("sma", {"request": "H"}).request == b"\nH\r"
    assert scale_decoder("sma", {"request": "none"}).request == b""


@pytest.mark.parametrize("state", ["overload", "underload", "error", "not_executable"])
def test_states_are_written_as_they_are_read(state: str) -> None:
    assert found(encode(no_weight(state))) == [no_weight(state)]  # type: ignore[arg-type]  # a literal


def test_a_frame_is_written_as_the_standard_draws_it() -> None:
    assert encode(known("7.650", "kg", "gross", stable=False)) == b"\n 1GM      7.650kg \r"


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for unit None"):
        encode(Reading(weight=Decimal(1), stable=True, mode="gross"))
    with pytest.raises(ValueError, match="does not fit 10 characters"):
        encode(known("12345678.901", "kg", "gross"))
