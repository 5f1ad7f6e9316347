"""What the loudspeaker says, word by word."""

import io
import wave
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.numbers_aloud import chinese, english
from edge.devices.voice import ATTENTION, PAUSE, BadUnits, VoiceBook, joined, read_units, seconds
from edge.lane.texts import REASON_TEXTS, STATE_TEXTS
from gateway.texts import ACTIONS, REASONS
from gateway.tickets.reasons import AFTER_LEAVING, Reason

UNITS = files("edge.voice")
TEXTS = {
    language: read_units(UNITS.joinpath(language, "units.tsv").read_text(encoding="utf-8"))
    for language in ("zh", "en")
}
BOOKS = {language: VoiceBook(language, texts) for language, texts in TEXTS.items()}
SAID = [
    *STATE_TEXTS.values(),
    *REASON_TEXTS.values(),
    *ACTIONS.values(),
    *(REASONS[reason] for reason in Reason if reason not in AFTER_LEAVING),
]


def aloud(language: str, names: tuple[str, ...] | list[str]) -> str:
    return (" " if language == "en" else "").join(TEXTS[language].get(name, ",") for name in names)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0", "零"),
        ("2", "二"),
        ("10", "十"),
        ("14", "十四"),
        ("20", "二十"),
        ("101", "一百零一"),
        ("110", "一百一十"),
        ("200", "二百"),
        ("1001", "一千零一"),
        ("1010", "一千零一十"),
        ("2000", "两千"),
        ("10000", "一万"),
        ("10010", "一万零一十"),
        ("12040", "一万二千零四十"),
        ("20500", "两万零五百"),
        ("49280", "四万九千二百八十"),
        ("100000", "十万"),
        ("120003", "十二万零三"),
        ("203000", "二十万三千"),
        ("49.28", "四十九点二八"),
        ("2.050", "二点零五"),
        ("-0.5", "负零点五"),
    ],
)
def test_a_number_is_read_in_mandarin(number: str, expected: str) -> None:
    assert aloud("zh", chinese(Decimal(number))) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0", "zero"),
        ("13", "thirteen"),
        ("40", "forty"),
        ("49.28", "forty nine point two eight"),
        ("100", "one hundred"),
        ("512", "five hundred twelve"),
        ("1000", "one thousand"),
        ("20500", "twenty thousand five hundred"),
        ("999999", "nine hundred ninety nine thousand nine hundred ninety nine"),
        ("-3.5", "minus three point five"),
    ],
)
def test_a_number_is_read_in_english(number: str, expected: str) -> None:
    assert aloud("en", english(Decimal(number))) == expected


@pytest.mark.parametrize("read", [chinese, english])
def test_a_number_that_is_too_large_is_refused(read: type) -> None:
    with pytest.raises(ValueError, match="at most 999999, got 1000000"):
        read(Decimal(1_000_000))


DIGITS = "零一二三四五六七八九"


def value_of(spoken: str) -> int:
    """Read a whole number back, by the rules of the language and not by those of the code."""
    total = group = digit = 0
    for char in spoken.replace("两", "二"):
        if char in DIGITS:
            digit = DIGITS.index(char)
        elif char == "万":
            total, group, digit = (group + digit) * 10_000, 0, 0
        else:
            group += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
    return total + group + digit


@given(st.integers(0, 999_999))
def test_a_chinese_number_means_what_it_says(number: int) -> None:
    spoken = aloud("zh", chinese(Decimal(number)))
    assert value_of(spoken) == number
    assert "零零" not in spoken
    assert number == 0 or not spoken.endswith("零")


@pytest.mark.parametrize(
    ("kg", "zh", "en"),
    [
        (49_280, "重量四十九点二八吨", "weight forty nine point two eight tonnes"),
        (49_000, "重量四十九吨", "weight forty nine tonnes"),
        (2_000, "重量两吨", "weight two tonnes"),
        (1_000, "重量一吨", "weight one tonne"),
        (520, "重量五百二十公斤", "weight five hundred twenty kilograms"),
        (1, "重量一公斤", "weight one kilogram"),
        (-40, "重量负四十公斤", "weight minus forty kilograms"),
    ],
)
def test_a_weight_is_said_in_tonnes_or_below_one_in_kilograms(kg: int, zh: str, en: str) -> None:
    assert aloud("zh", BOOKS["zh"].weight(kg)) == zh
    assert aloud("en", BOOKS["en"].weight(kg)) == en


