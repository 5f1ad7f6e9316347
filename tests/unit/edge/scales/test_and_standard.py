"""A&D standard lines: headers, commas, addresses, what stands for out of range."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("and-standard", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("and-standard", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("and-standard", {})
    line = b"\xff\x00garbage" + b"ST,NT,+0012.34kg\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"ST,NT,+0012.34kg\r\n")


def known(weight: str, unit: str, mode: str, *, stable: bool | None) -> Reading:
    facts = {"mode": mode, "unit": unit, "stable": stable}
    return Reading(weight=Decimal(weight), overload=False, underload=False, **facts)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b"ST,NT,+0012.34kg\r\n", known("12.34", "kg", "net", stable=True)),
        (b"US,GS,-00123.0 t\r\n", known("-123.0", "t", "gross", stable=False)),
        (b"HD,TR,+0001234lb", known("1234", "lb", "tare", stable=None)),
        (b"ST,PT,+00123.0 kg\r\n", known("123.0", "kg", "tare", stable=True)),
        (b"ST,G ,+00123,0kg\r\n", known("123.0", "kg", "gross", stable=True)),
        (b"ST,N,   123.0 g\r\n", known("123.0", "g", "net", stable=True)),
        (b"@05ST,GS,+00123.0kg\r\n", known("123.0", "kg", "gross", stable=True)),
        (b"OL,GS,+9999999kg\r\n", no_weight("overload")),
        (b"OL,GS,-     .  kg\r\n", no_weight("underload")),
        (b"UL,GS,        kg\r\n", no_weight("underload")),
        (b"OL,GS,        kg\r\n", no_weight("overload")),
        (b"LO,GS,        kg\r\n", no_weight("overload")),
        (b"LO,GS,-9999999kg\r\n", no_weight("underload")),
        (b"US,GS,+       kg\r\n", no_weight("overload")),
    ],
)
def test_every_header_is_read(line: bytes, reading: Reading) -> None:
    assert found(line) == [reading]


def test_another_unit_or_no_number_is_refused() -> None:
    assert found(b"ST,GS,+00123.0oz\r\n") == [BadFrame("unit", b"ST,GS,+00123.0oz\r\n")]
    assert found(b"ST,GS,+0 123.0kg\r\n") == [BadFrame("malformed", b"ST,GS,+0 123.0kg\r\n")]


def test_a_capture_may_end_before_its_line_does() -> None:
    codec = scale_decoder("and-standard", {})
    assert codec.feed(b"ST,GS,+00123.0 t") == []
    assert codec.finish() == found(b"ST,GS,+00123.0 t\r\n")


def test_a_lost_digit_leaves_no_reading() -> None:
    whole = b"ST,GS,+0012.34kg\r\n"
    assert [found(whole[:at] + whole[at + 1 :]) for at in range(6, 16)] == [[]] * 10


def test_what_follows_a_unit_does_not_change_it_however_the_line_is_cut() -> None:
    line = b"US,TR,-8598188kgg\r\nST,NT,+1.63339kg\r\n"
    codec = scale_decoder("and-standard", {})
    assert found(line) == [one for at in range(len(line)) for one in codec.feed(line[at : at + 1])]


def test_parity_bits_are_named() -> None:
    line = bytes(b | 0x80 if b.bit_count() % 2 else b for b in b"ST,NT,+0012.34kg\r\n")
    assert found(line) == [WrongLine("7E1"), known("12.34", "kg", "net", stable=True)]


def test_an_address_asks_one_indicator_and_hears_no_other() -> None:
    codec = scale_decoder("and-standard", {"address": "5"})
    assert codec.request == b"@05RW\r\n"
    frame = codec.encode(known("123.0", "kg", "gross", stable=True))
    assert frame == b"@05ST,GS,+00123.0kg\r\n"
    assert codec.feed(frame) == found(frame)
    other = frame.replace(b"05", b"06", 1)
    assert codec.feed(other) == [BadFrame("address", other)]


def test_the_host_asks_with_the_command_of_the_options() -> None:
    assert scale_decoder("and-standard", {}).request == b""
    assert scale_decoder("and-standard", {"request": "RN"}).request == b"RN\r\n"


@pytest.mark.parametrize("state", ["overload", "underload", "out_of_range"])
def test_states_are_written_as_they_are_read(state: str) -> None:
    assert found(encode(no_weight(state))) == [no_weight(state)]  # type: ignore[arg-type]  # a literal


def test_a_weight_of_eight_characters_does_not_fit() -> None:
    with pytest.raises(ValueError, match="does not fit 7 characters"):
        encode(known("12345.67", "kg", "gross", stable=True))
