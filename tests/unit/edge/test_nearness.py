"""What bytes are near to that nobody read: a protocol, lines of text, frames, nothing."""

from edge.devices.nearness import Nearness, nearness
from edge.devices.readings import BadFrame
from edge.devices.scales import SCALES, scale_decoder
from edge.devices.scan import trials


def near(data: bytes, *bad: BadFrame) -> Nearness:
    return nearness(trials(SCALES), data, bad)


def test_the_protocol_that_reads_the_bytes_is_named() -> None:
    found = near(b"\x02+001560019\x03" * 3)
    assert (found.protocols, found.template, found.period) == (("yaohua-continuous",), None, 12)


def test_one_line_is_enough_to_be_near() -> None:
    assert "and-standard" in near(b"ST,NT,+0012.34kg\r\n").protocols


def test_lines_of_text_are_described_by_their_number() -> None:
    lines = b"Wt:  1234.5 kg x\r\nWt:  1235.0 kg x\r\n"
    template = near(lines).template
    assert template == "{skip:3}{weight:8}{skip:5}"
    readings = scale_decoder("generic", {"template": template}).feed(lines)
    assert [str(one.weight) for one in readings] == ["1234.5", "1235.0"]  # type: ignore[union-attr]  # readings
    assert near(b"   12.5\n   13.0\n").template == "{weight:7}"


def test_lines_without_a_number_or_of_other_lengths_are_not_described() -> None:
    assert near(b"hello\r\nhello\r\n").template is None
    assert near(b"W 12\r\nW 123\r\n").template is None
    assert near(b"W: 12\r\n").template is None


def test_frames_that_repeat_have_a_length() -> None:
    assert near(b"\x99" + b"\xaa\x55\x12\x34\x00\x07" * 4).period == 6
    assert near(b"\xaa\x55\x12").period is None
    assert near(b"\x00" * 60).period is None


def test_reasons_come_the_most_frequent_first() -> None:
    bad = [BadFrame(reason, b"") for reason in ("unit", "checksum", "checksum")]
    assert near(b"", *bad).reasons == ("checksum", "unit")