@pytest.mark.parametrize("texts", SAID, ids=lambda texts: texts["en"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_that_a_lane_says_can_be_spoken(language: str, texts: dict[str, str]) -> None:
    names = BOOKS[language].sentence(texts[language])
    assert ATTENTION not in names
    plain = texts[language].casefold().replace(" ", "").replace(",", "")
    assert aloud(language, names).casefold().replace(" ", "").replace(",", "") == plain


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "蒙K12A45 请上磅", "蒙K一二A四五,请上磅"),
        ("zh", "京AD12345,请卸货", "京AD一二三四五,请卸货"),
        ("zh", "请稍候 12 号", "请看显示屏"),
        ("zh", "澎A12345", "请看显示屏"),
        ("zh", "请上磅 49.28", "请上磅,四十九点二八"),
        ("en", "PLEASE WAIT 12", "please wait , twelve"),
        ("en", "Stopping", "Please read the display"),
        ("en", "No truck", "Please read the display"),
        ("en", "wait 1234567", "Please read the display"),
        ("en", "", ""),
    ],
)
def test_a_text_is_spoken_whole_or_the_driver_is_sent_to_the_display(
    language: str, text: str, expected: str
) -> None:
    assert aloud(language, BOOKS[language].sentence(text)) == expected


@given(st.text(max_size=60))
def test_any_text_becomes_units_that_exist(text: str) -> None:
    for language, book in BOOKS.items():
        assert set(book.sentence(text)) <= {*TEXTS[language], ""}


def test_a_weight_is_said_before_what_is_to_be_done() -> None:
    book = BOOKS["en"]
    assert book.announcement("PLEASE WAIT", None) == book.sentence("PLEASE WAIT")
    said = (*book.weight(49_280), PAUSE, *book.sentence("PLEASE WAIT"))
    assert book.announcement("PLEASE WAIT", 49_280) == said


def test_a_plate_is_spelled() -> None:
    assert aloud("en", BOOKS["en"].plate("B7Q") or []) == "B seven Q"
    assert BOOKS["zh"].plate("蒙?") is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_unit_is_in_the_package_in_one_format(language: str) -> None:
    folder = UNITS.joinpath(language)
    sounds = {one.name[:-4]: one.read_bytes() for one in folder.iterdir() if ".wav" in one.name}
    assert sounds.keys() == TEXTS[language].keys()
    assert min(map(seconds, sounds.values())) > 0.1
    assert max(map(seconds, sounds.values())) < 4
    with wave.open(io.BytesIO(joined(list(sounds.values())))) as whole:
        assert (whole.getnchannels(), whole.getsampwidth(), whole.getframerate()) == (1, 1, 8_000)


def test_the_whole_set_is_small() -> None:
    sizes = [len(one.read_bytes()) for lang in TEXTS for one in UNITS.joinpath(lang).iterdir()]
    assert sum(sizes) < 1_600_000


def wav(samples: bytes, width: int = 1) -> bytes:
    with io.BytesIO() as out:
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(width)
            file.setframerate(8_000)
            file.writeframes(samples)
        return out.getvalue()


def frames(sound: bytes) -> bytes:
    with wave.open(io.BytesIO(sound)) as file:
        samples: bytes = file.readframes(file.getnframes())
    return samples


def test_recordings_are_joined_with_pauses_between_phrases() -> None:
    assert frames(joined([wav(b"ab"), wav(b"c")])) == b"abc"
    assert frames(joined([wav(b"a"), b"", wav(b"b")])) == b"a" + b"\x80" * 2_000 + b"b"
    assert frames(joined([wav(b"aa", 2), b""])) == b"aa" + bytes(4_000)


@pytest.mark.parametrize(
    "sounds", [[], [b""], [wav(b"a"), wav(b"aa", 2)], [b"RIFF"], [b"not a sound at all"]]
)
def test_recordings_that_do_not_fit_together_are_refused(sounds: list[bytes]) -> None:
    with pytest.raises(BadUnits):
        joined(sounds)


@pytest.mark.parametrize("table", ["a\t", "just-a-name", "a\tx\na\ty"])
def test_a_list_of_units_with_a_mistake_names_the_line(table: str) -> None:
    with pytest.raises(BadUnits, match=r"line \d: expected a new name"):
        read_units(f"# units\n\n{table}")


def test_a_book_needs_the_way_out() -> None:
    with pytest.raises(BadUnits, match="en: no unit 'look_at_display'"):
        VoiceBook("en", {"stop": "Stop"})
