"""Indicators that send FFh, a byte of status and three bytes of BCD: HT9800, XK3168, GM8803, JCS-B.

Frame: FFh  status  BCD low  BCD middle  BCD high  [unit]          5 or 6 bytes, binary, 8N1

Status: bits 2-0 the place of the point (1: no decimals, 2: one ... 5: four), 5 negative, 7 over
range. Makers disagree about the rest, and one frame does not show which it is; `layout` says it:

d4:      HT9800, XK3168; bit 4 stable
d6:      GM8803 and others; bits 4-3 mode (00 weighing, else refused), 6 stable
d6-unit: JCS-B; as d6, and a sixth byte: 0 kg, 1 lb

Compare with the display, standing still and moving: under the wrong layout everything moves, or is
refused. Nothing else in a frame can be FFh, so it ends before the next: one of another length is
refused, and a frame is read when the next begins. Source: data format of HT9800 as integrators
copied it, JCS-B manual p. 6.

Blind spots: nothing guards a digit that changes on the line.
"""

import re
from decimal import Decimal
from typing import Final, Literal

from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Reading, Unit, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import shown_as
from edge.devices.scales.numbers import shown_weight, without_point

FIRST: Final = b"\xff"
DIGITS: Final = 6
DECIMALS_MAX: Final = 4

_POINT: Final = 0x07
_MODE: Final = 0x18
_NEGATIVE: Final = 0x20
_OVER: Final = 0x80
_STABLE: Final = {"d4": 0x10, "d6": 0x40, "d6-unit": 0x40}
_UNITS: Final[dict[bytes, Unit]] = {b"\x00": "kg", b"\x01": "lb"}
_UNIT_BYTES: Final = {"kg": "\x00", "lb": "\x01"}
_BCD: Final = re.compile(r"[0-9]{6}")
_FRAME: Final = re.compile(rb"\xff[^\xff]{1,11}(?=\xff)")
FRAME_BYTES_MAX: Final = 13
"""What is refused is shown so far."""


class FfBcd(ScaleCodec):
    """The binary frame."""

    tail = FIRST

    def __init__(self, *, layout: Literal["d4", "d6", "d6-unit"] = "d4") -> None:
        self._stable = _STABLE[layout]
        self._has_mode = layout != "d4"
        self._has_unit = layout == "d6-unit"
        super().__init__(PatternCutter(_FRAME, FRAME_BYTES_MAX, self._parse, eight_bits=True))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError for a fact without a place in it, or what does not fit."""
        if reading.state is not None:
            shown_as({"overload": ""}, reading.state, "state")
            return FIRST + bytes([_OVER | 1]) + bytes(3 + self._has_unit)
        weight = shown_weight(reading)
        digits, places = without_point(weight, DIGITS)
        if places > DECIMALS_MAX:
            raise ValueError(f"weight {weight}: at most {DECIMALS_MAX} decimals")
        stable = shown_as({True: "stable", False: ""}, reading.stable, "stable")
        status = places + 1 | (self._stable if stable else 0) | (_NEGATIVE if weight < 0 else 0)
        unit = shown_as(_UNIT_BYTES, reading.unit, "unit").encode() if self._has_unit else b""
        return FIRST + bytes([status]) + bytes.fromhex(digits)[::-1] + unit

    def _parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        frame = match[0]
        if len(frame) != 5 + self._has_unit:
            return BadFrame("length", frame)
        status, digits, unit = frame[1], frame[4:1:-1].hex(), frame[5:]
        decimals = (status & _POINT) - 1
        if status & _OVER:  # whatever the digits are
            return no_weight("overload")
        if not _BCD.fullmatch(digits) or not 0 <= decimals <= DECIMALS_MAX:
            return BadFrame("malformed", frame)
        if self._has_mode and status & _MODE:
            return BadFrame("not weighing", frame)
        if self._has_unit and unit not in _UNITS:
            return BadFrame("unit", frame)
        weight = Decimal(int(digits)).scaleb(-decimals)
        return Reading(
            weight=-weight if status & _NEGATIVE and weight else weight,
            unit=_UNITS.get(unit),
            stable=bool(status & self._stable),
            overload=False,
        )
