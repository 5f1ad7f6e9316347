"""Rinstrum R320, R427 and relatives, automatic output at 10 Hz.

a: STX  sign  7 characters  status  ETX                                  (11 bytes)
b: STX  sign  7 characters  S1 S2 S3 S4  unit 3  ETX                     (17 bytes)
c: sign  7 characters  unit letter  G or N  status  CR LF                (13 bytes)
d: STX  8 characters  G or N  M or S  I O U  Z or blank  2 blanks  ETX   (16 bytes)

Status of a: G gross, N net, U under, O over, M motion, E error: one letter for everything, so that
motion hides gross and net; a blank says nothing. b: S1 G N U O E or blank, S2 M or blank for
motion, S3 Z or blank for zero, S4 the range; the unit is blank in motion. c: unit L K G T or blank,
status blank, M motion, O over or under, I error. d: M motion or S stable; I in range, O over, U
under. One setting packs traffic lights into the sign: with a blank 0 red, ` green, p both, with a
minus = m } (bits 4 and 6). The layouts tell themselves apart; `format` admits only one of them.
Source: Rinstrum R320 reference manual p. 44 (FMT_1, 2, 5, 3, 6), R427 p. 99, C530 p. 48 (c), RD3
remote display manual p. 14 (blank); lights: a field program for the M4222.

Blind spots: nothing guards a digit that changes on the line; c has no start of its own.
"""

import re
from typing import Final, Literal

from edge.devices.framing import STX, PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading, State, Unit, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    NOT_TORN,
    NOT_TORN_BYTES,
    ONE_LETTER,
    UNIT_LETTERS,
    beyond_range,
    no_number,
    number,
    right_justified,
    shown_as,
    sign,
    unit_named,
)
from edge.devices.scales.numbers import shown_weight, with_point

FRAME_BYTES_MAX: Final = 17

_LAYOUTS: Final = {
    "a": rb"\x02[ +\-0`p=m}][ -~]{7}[GNUOME ]\x03",
    "b": rb"\x02[ +\-0`p=m}][ -~]{7}[GNUOE ][M ][Z ][\-12 ][ A-Za-z]{3}\x03",
    "c": rb"(?:[+\-]|%b )[ 0-9.]{7}[LKGTlkgt ][GN][ MOI]\r" % NOT_TORN,
    "d": rb"\x02[ -~]{8}[GN][MS][IOU][Z ]  \x03",
}
_NEAR: Final = rb"\x02[ -~]{3,20}\x03"
_MODES: Final[dict[bytes, Mode]] = {b"G": "gross", b"N": "net"}
_STATES: Final[dict[bytes, State]] = {b"U": "underload", b"O": "overload", b"E": "error"}
_MODE_LETTERS: Final = {"gross": "G", "net": "N"}
_STATE_LETTERS: Final[dict[State | None, str]] = {"underload": "U", "overload": "O", "error": "E"}
_STATES_IN: Final = {
    "a": {letter: f"\x02{'':8}{letter}\x03" for letter in "UOE"},
    "b": {letter: f"\x02{'':8}{letter}  -{'':3}\x03" for letter in "UOE"},
    "c": {"O": f"{'':8}KGO\r\n"},
    "d": {letter: f"\x02{'':8}GS{letter}   \x03" for letter in "UO"},
}
_WITHOUT_LIGHTS: Final = bytes.maketrans(b"0`p=m}", b"   ---")
"""Signs with lights, and without."""
_MOTION: Final = {True: " ", False: "M"}
_UNITS: Final = {None: "   ", "kg": " kg", "t": "  t", "g": "  g", "lb": " lb"}


