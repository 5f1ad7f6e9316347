"""What bytes are near to that nobody read: a protocol, lines of text, frames, nothing."""

import pytest

from edge.devices.nearness import Nearness, nearness
from edge.devices.readings import BadFrame, Reading
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
    assert template == "{skip:3}{weight:8}{unit:3}{skip:2}"
    readings = scale_decoder("generic", {"template": template}).feed(lines)
    assert [str(one.weight) for one in readings] == ["1234.5", "1235.0"]  # type: ignore[union-attr]  # readings
    assert near(b"   12.5\n   13.0\n").template == "{weight:7}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"ST;GS;+0001234kg\r\n", ("1234", "kg", True, "gross", False)),
        (b"US NT -0001234 t\r\n", ("-1234", "t", False, "net", False)),
        (b"NT,ST,+0001234kg\r\n", ("1234", "kg", True, "net", False)),
        (b"    12.5 KG G\r\n", ("12.5", "kg", None, None, None)),
    ],
)
def test_words_and_units_are_described_as_what_they_say(
    line: bytes, said: tuple[object, ...]
) -> None:
    template = near(line * 3).template
    assert template is not None
    for one in scale_decoder("generic", {"template": template}).feed(line * 2):
        assert isinstance(one, Reading)
        assert (str(one.weight), one.unit, one.stable, one.mode, one.overload) == said


@pytest.mark.parametrize(
    "line", [b"W:+1 234kg\r\n", b"W:+1'234kg\r\n", b"W:1234-kg\r\n", b"ST US 12 kg\r\n"]
)
def test_a_number_that_may_have_another_part_is_not_described(line: bytes) -> None:
    assert near(line * 3).template is None


def test_frames_with_wrong_checksums_are_named_by_their_protocol() -> None:
    of_the_manual = bytes.fromhex("0241612B303035363332303030303030300000204903")
    assert near(of_the_manual).damaged == ("dingsong",)
    assert near(of_the_manual).protocols == ()


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
