"""Yaohua XK3190-A23p, A26 and their kin: text between equals signs, 8N1, no checksum.

format=1         =  7 characters, lowest digit first  sign 0 or -     `=000.3000` is 3.000
format=2         =  sign 0 or -  7 characters, highest digit first    `=0003.000` is 3.000
                 the same with a unit, a price and an amount          `=0003.000kg;0001.00;0003.00`
                 =  sign blank or -  6 characters (CAS CI-200A)       `= 0003.0` is 3.0
format=trailing  7 characters, lowest digit first  =                  `543.210=` is 12.345
                 or the equals sign before them, and nothing behind  `=78.6500` is 56.87

The point is one of the characters; without one they are all digits (`=09200000` is 290). A
negative number of the trailing form has its minus last: `43.210-=`. One frame does not tell the
formats 1 and 2 apart: compare with the display. Unit (but for the form with a price; pieces are
refused), stability, overload and gross or net are not in the frame. What belongs to a frame of the
formats 1 and 2 ends before the next byte that cannot: one of another length is refused, and a
frame is read when the next begins. Source: XK3190-A23p manual p. 21-26, A26 p. 10-13; CAS as its
users read it; the trailing form as the weighbridge-simulator sends it; with the sign before it as
X3190-A7 and some Keli do.

Blind spots: nothing guards the digits; where the end of one frame and the beginning of the next are
lost together, what is left of both can be as long as one. The very first frame, if its sign is a
blank, can have lost a digit; with a minus it waits for a second of its length.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator

from edge.devices.framing import OneForm, PatternCutter
from edge.devices.readings import BadFrame, Reading, Unit
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import number, unit_named
from edge.devices.scales.numbers import shown_weight, with_point

Format = Literal["1", "2", "trailing"]

WIDTH: Final = 7
FRAME_BYTES: Final = 9
"""Of the trailing form with the byte before it, which must not belong to a number."""
FRAME_BYTES_MAX: Final = 44
"""With unit, price and amount, and the bytes behind it that must be there."""

_TRAILING: Final = re.compile(rb"(?<![0-9.-])(?P<low>[0-9. ]{6}(?P<sign>[0-9. -]))=")
_LEADING: Final = re.compile(
    rb"=(?P<text>[0-9. +\-]{1,20})(?:"
    rb"(?P<unit>[A-Za-z]{2})?;[0-9. \-]{0,8};[0-9. \-]{0,8}(?=[^0-9. \-])"
    rb"|(?=[^0-9. +\-A-Za-z;]|[A-Za-z](?:[^A-Za-z]|[A-Za-z][^;])))"
)
"""Everything between an equals sign and the first byte that belongs to no number."""
_LOW_FIRST: Final = re.compile(rb"([0-9. ]{7})([0 +-])")
_HIGH_FIRST: Final = re.compile(rb"([0 +-])([0-9. ]{7})|([ -])([0-9. ]{6})")


class YaohuaEq(ScaleCodec):
    """`format` says which of the three it is."""

    tail = b"="

    def __init__(
        self,
        *,
        format: Annotated[Format, BeforeValidator(str)] = "1",  # noqa: A002 - the option's name
    ) -> None:
        self._format: Format = format
        self._form = OneForm()
        self._is_first = True
        if format == "trailing":
            super().__init__(PatternCutter(_TRAILING, FRAME_BYTES, _trailing))
        else:
            super().__init__(PatternCutter(_LEADING, FRAME_BYTES_MAX, self._parse))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError if seven characters cannot show the weight."""
        weight = shown_weight(reading)
        negative = weight < 0
        if self._format == "trailing":
            text = with_point(weight, WIDTH - negative, "0")[::-1]
            return f"{text}{'-' * negative}=".encode()
        text, sign = with_point(weight, WIDTH, "0"), "-" if negative else "0"
        return f"={text[::-1]}{sign}".encode() if self._format == "1" else f"={sign}{text}".encode()

    def _parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        text, unit = match["text"], unit_named(match["unit"] or b"")
        if match["unit"] is not None and unit is None:
            return BadFrame("unit", match[0])
        if self._format == "1" and b";" in match[0]:
            return BadFrame("a price: set format 2", match[0])
        found = (_LOW_FIRST if self._format == "1" else _HIGH_FIRST).fullmatch(text)
        if found is None:
            is_long = len(text) == WIDTH + 1
            return BadFrame("malformed" if is_long else "length", match[0])
        if not self._is_as_long(text):
            return BadFrame("not as long as the last", match[0])
        one, other = (group for group in found.groups() if group is not None)
        digits, sign = (one[::-1], other) if self._format == "1" else (other, one)
        return _weight(match[0], digits, sign, unit)

    def _is_as_long(self, text: bytes) -> bool:
        """Tell whether a frame is as long as its neighbours, or may be the first of a stream.

        The documented frame with a minus that lost a digit looks like the shorter one.
        """
        if self._is_first and len(text) == WIDTH and text.startswith(b"-"):
            self._form.believes(WIDTH + 1)
        self._is_first = False
        return self._form.believes(len(text))


def _weight(
    frame: bytes, digits: bytes, sign: bytes, unit: Unit | None = None
) -> Reading | BadFrame:
    weight = number(digits)
    if weight is None or digits.endswith(b" "):  # a blank for the lowest digit: one is missing
        return BadFrame("malformed", frame)
    return Reading(weight=-weight if sign == b"-" and weight else weight, unit=unit)


def _trailing(match: re.Match[bytes]) -> Reading | BadFrame:
    return _weight(match[0], match["low"][::-1].removeprefix(b"-"), match["sign"])
