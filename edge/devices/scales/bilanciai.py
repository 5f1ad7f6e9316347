"""Società Cooperativa Bilanciai and BTEK (D410, D450, DD700), 4800 7E2, no checksum.

CB:        $  stable 0, unstable 1, invalid 3  5 digits  CR                            8 bytes
Extended:  $  net (9)  blank  tare (9)  blank  unit (2)  blank  4 hex digits  CR LF    30 bytes

CB drops what does not fit five characters at the low end: a weight of six digits arrives a digit
short and cannot be known for it, so keep to CB where five digits are enough. Invalid is below zero
or overloaded. The hex digits of the extended string are bits: s2 bit 1 stable, bit 2 overload; s3
bit 2 weight not valid; s4 bit 1 converter fault, bit 2 configuration error. Its net weight is the
gross weight while the tare is zero. Source: BTEK DD700 advanced use manual, section 2.2.

Blind spots: nothing guards a digit. A torn extended string can look like CB; one that comes
between others is not believed.
"""

import re
from typing import Final

from edge.devices.framing import OneForm, PatternCutter
from edge.devices.readings import BadFrame, Reading, State, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    TWO_LETTERS,
    no_number,
    number,
    numbers,
    right_justified,
    shown_as,
    unit_named,
)
from edge.devices.scales.numbers import shown_weight, with_point

EXTENDED_BYTES: Final = 30
CB_DIGITS: Final = 5
DIGITS: Final = 9

_FRAME: Final = re.compile(
    rb"\$(?:([013])([ 0-9.,]{5}|(?<=3)[ -~]{5})\r"
    rb"|([ -#%-~]{9}) ([ -#%-~]{9}) ([A-Za-z ]{2}) [0-9A-Fa-f]([0-9A-Fa-f]{3})\r\n)"
)
_NEAR: Final = rb"\$[ -#%-~]{5,27}\r(?:\n|(?=[^\n]))"
_STABLE: Final = 0x200
_OVERLOAD: Final = 0x400
_INVALID: Final = 0x040 | 0x006
_STATE_BITS: Final[dict[State | None, str]] = {"overload": "0400", "error": "0040"}


class Bilanciai(ScaleCodec):
    """Both strings."""

    tail = b"\r\n"

    def __init__(self) -> None:
        self._form = OneForm()
        super().__init__(PatternCutter(_FRAME, EXTENDED_BYTES, self._parse, near=_NEAR))

    def encode(self, reading: Reading) -> bytes:
        """Return the extended string, or CB if unit, mode and tare are not known.

        ValueError for a number, mode or state without a place in it; a net weight has a tare, a
        gross weight none but zero.
        """
        if reading.unit is None and reading.mode is None and reading.tare is None:
            return _cb(reading)
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        if reading.state is not None:
            return _extended("", "", unit, shown_as(_STATE_BITS, reading.state, "state"))
        if reading.mode != ("net" if reading.tare else "gross"):
            raise ValueError(f"the frame has no place for mode {reading.mode}, tare {reading.tare}")
        status = shown_as({True: "0200", False: "0000"}, reading.stable, "stable")
        weight = shown_weight(reading)
        tare = abs(weight * 0) if reading.tare is None else reading.tare
        return _extended(
            right_justified(weight, DIGITS), right_justified(tare, DIGITS), unit, status
        )

    def _parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        if not self._form.believes(match.lastindex):
            return BadFrame("length", match[0])
        return _parse_cb(match) if match[1] else _parse_extended(match)


def _cb(reading: Reading) -> bytes:
    if reading.state == "out_of_range":
        return b"$300000\r"
    weight = shown_weight(reading)
    if weight < 0:
        raise ValueError(f"the frame has no place for a negative weight: {weight}")
    stable = shown_as({True: "0", False: "1"}, reading.stable, "stable")
    return f"${stable}{with_point(weight, CB_DIGITS, '0')}\r".encode()


def _extended(net: str, tare: str, unit: str, status: str) -> bytes:
    return f"${net:9} {tare:9} {unit} {status}\r\n".encode()


def _parse_cb(match: re.Match[bytes]) -> Reading | BadFrame:
    if match[1] == b"3":
        return no_weight("out_of_range")
    weight = number(match[2])
    if weight is None or match[2].endswith(b" "):
        return BadFrame(no_number(match[2], None), match[0])
    return Reading(weight=weight, stable=match[1] == b"0")


def _parse_extended(match: re.Match[bytes]) -> Reading | BadFrame:
    unit, status = unit_named(match[5]), int(match[6], 16)
    stable = bool(status & _STABLE)
    if status & (_OVERLOAD | _INVALID):
        return no_weight("overload" if status & _OVERLOAD else "error", unit=unit, stable=stable)
    if unit is None:
        return BadFrame("unit", match[0])
    weights = numbers(unit, match[3], match[4])
    if isinstance(weights, str):
        return BadFrame(weights, match[0])
    weight, tare = weights
    return Reading(
        weight=weight,
        unit=unit,
        stable=stable,
        mode="net" if tare else "gross",
        overload=False,
        tare=tare,
    )
