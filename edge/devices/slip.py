"""What a weighing slip says, line by line, in both languages. Knows no printer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from edge.devices.bitmap_text import TextLine

Language = Literal["zh", "en"]

TAG_DIGITS: Final = 4
HASH_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One weighing, as the driver takes it home: enough to find the signed record again."""

    yard: str
    lane: str
    at: datetime
    """When the truck was released, in the yard's time."""
    clock_is_set: bool
    weight_kg: int
    tag: str
    seq: int
    """Number of the weighing's record in the lane's journal."""
    record_sha256: str


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    yard: str
    lane: str
    at: str
    clock_unset: str
    tag: str
    record: str
    end: str


WORDS: Final[dict[Language, Words]] = {
    "zh": Words(
        title="称重单",
        yard="场站",
        lane="磅道",
        at="时间",
        clock_unset="(时间未校准)",
        tag="卡尾号",
        record="记录号",
        end="以结算单为准",
    ),
    "en": Words(
        title="Weighing",
        yard="Yard",
        lane="Lane",
        at="Time",
        clock_unset="(clock not set)",
        tag="Card",
        record="Record",
        end="The settlement is what counts.",
    ),
}


def slip_lines(slip: Slip, language: Language) -> list[TextLine]:
    """Return the slip's lines; the card's number only by its last digits."""
    words = WORDS[language]
    column = 2 + max(map(_cells, (words.yard, words.lane, words.at, words.tag, words.record)))

    def fact(name: str, value: str) -> TextLine:
        return TextLine(name + " " * (column - _cells(name)) + value)

    lines = [
        TextLine(words.title, scale=2, centred=True),
        fact(words.yard, slip.yard),
        fact(words.lane, slip.lane),
        fact(words.at, f"{slip.at:%Y-%m-%d %H:%M:%S %z}"),
    ]
    if not slip.clock_is_set:
        lines.append(TextLine(words.clock_unset))
    return [
        *lines,
        fact(words.tag, slip.tag[-TAG_DIGITS:]),
        TextLine(f"{slip.weight_kg} kg", scale=3, centred=True),
        fact(words.record, f"{slip.seq}  {slip.record_sha256[:HASH_DIGITS]}"),
        TextLine(words.end, centred=True),
    ]


def _cells(text: str) -> int:
    """Return how many digits wide a text is: Chinese characters are drawn twice as wide."""
    return sum(1 if char.isascii() else 2 for char in text)
