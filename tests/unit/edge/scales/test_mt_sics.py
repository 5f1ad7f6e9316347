"""MT-SICS answers: weights are net, states have letters of their own."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("mt-sics", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("mt-sics", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("mt-sics", {})
    line = b"\xff\x00garbage" + b"S S     100.00 g\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"S S     100.00 g\r\n")


def net(weight: str, unit: str, *, stable: bool) -> Reading:
    facts = {"mode": "net", "overload": False, "underload": False}
    return Reading(weight=Decimal(weight), unit=unit, stable=stable, **facts)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b"S S     100.00 g\r\n", net("100.00", "g", stable=True)),
        (b"S D      -0.05 kg\r\n", net("-0.05", "kg", stable=False)),
        (b"S S      12345 lb\r", net("12345", "lb", stable=True)),
        (b"S S      1.234 T\n", net("1.234", "t", stable=True)),
        (b"S I\r\n", no_weight("not_executable")),
        (b"S +\r\n", no_weight("overload")),
        (b"S -\r\n", no_weight("underload")),
        (b"ES\r\n", no_weight("error")),
        (b"ET\r\n", no_weight("error")),
        (b"EL\r\n", no_weight("error")),
    ],
)
def test_every_answer_is_read(line: bytes, reading: Reading) -> None:
    assert found(line) == [reading]


def test_another_unit_or_no_number_is_refused() -> None:
    assert found(b"S S     100.00 oz\r\n") == [BadFrame("unit", b"S S     100.00 oz\r\n")]
    assert found(b"S S   1 100.00 g\r\n") == [BadFrame("malformed", b"S S   1 100.00 g\r\n")]


def test_a_capture_may_end_before_its_line_does() -> None:
    codec = scale_decoder("mt-sics", {})
    assert codec.feed(b"S S     100.00 kg") == []
    assert codec.finish() == found(b"S S     100.00 kg\r\n")


def test_a_unit_may_be_filled_with_blanks() -> None:
    assert found(b"S S     100.00 kg   \r\n") == [net("100.00", "kg", stable=True)]


def test_a_lost_digit_leaves_no_reading() -> None:
    assert found(b"S S     10.00 g\r\n") == []


def test_the_host_asks_with_the_command_of_the_options() -> None:
    assert scale_decoder("mt-sics", {}).request == b""
    assert scale_decoder("mt-sics", {"request": "SIR"}).request == b"SIR\r\n"


def test_answers_are_written_as_they_are_read() -> None:
    assert encode(net("100.00", "g", stable=True)) == b"S S     100.00 g\r\n"
    assert encode(no_weight("overload")) == b"S +\r\n"


def test_a_gross_weight_and_an_unknown_state_have_no_place() -> None:
    gross = Reading(weight=Decimal(1), unit="kg", stable=True, mode="gross")
    with pytest.raises(ValueError, match="no place for mode gross"):
        encode(gross)
    with pytest.raises(ValueError, match="no place for state out_of_range"):
        encode(no_weight("out_of_range"))
