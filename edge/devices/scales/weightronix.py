"""Weigh-Tronix WI-110 and WI-120, the same form as Fairbanks FB6002 sends it, and E1010.

WI-110: blank  mode  sign  5 characters  blank  unit 2  CR LF
WI-120: blank  mode  sign  6 digits, with a point 7 characters  blank  unit 2  CR LF or CR
FB6002: blank  mode  6 characters  blank  unit 2 (or m, o)  CR LF
E1010:  blank or minus  9 digits  CR                                      (11 bytes)

Mode: G gross, N net, T tare; m in its place or behind the weight is motion, o overload, with
digits, blanks or dashes. Cardinal indicators set to WI110 send the blank behind the mode, Fairbanks
2800 a 0 before that of a net weight. E1010 says nothing but the number.
Source: Brecknell RD65 manual p. 8 and 9 (WI-110, E1010), Fairbanks FB6002 p. 78, 2800 p. 67, Rice
Lake 920i installation manual (WI-120), 482 manual p. 33.

Blind spots: nothing guards a digit that changes on the line. A lost digit can leave a line of
another width: one that comes between others is not believed.
"""

import re
from typing import Final

from edge.devices.framing import OneForm, PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    LINE_END,
    TWO_LETTERS,
    number,
    right_justified,
    shown_as,
    sign,
    unit_named,
)
from edge.devices.scales.numbers import shown_weight, with_point

LINE_BYTES_MAX: Final = 18

_LINE: Final = re.compile(
    rb"(?:[ 0]([GNTgntmo])|([GNTgnt]) )([ +\-0-9.]{5,7}[0-9.]|[ \-]{6,8})"
    rb"(?: ([A-Za-z ]{2}))? ?([mo])?%b"
    rb"|(?P<plain>[ \-][0-9.]{9})\r" % LINE_END
)
_MODES: Final[dict[bytes, Mode]] = {b"G": "gross", b"N": "net", b"T": "tare"}
_MODE_LETTERS: Final[dict[Mode | None, str]] = {"gross": "G", "net": "N", "tare": "T"}
_MOVING_LETTERS: Final = {**_MODE_LETTERS, None: "m"}


class WeighTronix(ScaleCodec):
    """WI-110, WI-120, FB6002 and E1010 lines."""

    tail = b"\r"

    def __init__(self) -> None:
        self._form = OneForm()
        super().__init__(PatternCutter(_LINE, LINE_BYTES_MAX, self._parse))

    def encode(self, reading: Reading) -> bytes:
        """Return the line; ValueError for a stable one, or one that does not fit.

        The line of E1010 shows what has neither unit nor mode.
        """
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
        if match["plain"] is not None:
            return _plain(match)
        if not self._form.believes(len(match[3])):
            return BadFrame("not as long as the last", match[0])
        return _line(match)


def _plain(match: re.Match[bytes]) -> Reading | BadFrame:
    weight = number(match["plain"])
    return BadFrame("malformed", match[0]) if weight is None else Reading(weight=weight)


def _line(match: re.Match[bytes]) -> Reading | BadFrame:
    first, second, digits, unit_name, flag, _ = match.groups()
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
