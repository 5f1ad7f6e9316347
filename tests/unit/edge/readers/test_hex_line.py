"""Tags as lines of hex: every even length, one length at a reader, torn lines."""

import pytest

from edge.devices.framing import UNKNOWN_FORM
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


@pytest.mark.parametrize(
    "line",
    [
        b"E2 00 00 1D 75 07 01 31 15 00 6B B9\r\n",
        b"E2:00:00:1D:75:07:01:31:15:00:6B:B9\n",
        b"E200-001D-7507-0131-1500-6BB9\r\n",
        b"  E200 001D 7507 0131 1500 6BB9  \r",
        b"\x02E200001D7507013115006BB9\x03",
    ],
)
def test_the_digits_may_stand_in_groups_or_behind_stx(line: bytes) -> None:
    assert HexLine().feed(line * 2) == [TagSeen(EPC)] * 2


@pytest.mark.parametrize(
    "line",
    [
        b"EPC:E200001D7507013115006BB9\r\n",
        b"0xE200001D7507013115006BB9\r\n",
        b"E200001D7507013115006BB9,-55\r\n",
        b"E200001D7507013115006BB9 01\r\n",
        b"E200001D75070131#1500 6BB9\r\n",
        b"E200001D7507013115006BB9 01020304\r\n",
        b"E200 001D7507 0131-1500 6BB9 E200001D75070131\r\n",
    ],
)
def test_a_line_that_says_more_than_a_number_is_bad(line: bytes) -> None:
    assert HexLine().feed(line * 2) == [BadFrame(UNKNOWN_FORM, line)] * 2


@pytest.mark.parametrize("line", [b"OK\r\n", b"E20000\r\n", b"READER\r\n", b"\x020100D1E24D\x03"])
def test_other_text_says_nothing(line: bytes) -> None:
    assert HexLine().feed(line) == []


def test_damage_inside_a_line_leaves_no_groups_behind_it() -> None:
    assert [
        one for one in HexLine().feed(b"38557E45DCD9206#3753 5DB8\r\n") if isinstance(one, TagSeen)
    ] == []
