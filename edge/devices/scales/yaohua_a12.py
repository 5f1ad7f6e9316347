"""Yaohua XK3190-A12 and A12E bench scales, 9600 8N1.

A12E: W  G or N  7 characters with sign and point  unit (2)  XOR high  XOR low  CR LF   15 bytes
      9 blanks  OL (over) or LO (under)  XOR high  XOR low  CR LF
A12:  w  w, n or t (gross, net, tare)  7 characters with sign and point  kg or lb       11 bytes
      or with blank or sign before 7 characters                                         12 bytes

The XOR runs over the first 11 bytes and is spelled as in the continuous output of the family. A
number without a point has a blank as its last character. The A12 sends line ends or none; neither
counts. Stability is in neither frame, overload only in that of the A12E. Source: XK3190-A12E manual
p. 12; the A12 from its users' logs.

Blind spots: the XOR does not see order, so that digits can change places, and OL and LO too; the
A12 has no checksum at all, and the first of its longer frames, if it is negative, can have lost a
digit.
"""

import re
from typing import Final

from edge.devices.framing import OneForm, PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading, State, Unit, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import LINE_END, TWO_LETTERS, number, shown_as, unit_named
from edge.devices.scales.numbers import shown_weight, with_point
from edge.devices.scales.yaohua import CHECK, check_characters, is_check

WIDTH: Final = 7
CHECKED_BYTES: Final = 11

_A12E: Final = re.compile(
    rb"(?:W([GN])([-+ 0-9.]{7})([A-Za-z ]{2})| {9}(OL|LO))" + CHECK + LINE_END
)
_A12: Final = re.compile(rb"w([wntWNT])([-+ ][ 0-9.]{7}|[-+0-9.][ 0-9.]{6})([Kk][Gg]|[Ll][Bb])")

_NEAR_A12E: Final = rb"W[GN][ +\-0-9.,][ -~]{3,10}[\r\n]"
_A12E_MODES: Final[dict[bytes, Mode]] = {b"G": "gross", b"N": "net"}
_A12E_LETTERS: Final[dict[Mode | None, str]] = {"gross": "G", "net": "N"}
_A12_MODES: Final[dict[bytes, Mode]] = {b"w": "gross", b"n": "net", b"t": "tare"}
_A12_LETTERS: Final[dict[Mode | None, str]] = {"gross": "w", "net": "n", "tare": "t"}
_A12_UNITS: Final[dict[Unit | None, str]] = {"kg": "kg", "lb": "lb"}
_STATES: Final[dict[bytes, State]] = {b"OL": "overload", b"LO": "underload"}
_STATE_LETTERS: Final[dict[State | None, str]] = {"overload": "OL", "underload": "LO"}


class YaohuaA12E(ScaleCodec):
    """The frame with a checksum."""

    check = "xor"
    tail = b"\r\n"

    def __init__(self) -> None:
        super().__init__(PatternCutter(_A12E, CHECKED_BYTES + 4, _parse_a12e, near=_NEAR_A12E))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError for a number, mode or state without a place in it."""
        if reading.state is not None:
            text = f"{shown_as(_STATE_LETTERS, reading.state, 'state'):>11}"
        else:
            unit = shown_as(TWO_LETTERS, reading.unit, "unit")
            text = f"W{shown_as(_A12E_LETTERS, reading.mode, 'mode')}{_value(reading)}{unit}"
        return text.encode() + check_characters(text.encode()) + b"\r\n"


class YaohuaA12(ScaleCodec):
    """The frame without a checksum."""

    def __init__(self) -> None:
        self._form = OneForm()
        super().__init__(PatternCutter(_A12, CHECKED_BYTES + 1, self._parse))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError for a number, unit, mode or state without a place in it."""
        unit = shown_as(_A12_UNITS, reading.unit, "unit")
        mode = shown_as(_A12_LETTERS, reading.mode, "mode")
        return f"w{mode}{_value(reading)}{unit}\r\n".encode()

    def _parse(self, match: "re.Match[bytes]") -> Reading | BadFrame:
        mode, value, unit_name = match.groups()
        weight = number(value)
        if weight is None or not self._form.believes(len(value)):
            return BadFrame("malformed" if weight is None else "length", match[0])
        return Reading(weight=weight, unit=unit_named(unit_name), mode=_A12_MODES[mode.lower()])


def _value(reading: Reading) -> str:
    weight = shown_weight(reading)
    negative = weight < 0
    return "-" * negative + with_point(weight, WIDTH - negative, "0")


def _parse_a12e(match: "re.Match[bytes]") -> Reading | BadFrame:
    mode, value, unit_name, state, check = match.groups()
    if not is_check(check, match[0][:CHECKED_BYTES]):
        return BadFrame("checksum", match[0])
    if state is not None:
        return no_weight(_STATES[state])
    weight, unit = number(value), unit_named(unit_name)
    if weight is None or unit is None:
        return BadFrame("malformed" if weight is None else "unit", match[0])
    return Reading(
        weight=weight, unit=unit, mode=_A12E_MODES[mode], overload=False, underload=False
    )
