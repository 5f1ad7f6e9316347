"""T-Scale lines, as they were logged."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("tscale", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("tscale", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("tscale", {})
    line = b"\xff\x00garbage" + b"ST,GS,   245.6 g\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"ST,GS,   245.6 g\r\n")


def known(weight: str, unit: str, mode: str, *, stable: bool) -> Reading:
    facts = {"unit": unit, "mode": mode, "stable": stable}
    return Reading(weight=Decimal(weight), overload=False, **facts)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b"ST,GS    20.7g  \r\n", known("20.7", "g", "gross", stable=True)),
        (b"US,GS   100.8g  ", known("100.8", "g", "gross", stable=False)),
        (b"ST,GS,   245.6 g", known("245.6", "g", "gross", stable=True)),
        (b"US,NT,-    8.2kg\r\n", known("-8.2", "kg", "net", stable=False)),
        (b"ST,GS    59.6kg\r\n", known("59.6", "kg", "gross", stable=True)),
        (b"ST,GS-    2.5kg\n", known("-2.5", "kg", "gross", stable=True)),
        (b"ST,NT    20.7kg \r\n", known("20.7", "kg", "net", stable=True)),
        (b"OL,GS,         g\r\n", no_weight("overload")),
        (b"OL,GS,--------kg\r\n", no_weight("overload")),
        (b"OL,GS,-        g\r\n", no_weight("underload")),
        (b"ST,GS,         g\r\n", no_weight("out_of_range")),
    ],
)
def test_both_forms_are_read(line: bytes, reading: Reading) -> None:
    assert found(line) == [reading]


def test_a_unit_that_lost_its_first_letter_is_not_another_unit() -> None:
    assert found(b"ST,GS    20.7g \r\nST,GS    20.7b\r\n") == []


def test_a_capture_may_end_before_its_line_does() -> None:
    codec = scale_decoder("tscale", {})
    assert codec.feed(b"ST,GS    59.6kg") == []
    assert codec.finish() == [known("59.6", "kg", "gross", stable=True)]


def test_a_number_led_by_zeros_is_left_to_another_protocol() -> None:
    assert found(b"ST,GS,+0012.34kg\r\n") == []


def test_another_unit_or_no_number_is_refused() -> None:
    assert found(b"ST,GS,   245.6oz") == [BadFrame("unit", b"ST,GS,   245.6oz")]
    assert found(b"ST,GS,   2 5.6 g") == [BadFrame("malformed", b"ST,GS,   2 5.6 g")]


def test_lines_are_written_as_they_were_logged() -> None:
    assert encode(known("245.6", "g", "gross", stable=True)) == b"ST,GS,   245.6 g\r\n"


@pytest.mark.parametrize("state", ["overload", "underload", "out_of_range"])
def test_states_are_written_as_they_are_read(state: str) -> None:
    assert found(encode(no_weight(state))) == [no_weight(state)]  # type: ignore[arg-type]  # a literal


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for mode tare"):
        encode(known("1", "g", "tare", stable=True))
