"""Flintec FT-10, FT-111, FT-112 and their kin: output like Toledo's, and the fast one.

flintec-toledo: STX  STA STB STC  weight (6)  tare (6)  CR LF  checksum         19 bytes
flintec-fast:   STX  S, D or M  sign  8 characters with the point  CR LF        13 bytes
                STX  + (over), - (under) or O (converter out of range)  CR LF

`toledo_words` says what the status words mean; but STA has bit 6 set, the bits of the unit are
constant, so that the unit is not known, and STB bit 2 is any error: the weight field then says
`OVER`, `UNDER` or another fault. The checksum makes the sum of all bytes zero in
eight bits, so the line has eight data bits. FT-11 and FT-13 leave LF out: `toledo-continuous`
reads them. In the fast form S is stable, D in motion, and M the
result of a dynamic weighing, of which stability is not known. Sources: FT-111 manual p. 85-89,
FT-13 p. 45, FT-10 Fill p. 73.

Blind spot: nothing guards the digits of the fast form.
"""

import re
from dataclasses import replace
from typing import Final

from edge.devices.checksums import sum_complement
from edge.devices.framing import STX, FrameCutter, PatternCutter, fixed
from edge.devices.readings import BadFrame, Reading, State, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import LINE_END, number, shown_as
from edge.devices.scales.numbers import shown_weight, with_point
from edge.devices.scales.toledo_words import (
    MOTION,
    NET,
    OUT_OF_RANGE,
    DummyZero,
    Motion,
    field_weight,
    fields_for,
    weight_reading,
    words_for,
)

TOLEDO_BYTES: Final = 19
FAST_BYTES: Final = 13

_EIGHT: Final = 0xFF
_STA: Final = 0x68
_STC: Final = b"0"
_TOLEDO: Final = re.compile(rb"\x02([`-\x7f][ -\x7f]{2})([ -~]{6})([0-9 ]{6})\r\n.", re.DOTALL)
_WORDS: Final[dict[bytes, State]] = {b"OVER": "overload", b"UNDER": "underload"}
_WORD_LETTERS: Final[dict[State | None, str]] = {"overload": "OVER", "underload": "UNDER"}
_FAST: Final = re.compile(rb"\x02(?:([SDM])([+-])([ 0-9.]{8})|([-+O]))(?:%b|(?=\x02))" % LINE_END)
_NEAR_FAST: Final = rb"\x02[ -~]{2,11}[\r\n]"
_STABLE: Final = {b"S": True, b"D": False, b"M": None}
_STABLE_LETTERS: Final[dict[bool | None, str]] = {True: "S", False: "D", None: "M"}
_STATES: Final[dict[bytes, State]] = {b"+": "overload", b"-": "underload", b"O": "out_of_range"}
_STATE_LETTERS: Final[dict[State | None, str]] = {
    "overload": "+",
    "underload": "-",
    "out_of_range": "O",
}


class FlintecToledo(ScaleCodec):
    """Continuous output with tare and an eight-bit checksum."""

    check = "sum8"

    def __init__(self, *, dummy_zero: DummyZero = "included", motion: Motion = "normal") -> None:
        self._dummy_zero: DummyZero = dummy_zero
        self._turned = MOTION if motion == "inverted" else 0
        super().__init__(FrameCutter(STX, fixed(TOLEDO_BYTES), self._parse))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError for what has no place in it.

        Without a tare its field is blank; an indicator without a weight is shown in motion unless
        it is known to be stable.
        """
        swb, _ = words_for(replace(reading, unit="kg"))
        code, weight, tare = 2, "", ""
        if reading.state is not None:
            weight = f"{shown_as(_WORD_LETTERS, reading.state, 'state'):<6}"
        else:
            code, weight, tare = fields_for(shown_weight(reading), reading.tare, self._dummy_zero)
        tare = " " * 6 if reading.tare is None else tare
        frame = (
            STX + bytes([_STA | code, swb ^ self._turned]) + _STC + f"{weight}{tare}\r\n".encode()
        )
        return frame + bytes([sum_complement(frame, _EIGHT)])

    def _parse(self, frame: bytes) -> Reading | BadFrame:
        match = _TOLEDO.fullmatch(frame)
        if match is None:
            return BadFrame("malformed", frame)
        (sta, stb, _), weight_field, tare_field = match.groups()
        if sum(frame) & _EIGHT:
            return BadFrame("checksum", frame)
        stb ^= self._turned
        if stb & OUT_OF_RANGE:
            return _error_reading(stb, weight_field)
        weight = field_weight(weight_field, sta, self._dummy_zero)
        tare = field_weight(tare_field, sta, self._dummy_zero)
        if weight is None or (tare is None and tare_field.strip()):
            return BadFrame("malformed", frame)
        return weight_reading(stb, weight, tare, None)


class FlintecFast(ScaleCodec):
    """Fast continuous output."""

    tail = b"\r\n"

    def __init__(self) -> None:
        super().__init__(PatternCutter(_FAST, FAST_BYTES, _parse_fast, near=_NEAR_FAST))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError for a number or state without a place in it."""
        if reading.state is not None:
            return f"\x02{shown_as(_STATE_LETTERS, reading.state, 'state')}\r\n".encode()
        weight = shown_weight(reading)
        letter, sign = _STABLE_LETTERS[reading.stable], "-" if weight < 0 else "+"
        return f"\x02{letter}{sign}{with_point(weight, 8, '0')}\r\n".encode()


def _parse_fast(match: re.Match[bytes]) -> Reading | BadFrame:
    letter, sign, digits, state = match.groups()
    if state is not None:
        return no_weight(_STATES[state])
    weight = number(digits)
    if weight is None or digits.endswith(b" "):
        return BadFrame("malformed", match[0])
    return Reading(
        weight=-weight if sign == b"-" and weight else weight,
        stable=_STABLE[letter],
        overload=False,
        underload=False,
    )


def _error_reading(stb: int, text: bytes) -> Reading:
    return no_weight(
        _WORDS.get(text.strip(), "error"),
        stable=not stb & MOTION,
        mode="net" if stb & NET else "gross",
    )
