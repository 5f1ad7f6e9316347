"""Cutting bytes into frames: where they end, what is skipped, what parity bits give away."""

import re

import pytest

from edge.devices.framing import (
    CONTEXT_BYTES,
    ETX,
    STX,
    UNKNOWN_FORM,
    FrameCutter,
    PatternCutter,
    until,
)
from edge.devices.parity import parity_setting
from edge.devices.readings import BadFrame, WrongLine


def with_parity(text: bytes, setting: str) -> bytes:
    bit = {"7E1": 0, "7O1": 1}
    if setting == "7M1":
        return bytes(byte | 0x80 for byte in text)
    return bytes(b | 0x80 if b.bit_count() % 2 != bit[setting] else b for b in text)


def text_cutter() -> FrameCutter[bytes]:
    return FrameCutter(STX, until(ETX, 16), lambda frame: frame, text=True)


def lines() -> PatternCutter[bytes]:
    pattern = re.compile(rb"([+-][0-9]{4})([a-z]{2})\r")
    return PatternCutter(
        pattern, 8, lambda match: match[0] if match[2] == b"kg" else BadFrame("unit", match[0])
    )


@pytest.mark.parametrize("setting", ["7E1", "7O1", "7M1"])
def test_parity_bits_name_the_setting_of_the_line(setting: str) -> None:
    assert parity_setting(with_parity(b"+0123kg\r", setting)) == setting


def test_parity_bits_that_disagree_name_nothing() -> None:
    assert parity_setting(b"\xb1\x31") is None


@pytest.mark.parametrize("setting", ["7E1", "7O1", "7M1"])
def test_text_with_parity_is_read_with_one_warning(setting: str) -> None:
    frame = with_parity(b"\x02A1\x03", setting)
    assert text_cutter().feed(frame * 2) == [WrongLine(setting), b"\x02A1\x03", b"\x02A1\x03"]
    line = with_parity(b"+0123kg\r", setting)
    assert lines().feed(line * 2) == [WrongLine(setting), b"+0123kg\r", b"+0123kg\r"]


def test_a_flipped_bit_seven_is_damage_and_no_parity() -> None:
    assert text_cutter().feed(b"\x02\xc11\x03") == [BadFrame("parity", b"\x02\xc11\x03")]
    assert lines().feed(b"+\xb0123kg\r") == [BadFrame("parity", b"+\xb0123kg")]


def test_a_bad_line_says_nothing_about_the_setting() -> None:
    bad = with_parity(b"+0123lb\r", "7E1")
    assert lines().feed(bad) == [BadFrame("unit", b"+0123lb\r")]


def test_what_begins_and_ends_like_a_frame_and_is_none_is_bad() -> None:
    pattern = re.compile(rb"\x02([0-9]{4})\x03")
    cutter = PatternCutter(pattern, 8, lambda match: match[1], near=rb"\x02[ -~]{1,6}\x03")
    stream = b"12\x02123\x03\x021234\x03\x02\x021\x03..\x02123456789\x03"
    right = [BadFrame(UNKNOWN_FORM, b"\x02123\x03"), b"1234", BadFrame(UNKNOWN_FORM, b"\x021\x03")]
    assert cutter.feed(stream) == right
    one_by_one = PatternCutter(pattern, 8, lambda match: match[1], near=rb"\x02[ -~]{1,6}\x03")
    assert [item for byte in stream for item in one_by_one.feed(bytes([byte]))] == right
    assert (cutter.counts.good_frames, cutter.counts.bad_frames) == (1, 2)


def test_a_bad_frame_keeps_its_reason_whatever_its_parity_bits_are() -> None:
    assert lines().feed(b"+\xb0123lb\r") == [BadFrame("unit", b"+0123lb\r")]


def test_binary_frames_keep_bit_seven() -> None:
    cutter = FrameCutter(STX, until(ETX, 16), lambda frame: frame)
    assert cutter.feed(b"\x02\xff\x03") == [b"\x02\xff\x03"]


def test_a_line_is_found_in_the_midst_of_rubbish_however_it_is_cut() -> None:
    stream = b"weigh01\xff\x00" + b"+0123kg\r" + b"+99" + b"-0456kg\r" + b"??"
    for size in range(1, len(stream)):
        cutter = lines()
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        found = [one for piece in pieces for one in cutter.feed(piece)]
        assert found == [b"+0123kg\r", b"-0456kg\r"]


def test_what_was_understood_of_a_line_is_counted() -> None:
    cutter = lines()
    cutter.feed(b"xx+0123kg\r+0123lb\r")
    counts = cutter.counts
    assert (counts.good_frames, counts.good_bytes, counts.bad_frames) == (1, 8, 1)
    assert counts.total_bytes == 18


def test_rubbish_does_not_fill_the_buffer() -> None:
    cutter = lines()
    cutter.feed(b"+" * 100_000)
    assert len(cutter._buffer) < 8 + CONTEXT_BYTES


def test_damage_to_the_end_of_a_line_does_not_depend_on_how_the_line_is_cut() -> None:
    stream = b"+0123kg\r\x8a+0456kg\x8d\n"
    pattern = re.compile(rb"[+-][0-9]{4}[a-z]{2}(?:\r\n?|\n)?")
    for size in range(1, len(stream)):
        cutter = PatternCutter(pattern, 9, lambda match: match[0][:7])
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [one for piece in pieces for one in cutter.feed(piece)] == [b"+0123kg", b"+0456kg"]


def test_a_pattern_that_looks_behind_sees_the_same_however_the_line_is_cut() -> None:
    stream = b"12345678\r\n456\r\n" + b"9" * 60 + b"\r\n123\r\n7654\r\n"
    for size in range(1, len(stream)):
        cutter = PatternCutter(re.compile(rb"(?<![0-9])[0-9]{3,4}\r"), 5, lambda match: match[0])
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        found = [one for piece in pieces for one in cutter.feed(piece)]
        assert found == [b"456\r", b"123\r", b"7654\r"]


def test_a_byte_that_is_no_text_says_nothing_of_parity() -> None:
    pattern = re.compile(rb"[+-][0-9](?P<lamps>.)?\r", re.DOTALL)
    cutter = PatternCutter(pattern, 4, lambda match: match[0], binary="lamps")
    assert cutter.feed(b"+1\xc4\r-2\r") == [b"+1\x44\r", b"-2\r"]
    assert cutter.feed(b"+\xb1\xc4\x8d") == [WrongLine("7E1"), b"+1\x44\r"]