class Rinstrum(ScaleCodec):
    """The automatic output."""

    tail = b"\r"

    def __init__(self, *, format: Literal["any", "a", "b", "c", "d"] = "any") -> None:  # noqa: A002  # the option's name
        layouts = _LAYOUTS if format == "any" else {format: _LAYOUTS[format]}
        pattern = b"|".join(b"(?P<%b>%b)" % (name.encode(), at) for name, at in layouts.items())
        kept = FRAME_BYTES_MAX + NOT_TORN_BYTES
        super().__init__(PatternCutter(re.compile(pattern), kept, parse, near=_NEAR))
        self._format = format

    def encode(self, reading: Reading) -> bytes:
        """Return the frame, in layout a or b under the default; ValueError if it cannot show it."""
        layout = self._format
        if layout == "any":
            one_letter = (reading.stable is True) != (reading.mode is None)
            layout = "a" if reading.unit is None and one_letter else "b"
        if reading.state is not None:
            letter = shown_as(_STATE_LETTERS, reading.state, "state")
            return shown_as(_STATES_IN[layout], letter, "state").encode()
        return _ENCODERS[layout](reading).encode()


def parse(match: re.Match[bytes]) -> Reading | BadFrame:
    """Read one frame, of the layout that its shape says."""
    frame = match[0]
    if match.lastgroup == "a":
        status = frame[9:10]
        stable = None if status == b" " else status != b"M"
        return _read(frame, _unlit(frame), status, stable=stable)
    if match.lastgroup == "b":
        unit = unit_named(frame[13:16])
        if unit is None and frame[13:16].strip():
            return BadFrame("unit", frame)
        moves = frame[10:11] != b" "
        return _read(frame, _unlit(frame), frame[9:10], stable=not moves, unit=unit)
    if match.lastgroup == "d":
        status = frame[9:10] if frame[11:12] == b"I" else frame[11:12]
        return _read(frame, frame[1:9], status, stable=frame[10:11] == b"S")
    status = frame[10:11]
    if status == b"O":
        return beyond_range(frame[:1], "overload")
    unit = UNIT_LETTERS.get(frame[8:9].upper())
    mode = b"E" if status == b"I" else frame[9:10]
    return _read(frame, frame[:8], mode, stable=status == b" ", unit=unit)


def _unlit(frame: bytes) -> bytes:
    """Return sign and number without the lights."""
    return frame[1:2].translate(_WITHOUT_LIGHTS) + frame[2:9]


def _read(
    frame: bytes, field: bytes, status: bytes, *, stable: bool | None, unit: Unit | None = None
) -> Reading | BadFrame:
    if status in _STATES:
        return no_weight(_STATES[status])
    weight = number(field, unit)
    if weight is None or field.endswith(b" "):
        return BadFrame(no_number(field, unit), frame)
    return Reading(
        weight=weight,
        unit=unit,
        stable=stable,
        mode=_MODES.get(status),
        overload=False,
        underload=False if frame.startswith(STX) else None,
    )


def _signed(reading: Reading) -> str:
    weight = shown_weight(reading)
    return sign(weight) + with_point(weight, 7)


def _layout_a(reading: Reading) -> str:
    modes = {None: "M"} if reading.stable is False else _MODE_LETTERS
    shown_as(_MOTION, reading.stable, "stable")
    return f"\x02{_signed(reading)}{shown_as(modes, reading.mode, 'mode')}\x03"


def _layout_b(reading: Reading) -> str:
    mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
    motion = shown_as(_MOTION, reading.stable, "stable")
    unit = shown_as(_UNITS, reading.unit, "unit")
    return f"\x02{_signed(reading)}{mode}{motion} -{unit}\x03"


def _layout_c(reading: Reading) -> str:
    mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
    motion = shown_as(_MOTION, reading.stable, "stable")
    unit = shown_as(ONE_LETTER, reading.unit, "unit")
    return f"{_signed(reading)}{unit}{mode}{motion}\r\n"


def _layout_d(reading: Reading) -> str:
    mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
    motion = shown_as({True: "S", False: "M"}, reading.stable, "stable")
    return f"\x02{right_justified(shown_weight(reading), 8)}{mode}{motion}I   \x03"


_ENCODERS: Final = {"a": _layout_a, "b": _layout_b, "c": _layout_c, "d": _layout_d}
