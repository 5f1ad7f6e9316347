"""The weighing slip, from words to the dots on paper."""

from datetime import datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.devices.bitmap_text import BadGlyphs, Bitmap, TextLine, drawn, read_glyphs
from edge.devices.escpos import ASK_PAPER, cleared, paper_is_out, printed
from edge.devices.slip import WORDS, Language, Slip, slip_lines
from simulators.printer import SimulatedPrinter

PICTURES = Path(__file__).parents[2] / "frames" / "slips"
GLYPHS = read_glyphs(files("edge.glyphs").joinpath("unifont.hex").read_text(encoding="ascii"))
WIDTH = 384

SLIP = Slip(
    yard="mine",
    lane="mine-out",
    at=datetime(2026, 11, 21, 20, 14, 9, tzinfo=timezone(timedelta(hours=8))),
    clock_is_set=False,
    weight_kg=49_280,
    tag="010063E9AE",
    seq=1234,
    record_sha256="9f3ab2c4d5e6f708" * 4,
)


def on_paper(*lines: TextLine, width: int = WIDTH) -> list[str]:
    printer = SimulatedPrinter()
    printer.receive(printed(drawn(lines, GLYPHS, width), cut=False))
    return printer.slips[0].rows


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_slip_looks_like_its_picture(language: Language) -> None:
    printer = SimulatedPrinter()
    printer.receive(printed(drawn(slip_lines(SLIP, language), GLYPHS, WIDTH), cut=True))
    paper = printer.slips[0]
    assert paper.to_pbm() == (PICTURES / f"{language}.pbm").read_bytes()
    assert (paper.cut, printer.unknown_bytes) == (True, 0)


def test_a_slip_names_the_record_and_hides_most_of_the_card() -> None:
    text = "\n".join(line.text for line in slip_lines(SLIP, "en"))
    assert all(part in text for part in ["49280 kg", "1234", "9f3ab2c4d5e6", "mine-out", "E9AE"])
    assert "63E9AE" not in text
    assert "clock not set" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_values_stand_below_each_other(language: Language) -> None:
    facts = [line.text for line in slip_lines(SLIP, language) if "  " in line.text]
    values = [text.partition("  ")[2].lstrip() for text in facts]
    before = [text.removesuffix(value) for text, value in zip(facts, values, strict=True)]
    assert len(facts) == 5
    assert {len(one.encode("gb18030")) for one in before} == {8}  # two bytes for a wide character


def test_a_clock_that_is_set_is_not_spoken_of() -> None:
    values = {name: getattr(SLIP, name) for name in Slip.__dataclass_fields__}
    lines = slip_lines(Slip(**{**values, "clock_is_set": True}), "zh")
    assert [line.text for line in lines if "校准" in line.text] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_character_of_a_slip_has_its_glyph(language: Language) -> None:
    text = "".join(line.text for line in slip_lines(SLIP, language))
    plates = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼学警港澳挂使领"
    ascii_characters = "".join(map(chr, range(32, 127)))
    assert set(text + plates + ascii_characters) - GLYPHS.keys() == set()
    assert set(WORDS) == {"zh", "en"}


def test_the_licence_of_the_glyphs_is_in_the_package() -> None:
    assert "SIL OPEN FONT LICENSE" in files("edge.glyphs").joinpath("OFL.txt").read_text()


def test_a_letter_has_the_dots_of_its_glyph() -> None:
    rows = on_paper(TextLine("L"), width=8)
    assert rows[4:14] == [" #      "] * 9 + [" ###### "]


def test_a_character_without_a_glyph_is_a_box() -> None:
    rows = on_paper(TextLine("龘"), width=8)
    assert rows[1] == rows[14] == " ###### "
    assert set(rows[2:14]) == {" #    # "}


def test_large_text_repeats_every_dot() -> None:
    small, large = on_paper(TextLine("磅"), width=16), on_paper(TextLine("磅", scale=2), width=32)
    doubled = ["".join(dot * 2 for dot in row) for row in small[:16] for _ in range(2)]
    assert large[:32] == doubled


def test_centred_text_has_the_same_space_on_both_sides() -> None:
    row = on_paper(TextLine("龘", centred=True), width=40)[1]
    assert row == " " * 17 + "######" + " " * 17


def test_a_line_that_is_too_long_goes_on_below() -> None:
    whole = on_paper(TextLine("磅" * 5), width=48)
    assert len(whole) == 2 * 22
    assert whole[:22] == on_paper(TextLine("磅" * 3), width=48)
    assert on_paper(TextLine(""), width=48) == [" " * 48] * 22


@given(st.text(max_size=80), st.sampled_from([1, 2, 3]), st.booleans())
def test_any_text_can_be_printed(text: str, scale: int, centred: bool) -> None:  # noqa: FBT001  hypothesis passes it
    rows = on_paper(TextLine(text, scale=scale, centred=centred))
    assert {len(row) for row in rows} == {WIDTH}


@given(st.lists(st.integers(0, 2**16 - 1), max_size=100), st.integers(1, 50))
def test_whatever_is_printed_comes_out_however_the_line_cuts_it(rows: list[int], size: int) -> None:
    sent = printed(Bitmap(16, tuple(rows)), cut=True)
    printer = SimulatedPrinter()
    for at in range(0, len(sent), size):
        printer.receive(sent[at : at + size])
    wanted = [f"{row:016b}".replace("0", " ").replace("1", "#") for row in rows]
    assert printer.slips[0].rows == wanted


@given(st.integers(0, 2_000))
@example(torn_at=4)  # an image without a width
def test_a_slip_after_a_torn_one_is_whole(torn_at: int) -> None:
    sent = printed(drawn([TextLine("磅道 mine-out")], GLYPHS, WIDTH), cut=True)
    printer = SimulatedPrinter()
    printer.receive(sent[:torn_at] + cleared(WIDTH) + sent)
    whole = on_paper(TextLine("磅道 mine-out"))
    assert printer.slips[-1].rows == whole


def test_a_picture_that_has_no_whole_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 8 dots, got 12"):
        printed(Bitmap(12, ()), cut=False)


def test_the_printer_says_when_its_paper_is_out() -> None:
    printer = SimulatedPrinter()
    assert paper_is_out(printer.receive(ASK_PAPER)) is False
    printer.has_paper = False
    assert paper_is_out(printer.receive(ASK_PAPER)) is True
    assert paper_is_out(b"") is None
    assert paper_is_out(b"\xff\x00") is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("0041", "16 rows"),
        ("0041:00", "16 rows"),
        ("0041:" + "0" * 33, "line 2"),
        ("A!:" + "00" * 16, "line 2"),
        ("7FFFFFFFFFFF:" + "00" * 16, "line 2"),
        ("110000:" + "00" * 16, "line 2"),
    ],
)
def test_a_glyph_table_with_a_mistake_names_the_line(line: str, why: str) -> None:
    with pytest.raises(BadGlyphs, match=why):
        read_glyphs(f"0042:{'00' * 16}\n{line}")
