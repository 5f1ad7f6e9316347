"""CAS lines: a byte of lamps in the midst of text, and bare numbers."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("cas-22", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("cas-22", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("cas-22", {})
    line = b"\xff\x00garbage" + b"ST,GS,1\xc4,000013.5 kg\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"ST,GS,1\xc4,000013.5 kg\r\n")


def known(weight: str, unit: str, mode: str, *, stable: bool = True) -> Reading:
    facts = {"mode": mode, "unit": unit, "stable": stable}
    return Reading(weight=Decimal(weight), overload=False, **facts)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b"ST,GS,1\xc4,000013.5 kg\r\n", known("13.5", "kg", "gross")),
        (b"US,NT,2\x8d,   -13.5  t\r\n", known("-13.5", "t", "net", stable=False)),
        (b"ST,GS,1\xc4,000013.5\x05kg\r\n", known("13.5", "kg", "gross")),
        (b"OL,GS,1\x84,         kg\r\n", no_weight("overload")),
        (b"OL,GS,1\x84,-------- kg\r\n", no_weight("overload")),
        (b"OL,GS,1\x84,-99999.9 kg\r\n", no_weight("underload")),
        (b"OL,GS,1\x84,-        kg\r\n", no_weight("underload")),
        (b"ST,GS,1\x84,         kg\r\n", no_weight("out_of_range")),
        (b"000013.5\r\n", Reading(weight=Decimal("13.5"))),
        (b"   -13.5\r\n", Reading(weight=Decimal("-13.5"))),
    ],
)
def test_every_form_is_read(line: bytes, reading: Reading) -> None:
    assert found(line) == [reading]


def test_the_lamps_may_look_like_any_byte() -> None:
    lines = [b"ST,GS,1" + bytes([lamps]) + b",000013.5 kg\r\n" for lamps in range(256)]
    assert found(b"".join(lines)) == [known("13.5", "kg", "gross")] * 256


def test_parity_of_the_text_is_seen_beside_the_lamps() -> None:
    text = b"ST,GS,1\xc4,000013.5 kg\r\n"
    line = bytes(b | 0x80 if b.bit_count() % 2 else b for b in text)
    assert found(line) == [WrongLine("7E1"), known("13.5", "kg", "gross")]


def test_another_unit_or_no_number_is_refused() -> None:
    assert [one for one in found(b"ST,GS,1\xc4,000013.5 oz\r\n") if isinstance(one, Reading)] == []
    assert [one for one in found(b"ST,GS,1\xc4,00 013.5 kg\r\n") if isinstance(one, Reading)] == []
    assert found(b"0.0013.5\r\n") == [BadFrame("malformed", b"0.0013.5\r\n")]


def test_relays_never_change_the_weight_or_its_unit() -> None:
    lines = [b"ST,GS,1\xc4,000013.5" + bytes([relays]) + b"g \r\n" for relays in range(256)]
    readings = [one for one in found(b"".join(lines)) if isinstance(one, Reading)]
    assert readings == [known("13.5", "g", "gross")] * 64


def test_a_bare_number_without_its_end_is_not_read() -> None:
    codec = scale_decoder("cas-22", {})
    assert codec.feed(b"=000013.5") + codec.finish() == []


@pytest.mark.parametrize("before", [b"ST,GS,1\xc4,", b"=", b"$", b"1"])
def test_a_bare_number_needs_a_line_of_its_own(before: bytes) -> None:
    assert found(before + b"000013.5\r\n") == []


@pytest.mark.parametrize("state", ["overload", "underload", "out_of_range"])
def test_states_are_written_as_they_are_read(state: str) -> None:
    assert found(encode(no_weight(state))) == [no_weight(state)]  # type: ignore[arg-type]  # a literal


def test_lines_are_written_as_they_are_read() -> None:
    assert encode(known("13.5", "kg", "gross")) == b"ST,GS,1\xc4,    13.5 kg\r\n"
    assert encode(Reading(weight=Decimal("13.5"))) == b"    13.5\r\n"


def test_a_unit_alone_is_not_enough() -> None:
    with pytest.raises(ValueError, match="no place for stable None"):
        encode(Reading(weight=Decimal(1), unit="kg"))
