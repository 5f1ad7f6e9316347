"""CAS: what its table in `scale_lines` has no column for."""

from unittest.mock import ANY

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine
from edge.devices.scales import scale_decoder
from tests.unit.edge.scale_lines.cas_22 import LINES, known

found = LINES.found


def test_the_lamps_may_look_like_any_byte() -> None:
    lines = [b"ST,GS,1" + bytes([lamps]) + b",000013.5 kg\r\n" for lamps in range(256)]
    assert found(b"".join(lines)) == [known("13.5", "kg", "gross")] * 256


@pytest.mark.parametrize("place", [b" -", b"- "])
@pytest.mark.parametrize("number", [b"      30", b"     -30"])
def test_a_minus_in_the_place_of_id_and_lamps_is_one(place: bytes, number: bytes) -> None:
    line = b"ST,GS," + place + b"," + number + b" kg\r\n"
    assert found(line) == [known("-30", "kg", "gross")]
    assert found(line.replace(number, b"     +30"))[0] == BadFrame("malformed", ANY)


def test_blanks_in_the_place_of_id_and_lamps_are_no_minus() -> None:
    assert found(b"ST,GS,  ,  +12500 kg\r\n") == [known("12500", "kg", "gross")]


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
