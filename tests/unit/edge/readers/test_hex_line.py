"""Tags as lines of hex: every even length, one length at a reader, torn lines."""

import pytest

from edge.devices.readers.hex_line import HexLine
from edge.devices.readings import BadFrame, TagSeen

LINE = bytes.fromhex("4532303030303144373530373031333131353030364242390D0A")
EPC = "E200001D7507013115006BB9"


def test_a_recorded_line() -> None:
    assert HexLine().feed(LINE) == [TagSeen(EPC)]


@pytest.mark.parametrize("size", range(4, 33))
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\x03", b"\t", b" \r\n", b"    \t"])
def test_every_even_length_is_read(size: int, end: bytes) -> None:
    tag = f"{0xE2 << 8 * (size - 1) | 0x1D:X}"
    assert HexLine().feed(tag.lower().encode() + end) == [TagSeen(tag)]


def test_an_odd_number_of_digits_is_named() -> None:
    assert HexLine().feed(LINE[1:]) == [BadFrame("an odd number of digits", LINE[1:])]


def test_a_line_that_lost_digits_is_no_tag_and_another_length_counts_when_it_comes_twice() -> None:
    reader, short = HexLine(), LINE[4:]
    assert reader.feed(LINE) == [TagSeen(EPC)]
    assert reader.feed(short) == [BadFrame("another length than before: set bytes", short)]
    assert reader.feed(short) == [TagSeen(EPC[4:])]


def test_the_length_can_be_fixed() -> None:
    assert HexLine(bytes=8).feed(LINE) == [BadFrame("length of the number", LINE)]
    with pytest.raises(ValueError, match="12 bytes"):
        HexLine(bytes=8).encode(TagSeen(EPC))


@pytest.mark.parametrize("line", [b"OK\r\n", b"E20000\r\n", b"READER\r\n", b"\x020100D1E24D\x03"])
def test_other_text_says_nothing(line: bytes) -> None:
    assert HexLine().feed(line) == []
