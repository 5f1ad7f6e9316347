"""How a number is read aloud, as names of voice units. Knows no sound.

Chinese: 十 without 一 at the beginning, one 零 for any gap of zeros between two digits, 万 after
four places, 两 before 千, 万 and a measure word. English: whole hundreds, no "and".
Decimals are read one by one in both.
"""

from decimal import Decimal
from typing import Final

NUMBER_MAX: Final = 999_999

_PLACES: Final = ((1_000, "thousand"), (100, "hundred"), (10, "ten"), (1, None))


def chinese(number: Decimal, *, counts: bool = False) -> list[str]:
    """Return a number in Mandarin; `counts` when a measure word follows. ValueError: too large."""
    whole, decimals = _split(number)
    if counts and (whole, decimals) == (2, ""):
        return ["two"]
    return _with_sign(number, _chinese_whole(whole), decimals)


def english(number: Decimal) -> list[str]:
    """Return a number in English; ValueError when it is too large."""
    whole, decimals = _split(number)
    return _with_sign(number, _english_whole(whole), decimals)


def _split(number: Decimal) -> tuple[int, str]:
    whole, _, decimals = f"{abs(number):f}".partition(".")
    if int(whole) > NUMBER_MAX:
        raise ValueError(f"number must be at most {NUMBER_MAX}, got {number}")
    return int(whole), decimals.rstrip("0")


def _with_sign(number: Decimal, whole: list[str], decimals: str) -> list[str]:
    fraction = ["point", *decimals] if decimals else []
    return (["minus"] if number < 0 else []) + whole + fraction


def _chinese_whole(number: int) -> list[str]:
    high, low = divmod(number, 10_000)
    names = [*_group(high), "ten_thousand"] if high else []
    if high and 0 < low < 1_000:
        names.append("0")
    names += _group(low)
    match names:
        case []:
            return ["0"]
        case ["1", "ten", *rest]:
            return ["ten", *rest]
        case ["2", "thousand" | "ten_thousand" as place, *rest]:
            return ["two", place, *rest]
        case _:
            return names


def _group(number: int) -> list[str]:
    """Return four places, with one 零 for each gap between two digits."""
    names: list[str] = []
    gap = False
    for value, place in _PLACES:
        digit = number // value % 10
        if digit and gap and names:
            names.append("0")
        if digit:
            names += [str(digit), place] if place else [str(digit)]
        gap = not digit
    return names


def _english_whole(number: int) -> list[str]:
    thousands, below = divmod(number, 1_000)
    names = [*_english_hundreds(thousands), "thousand"] if thousands else []
    if below or not thousands:
        names += _english_hundreds(below)
    return names


def _english_hundreds(number: int) -> list[str]:
    hundreds, below = divmod(number, 100)
    names = [str(hundreds), "hundred"] if hundreds else []
    if below < 20:
        return names + ([str(below)] if below or not hundreds else [])
    tens, ones = divmod(below, 10)
    return [*names, str(tens * 10), *([str(ones)] if ones else [])]
