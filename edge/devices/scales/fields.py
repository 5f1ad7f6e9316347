"""Fields that text frames of many makers share: units, numbers, signs, ends of lines."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypedDict, Unpack

from edge.devices.readings import BadFrame, Mode, Reading, State, Unit, no_weight
from edge.devices.scales.numbers import decimals_of

LINE_END: Final = rb"(?:\r\n?|\n)"

UNITS: Final[Mapping[bytes, Unit]] = {b"kg": "kg", b"t": "t", b"g": "g", b"lb": "lb"}
UNIT_LETTERS: Final[Mapping[bytes, Unit]] = {b"K": "kg", b"T": "t", b"G": "g", b"L": "lb"}

TWO_LETTERS: Final[Mapping[Unit | None, str]] = {"kg": "kg", "t": " t", "g": " g", "lb": "lb"}
ONE_LETTER: Final[Mapping[Unit | None, str]] = {"kg": "K", "t": "T", "g": "G", "lb": "L"}

_NUMBER: Final = re.compile(rb" *([+-]?) *([0-9]+[.,]?[0-9]*|[.,][0-9]+) *")

_THREE_BEHIND_COMMA: Final = re.compile(rb",[0-9]{3} *$")
THOUSANDS: Final = "comma before three digits"
"""Why a number is refused that has two readings."""

NOT_TORN: Final = (
    rb"(?<![ +\-])(?<![ +\-][ 0-9.]{7})(?<![0-9.][A-Za-z ]{2})"
    rb"(?<![0-9.] [A-Za-z ]{2})(?<![0-9.][A-Za-z ]{2}[A-Za-z])"
)
"""What must hold before a blank that is the sign of a line without a start of its own.

Otherwise blanks of a torn line pass for a sign or for digits that were lost.
"""
NOT_TORN_BYTES: Final = 8
"""As far back as `NOT_TORN` looks; a decoder keeps this many bytes that it has passed."""


class Facts(TypedDict, total=False):
    """What a frame says beside weight and unit."""

    stable: bool | None
    mode: Mode | None
    overload: bool | None
    underload: bool | None


def unit_named(text: bytes) -> Unit | None:
    """Return the unit of a name in upper or lower case; None if it is unknown."""
    return UNITS.get(text.strip().lower())


def number(text: bytes, unit: Unit | None = None) -> Decimal | None:
    """Read a number with its point, sign and blanks before it allowed; minus zero is zero.

    None if anything else is there. The point may be a comma, unless it may part thousands.
    """
    match = _NUMBER.fullmatch(text)
    if match is None or is_of_thousands(text, unit):
        return None
    weight = Decimal((match[1] + match[2]).replace(b",", b".").decode())
    return weight or weight.copy_abs()


def is_of_thousands(digits: bytes, unit: Unit | None) -> bool:
    """Tell whether a comma may part thousands: three digits follow, and the unit is not t.

    Tonnes are shown with three decimals everywhere; of kilograms nobody shows grams on a deck.
    """
    return unit != "t" and _THREE_BEHIND_COMMA.search(digits) is not None


def no_number(digits: bytes, unit: Unit | None) -> str:
    """Say why a field is no number."""
    return THOUSANDS if is_of_thousands(digits, unit) else "malformed"


def numbers(unit: Unit | None, *fields: bytes) -> list[Decimal] | str:
    """Read several numbers of one unit; or say why the first that is none is none."""
    found = []
    for field in fields:
        weight = number(field, unit)
        if weight is None:
            return no_number(field, unit)
        found.append(weight)
    return found


def weighed(
    frame: bytes, unit: Unit | None, weight: Decimal | None, **facts: Unpack[Facts]
) -> Reading | BadFrame:
    """Return the reading of a frame that always has a unit and a number, or which is missing."""
    if unit is None or weight is None:
        return BadFrame("unit" if unit is None else "malformed", frame)
    return Reading(weight=weight, unit=unit, **facts)


def right_justified(weight: Decimal, width: int) -> str:
    """Return the number behind blanks, its minus before its digits; ValueError if too long."""
    decimals_of(weight)
    text = f"{weight:f}"
    if len(text) > width:
        raise ValueError(f"weight {weight} does not fit {width} characters")
    return text.rjust(width)


def sign(weight: Decimal, positive: str = " ") -> str:
    """Return the character for the sign."""
    return "-" if weight < 0 else positive


def shown_as(table: Mapping[Any, str], fact: object, name: str) -> str:
    """Return the characters for a fact; ValueError if the frame has no place for it."""
    if fact not in table:
        raise ValueError(f"the frame has no place for {name} {fact}")
    return table[fact]


def beyond_range(sign: bytes, blank: State = "out_of_range") -> Reading:
    """Return the state of a frame that has no number: its sign says at which end of the range.

    `blank` is what a frame says that has no sign.
    """
    states: dict[bytes, State] = {b"-": "underload", b"+": "overload"}
    return no_weight(states.get(sign, blank))
