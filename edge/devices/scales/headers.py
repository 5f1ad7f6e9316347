"""The family of lines that open with a status word: `ST,GS,+00123.0kg` and its many relatives.

Line: [address]  HH  [, KK]  [,]  sign, blanks and digits in any order and width  [,]  [unit]

HH: ST stable, US in motion, HD held, ZR at the centre of zero (a stable zero), OL or LO too much,
UL too little, TL not level. KK: GS or G gross, NT or N net, TR or T tare, PT preset tare; VL and RZ
are raw points and no weight. The sign may stand before the blanks or behind them; the point may be
a comma. Minus zero is zero. A line without KK or without unit does not say them. OL, LO, UL and TL
are states whatever stands behind them, and may stand alone.

Refused: a blank among the digits (`1 460`: two numbers, or one), two points, another unit, a zero
line that shows a weight, a status word that is not of the family, a word before the status word
(`NT,ST,...`: it may say what the rest of the line does not), a comma before the last three digits
of anything but tonnes (`20,000kg`: twenty, or twenty thousand).

Makers document widths for their lines (`and-standard`, `tscale`, `cas-22`, `dini-argeo`): those are
read at once, and everything else of the family as `steady_lines` says.
"""

import re
from dataclasses import replace
from typing import Final

from edge.devices.readings import BadFrame, Mode, Reading, State, no_weight
from edge.devices.scales.fields import (
    LINE_END,
    THOUSANDS,
    beyond_range,
    is_of_thousands,
    number,
    shown_as,
    unit_named,
)
from edge.devices.scales.steady_lines import Line

LINE_BYTES_MAX: Final = 64
"""The longest line of the family, its end included."""

_WORDS: Final = rb"ST|US|HD|ZR|OL|LO|UL|TL"
NO_WORD_BEFORE: Final = rb"(?<![A-Z])(?<![A-Za-z][ ,])(?<![A-Za-z], )"
"""What must hold before a status word: the word that opens a line is the one that counts.

Small letters that touch it are rubbish, or the unit of a line that lost its end.
"""

_FIRST: Final = rb"%b(?:%b)," % (NO_WORD_BEFORE, _WORDS)
_TEXT: Final = rb"(?:(?!%b)[^\r\n]){0,48}" % _FIRST
ANY_LINE: Final = (
    rb"%b%b%b|(?<![^\r\n])(?:OL|LO|UL)[ +\-]*[A-Za-z]{0,3} *%b"
    rb"|(?<![^\r\n])[A-Z][A-Za-z],(?:GS|NT|TR)[ ,+\-0-9]%b%b"
    rb"|(?:[A-Za-z]{1,8}(?:, ?| )|[A-Z]{1,8})(?:%b),[^\r\n]{0,40}%b"
    % (_FIRST, _TEXT, LINE_END, LINE_END, _TEXT, LINE_END, _WORDS, LINE_END)
)
"""Everything that looks like a line of the family, good or bad, to its end."""

EIGHT: Final = rb"(?:[ +\-0-9.]{7}[0-9.]|[ +\-.]{8})"
"""A number at the right of eight characters, or none."""

UNIT_OF_TWO: Final = rb"(?: [gtGT]|[A-Za-z]{2})"
"""A unit that ends a line before its end is there: it cannot be the beginning of ` kg`."""

_LINE: Final = re.compile(
    rb"(?:@?[0-9]{2},?)?(?P<word>[A-Z][A-Za-z]|[A-Za-z])"
    rb"(?:, ?(?P<kind>[A-Z]{2}|[GNTP])(?![A-Za-z]) ?)?(?P<rest>.*)",
    re.DOTALL,
)
_REST: Final = re.compile(
    rb"(?P<lead>,?) *(?P<sign>[+\-]?)(?P<pad> *)(?P<digits>[0-9]+(?:[.,][0-9]+|\.)?|[.,][0-9]+|)"
    rb"(?P<gap> *,? *)(?P<unit>[A-Za-z/%]*) *"
)
_STABLE: Final = {b"ST": True, b"US": False, b"HD": None, b"ZR": True}
_STATES: Final[dict[bytes, State]] = {
    b"OL": "overload",
    b"LO": "overload",
    b"UL": "underload",
    b"TL": "error",
}
_MODES: Final[dict[bytes | None, Mode | None]] = {
    **dict.fromkeys((b"GS", b"G"), "gross"),
    **dict.fromkeys((b"NT", b"N"), "net"),
    **dict.fromkeys((b"TR", b"T", b"PT", b"P"), "tare"),
    None: None,
}
_BLANKS: Final = b"    "
"""So many stand at least where a number is left out."""
_RAW_POINTS: Final = {b"VL", b"RZ"}
_HEADERS: Final = {True: "ST", False: "US"}
_MODE_LETTERS: Final = {"gross": "GS", "net": "NT"}


