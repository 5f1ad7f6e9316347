"""Weigh-Tronix WI-110 and WI-120, the same form as Fairbanks FB6002 sends it, E1010, 2800 POLL.

WI-110: blank  mode  sign  5 characters  blank  unit 2  CR LF
WI-120: blank  mode  sign  6 digits, with a point 7 characters  blank  unit 2  CR LF or CR
FB6002: blank  mode  6 characters  blank  unit 2 (or m, o)  CR LF
E1010:  blank or minus  9 digits  CR                                      (11 bytes)
POLL:   blank  6 characters  blank  unit 2  blank  legend 2  CR LF

Mode: G gross, N net, T tare; m in its place or behind the weight is motion, o overload, with
digits, blanks or dashes. Cardinal indicators set to WI110 send the blank behind the mode, Fairbanks
2800 a 0 before that of a net weight. E1010 says nothing but the number. POLL: the legend GR or NT
is in lower case while the scale moves; `--oL--` and `--uL--` stand for a weight out of range;
`request=W` asks for it.
Source: Brecknell RD65 manual p. 8 and 9 (WI-110, E1010), Fairbanks FB6002 p. 78, 2800 p. 67-68,
Rice Lake 920i installation manual (WI-120), 482 manual p. 33.

Blind spots: nothing guards a digit that changes on the line. A lost digit can leave a line of
another width or form: one that comes between others is not believed. An answer of POLL counts from
the start of its line.
"""

import re
from typing import Final, Literal

from edge.devices.framing import OneForm, PatternCutter, lines_without
from edge.devices.readings import BadFrame, Mode, Reading, State, Unit, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    LINE_END,
    TWO_LETTERS,
    number,
    right_justified,
    shown_as,
    sign,
    unit_named,
    weighed,
)
from edge.devices.scales.numbers import shown_weight, with_point

LINE_BYTES_MAX: Final = 20

_LINE: Final = re.compile(
    rb"(?:[ 0]([GNTgntmo])|([GNTgnt]) )([ +\-0-9.]{5,7}[0-9.]|[ \-]{6,8})"
    rb"(?: ([A-Za-z ]{2}))? ?([mo])?%b"
    rb"|(?P<plain>[ \-][0-9.]{9})\r"
    rb"|(?<![^\r\n\x02]) (?P<polled>[ +\-0-9.]{5}[0-9.]|--[ou]L--)(?: (?P<unit>[A-Z] ?[A-Z]))?"
    rb"(?: (?P<legend>GR|NT|gr|nt))?%b" % (LINE_END, LINE_END)
)
_NEAR: Final = lines_without(_LINE, LINE_BYTES_MAX)
_MODES: Final[dict[bytes, Mode]] = {b"G": "gross", b"N": "net", b"T": "tare"}
_MODE_LETTERS: Final[dict[Mode | None, str]] = {"gross": "G", "net": "N", "tare": "T"}
_OUT_OF_RANGE: Final[dict[bytes, State]] = {b"--oL--": "overload", b"--uL--": "underload"}
_LEGENDS: Final[dict[bytes, Mode]] = {b"GR": "gross", b"NT": "net"}
_SHOWN: Final[dict[State | None, str]] = {"overload": "--oL--", "underload": "--uL--"}
_LEGEND_LETTERS: Final[dict[Mode | None, str]] = {"gross": "GR", "net": "NT"}
_UNIT_LETTERS: Final[dict[Unit | None, str]] = {"kg": "KG", "lb": "LB"}
_MOVING_LETTERS: Final = {**_MODE_LETTERS, None: "m"}


class WeighTronix(ScaleCodec):
    """WI-110, WI-120, FB6002, E1010 and POLL lines."""

    tail = b"\r"

    def __init__(self, *, request: Literal["none", "W"] = "none") -> None:
        self._form = OneForm()
        self.request = b"" if request == "none" else b"W\r"
        super().__init__(PatternCutter(_LINE, LINE_BYTES_MAX, self._parse, near=_NEAR))

    def encode(self, reading: Reading) -> bytes:
        """Return the line; ValueError for a fact without a place in it, or what does not fit.

        The line of E1010 shows what has neither unit nor mode; who asks with W is answered by POLL.
        """
        if self.request:
            return _polled_line(reading)
        if reading.state is not None:
            return shown_as({"overload": " o     0 lb\r\n"}, reading.state, "state").encode()
        weight = shown_weight(reading)
        if reading.unit is None and reading.mode is None and reading.stable is None:
            return f"{sign(weight)}{with_point(weight, 9, '0')}\r".encode()
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        modes = _MOVING_LETTERS if reading.stable is False else _MODE_LETTERS
        mode = shown_as(modes, reading.mode, "mode")
        motion = shown_as({None: "", False: "" if mode == "m" else " m"}, reading.stable, "stable")
        return f" {mode}{right_justified(weight, 6)} {unit}{motion}\r\n".encode()

    def _parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        if match["polled"] in _OUT_OF_RANGE:
            return no_weight(_OUT_OF_RANGE[match["polled"]])
        is_plain, is_polled = match["plain"] is not None, match["polled"] is not None
        if not self._form.believes((is_plain, is_polled, len(match[3] or b""))):
            return BadFrame("not of the form of the last", match[0])
        if is_plain:
            return _plain(match)
        return _polled(match) if is_polled else _line(match)


def _plain(match: re.Match[bytes]) -> Reading | BadFrame:
    weight = number(match["plain"])
    return BadFrame("malformed", match[0]) if weight is None else Reading(weight=weight)


def _line(match: re.Match[bytes]) -> Reading | BadFrame:
    first, second, digits, unit_name, flag, *_ = match.groups()
    weight, mode = number(digits), first or second
    if b"o" in {mode, flag}:
        return no_weight("overload")
    motion = b"m" in {mode, flag}
    unit = unit_named(unit_name or b"")
    if weight is None or (unit is None and not motion):
        return BadFrame("malformed" if weight is None else "unit", match[0])
    return Reading(
        weight=weight, unit=unit, stable=False if motion else None, mode=_MODES.get(mode.upper())
    )


def _polled(match: re.Match[bytes]) -> Reading | BadFrame:
    digits, unit_name, legend = match.group("polled", "unit", "legend")
    if unit_name is None or legend is None:
        return BadFrame("malformed", match[0])
    return weighed(
        match[0],
        unit_named(unit_name.replace(b" ", b"")),
        number(digits),
        stable=legend.isupper(),
        mode=_LEGENDS[legend.upper()],
        overload=False,
        underload=False,
    )


def _polled_line(reading: Reading) -> bytes:
    if reading.state is not None:
        return f" {shown_as(_SHOWN, reading.state, 'state')}\r\n".encode()
    text = right_justified(shown_weight(reading), 6)
    unit = shown_as(_UNIT_LETTERS, reading.unit, "unit")
    legend = shown_as(_LEGEND_LETTERS, reading.mode, "mode")
    motion = shown_as({True: "", False: " "}, reading.stable, "stable")
    return f" {text} {unit} {legend.lower() if motion else legend}\r\n".encode()
