"""The family of lines that open with a status word: `ST,GS,+00123.0kg` and its many relatives.

Line: [address]  HH  [, KK]  [,]  sign, blanks and digits in any order and width  [,]  [unit]

HH: ST stable, US in motion, HD held, ZR at the centre of zero (a stable zero), OL or LO too much,
UL too little, TL not level. KK: GS, GR or G gross, NT or N net, TR or T tare, PT preset tare; VL
and RZ are raw points and no weight. The sign may stand before the blanks or behind them; the point
may be a comma. Minus zero is zero. A line without KK or without unit does not say them. OL, LO, UL
and TL are states whatever stands behind them; OL, LO and UL may stand alone, or in the place of the
number, and a sign before them says at which end of the range it is.

Refused: a blank among the digits (`1 460`: two numbers, or one), two points, another unit, a zero
line that shows a weight, a status word that is not of the family, a word before the status word
(`NT,ST,...`: it may say what the rest of the line does not), a comma before the last three digits
of anything but tonnes (`20,000kg`: twenty, or twenty thousand). So is every other line with a
digit in it: whoever hears nothing but refusals has chosen the wrong protocol, or a wrong format.

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
_BEYOND: Final = rb" {0,20}[+\-]? {0,20}(?:OL|LO|UL)[ +\-]*[A-Za-z]{0,3} *"
_OTHER: Final = rb"(?=[^\r\n]{0,50}(?:[0-9]|,GS|,NT))(?:(?!%b)[ -~]){3,56}" % _FIRST
ANY_LINE: Final = (
    rb"%b%b%b|(?<![^\r\n])%b%b"
    rb"|(?<![^\r\n])[A-Z][A-Za-z],(?:GS|NT|TR)[ ,+\-0-9]%b%b"
    rb"|(?:[A-Za-z]{1,8}(?:, ?| )|[A-Z]{1,8})(?:%b),[^\r\n]{0,40}%b"
    rb"|(?<![^\r\n])%b%b"
    % (
        *(_FIRST, _TEXT, LINE_END, _BEYOND, LINE_END),
        *(_TEXT, LINE_END, _WORDS, LINE_END, _OTHER, LINE_END),
    )
)
"""Everything that looks like a line of the family, good or bad, to its end."""

EIGHT: Final = rb"(?:[ +\-0-9.]{7}[0-9.]|[ +\-.]{8})"
"""A number at the right of eight characters, or none."""

UNIT_OF_TWO: Final = rb"(?: [gtGT]|[A-Za-z]{2})"
"""A unit that ends a line before its end is there: it cannot be the beginning of ` kg`."""

_LINE: Final = re.compile(
    rb"(?:@?[0-9]{2},?| *(?P<before>[+\-]?) *(?=OL|LO|UL))?"
    rb"(?P<word>[A-Z]?[A-Za-z](?=,)|OL|LO|UL)"
    rb"(?:, ?(?P<kind>[A-Z]{2}|[GNTP])(?![A-Za-z]) ?)?(?P<rest>.*)",
    re.DOTALL,
)
_REST: Final = re.compile(
    rb"(?P<lead>,?) *(?P<sign>[+\-]?)(?P<pad> *)(?P<digits>[0-9]+(?:[.,][0-9]+|\.)?|[.,][0-9]+|)"
    rb"(?P<gap> *,? *)(?P<unit>[A-Za-z/%]*) *"
)
_SHOWN: Final = re.compile(
    rb",?(?: *(?:(?P<dashes>-(?: *-)+)|(?P<sign>[+\-]?) *(?P<word>OL|LO|UL|[ou]L))"
    rb"|(?= *[+\-]? {4}) *(?P<blank>[+\-]?)) *,? *[A-Za-z]{0,3} *"
)
"""What stands there instead of a number; of blanks there are at least four."""
_STABLE: Final = {b"ST": True, b"US": False, b"HD": None, b"ZR": True}
_STATES: Final[dict[bytes, State]] = {
    b"OL": "overload",
    b"LO": "overload",
    b"UL": "underload",
    b"TL": "error",
}
_MODES: Final[dict[bytes | None, Mode | None]] = {
    **dict.fromkeys((b"GS", b"GR", b"G"), "gross"),
    **dict.fromkeys((b"NT", b"N"), "net"),
    **dict.fromkeys((b"TR", b"T", b"PT", b"P"), "tare"),
    None: None,
}
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
    if match is None:
        return BadFrame("status word", raw)
    before, word, kind, rest = match.groups()
    if word not in _STATES and (word not in _STABLE or kind not in _MODES):
        return BadFrame("raw points" if kind in _RAW_POINTS else "status word", raw)
    state = _state(word, before or rest) if word in _STATES else _in_place(rest)
    if state is not None:
        return Line(state, raw)
    fields = _REST.fullmatch(rest)
    if fields is None or not fields["digits"]:
        return BadFrame("malformed", raw)
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


def _reading(fields: re.Match[bytes], *, is_zero: bool) -> Reading | str:
    """Return the weight and its unit, or why they are none."""
    unit = unit_named(fields["unit"])
    if unit is None and fields["unit"]:
        return "unit"
    weight = number(fields["sign"] + fields["digits"], unit)
    if weight is None:  # the pattern is that of a number
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


def _in_place(rest: bytes) -> Reading | None:
    """Return the state that stands in the place of a number: a word, dashes, or blanks."""
    shown = _SHOWN.fullmatch(rest)
    if shown is None:
        return None
    if shown["word"]:
        return _state(shown["word"].upper(), shown["sign"])
    return no_weight("out_of_range") if shown["dashes"] else beyond_range(shown["blank"])


def _is_row_of_dashes(rest: bytes) -> bool:
    return re.match(rb"[ ,]*- *-", rest) is not None