def headers_for(reading: Reading) -> tuple[str, str]:
    """Return HH and KK of a weight; ValueError for a fact without a place in them."""
    return (
        shown_as(_HEADERS, reading.stable, "stable"),
        shown_as(_MODE_LETTERS, reading.mode, "mode"),
    )


def headed_line(
    raw: bytes, *, is_usual: bool, tells_underload: bool, text: bytes | None = None
) -> Line | BadFrame:
    """Read one line; `text` is what counts of it, by default everything before its end.

    `tells_underload`: whether a line without UL says that the scale is not under its range.
    """
    match = _LINE.fullmatch(raw.rstrip(b"\r\n") if text is None else text)
    assert match is not None  # what finds lines lets no other text through
    word, kind, rest = match.groups()
    if word in _STATES:
        return Line(_state(word, rest), raw)
    if word not in _STABLE or kind in _RAW_POINTS or kind not in _MODES:
        return BadFrame("raw points" if kind in _RAW_POINTS else "status word", raw)
    fields = _REST.fullmatch(rest)
    if fields is None:
        return Line(no_weight("out_of_range"), raw) if _is_row_of_dashes(rest) else _malformed(raw)
    if not fields["digits"]:
        return Line(beyond_range(fields["sign"]), raw) if _BLANKS in rest else _malformed(raw)
    reading = _reading(fields, is_zero=word == b"ZR")
    if isinstance(reading, str):
        return BadFrame(reading, raw)
    said = replace(
        reading,
        stable=_STABLE[word],
        mode=_MODES[kind],
        underload=False if tells_underload else None,
    )
    has_form = is_usual and said.unit is not None
    form = (has_form, len(rest), said.unit, *_form(fields))
    return Line(said, raw, form, has_form, fields["sign"] == b"-")


def _malformed(raw: bytes) -> BadFrame:
    return BadFrame("malformed", raw)


def _reading(fields: re.Match[bytes], *, is_zero: bool) -> Reading | str:
    """Return the weight and its unit, or why they are none."""
    unit, weight = unit_named(fields["unit"]), number(fields["sign"] + fields["digits"])
    assert weight is not None  # the pattern is that of a number
    if unit is None and fields["unit"]:
        return "unit"
    if is_of_thousands(fields["digits"], unit):
        return THOUSANDS
    if is_zero and weight:
        return "not zero"
    return Reading(weight=weight, unit=unit, overload=False)


def _form(fields: re.Match[bytes]) -> tuple[object, ...]:
    """Return what the lines of one stream have in common, their length and unit apart.

    Blanks before leading zeros are a digit that became a blank, or a habit: the form tells them
    apart. A blank in the place of the sign is none.
    """
    lead, sign, pad, digits, gap, _ = fields.groups()
    point = re.search(rb"[.,]", digits)
    decimals = (point[0], len(digits) - point.end()) if point else None
    blanks_before_zeros = len(pad) > 0 and re.match(rb"0[0-9]", digits) is not None
    return lead, sign == b"+", blanks_before_zeros, decimals, gap


def _state(word: bytes, rest: bytes) -> Reading:
    """Return the state of a line without a weight; a sign says at which end of the range it is.

    Digits may stand there, and mean nothing; a row of dashes is no sign.
    """
    state = _STATES[word]
    if state != "overload" or _is_row_of_dashes(rest):
        return no_weight(state)
    return beyond_range(rest.lstrip(b", ")[:1], state)


def _is_row_of_dashes(rest: bytes) -> bool:
    return re.match(rb"[ ,]*--", rest) is not None
