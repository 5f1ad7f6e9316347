"""A&D standard: what its table in `scale_lines` has no column for."""

from edge.devices.readings import BadFrame, Reading, WrongLine
from edge.devices.scales import scale_decoder
from tests.unit.edge.scale_lines.and_standard import LINES, known

found = LINES.found


def test_a_lost_digit_leaves_no_reading() -> None:
    whole = b"ST,GS,+0012.34kg\r\n"
    cut = [found(whole[:at] + whole[at + 1 :]) for at in range(6, 16)]
    assert [one for items in cut for one in items if isinstance(one, Reading)] == []


def test_what_follows_a_unit_does_not_change_it_however_the_line_is_cut() -> None:
    line = b"US,TR,-8598188kgg\nST,NT,+1.63339kg\n"
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
