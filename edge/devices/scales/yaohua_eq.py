"""Yaohua XK3190-A23p, A26 and their kin: text between equals signs, 8N1, no checksum.

format=1         =  7 characters, lowest digit first  sign 0 or -     `=000.3000` is 3.000
format=2         =  sign 0 or -  7 characters, highest digit first    `=0003.000` is 3.000
format=trailing  7 characters, lowest digit first  =                  `543.210=` is 12.345
                 or the equals sign before them, and nothing behind  `=78.6500` is 56.87

The point is one of the seven characters; without one they are all digits (`=09200000` is 290). A
negative number of the trailing form has its minus last: `43.210-=`. One frame does not tell the
formats 1 and 2 apart: compare with the display. Unit, stability, overload and gross or net are
not in the frame. Source: XK3190-A23p manual p. 21-26, A26 p. 10-13; the trailing form as the
weighbridge-simulator sends it; with the sign before it as X3190-A7 and some Keli do.

Blind spots: nothing guards the digits; where the end of one frame and the beginning of the next are
lost together, what is left of both can be as long as one; and a byte too many pushes the last one
out of a frame of the formats 1 and 2.
"""

import re
from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator

from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Reading
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import number
from edge.devices.scales.numbers import shown_weight, with_point

Format = Literal["1", "2", "trailing"]

WIDTH: Final = 7
FRAME_BYTES: Final = 9
"""Of the trailing form with the byte before it, which must not belong to a number."""

_PATTERNS: Final[dict[Format, re.Pattern[bytes]]] = {
    "1": re.compile(rb"=(?P<low>[0-9. ]{7})(?P<sign>[0 +-])"),
    "2": re.compile(rb"=(?P<sign>[0 +-])(?P<high>[0-9. ]{7})"),
    "trailing": re.compile(rb"(?<![0-9.-])(?P<low>[0-9. ]{6}(?P<sign>[0-9. -]))="),
}


class YaohuaEq(ScaleCodec):
    """`format` says which of the three it is."""

    def __init__(
        self,
        *,
        format: Annotated[Format, BeforeValidator(str)] = "1",  # noqa: A002 - the option's name
    ) -> None:
        self._format: Format = format
        self.tail = b"=" if format == "trailing" else b""
        parse = _PARSERS[format]
        super().__init__(PatternCutter(_PATTERNS[format], FRAME_BYTES, parse))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError if seven characters cannot show the weight."""
        weight = shown_weight(reading)
        negative = weight < 0
        if self._format == "trailing":
            text = with_point(weight, WIDTH - negative, "0")[::-1]
            return f"{text}{'-' * negative}=".encode()
        text, sign = with_point(weight, WIDTH, "0"), "-" if negative else "0"
        return f"={text[::-1]}{sign}".encode() if self._format == "1" else f"={sign}{text}".encode()


def _parse(match: "re.Match[bytes]", digits: bytes) -> Reading | BadFrame:
    weight = number(digits)
    if weight is None or digits.endswith(b" "):  # a blank for the lowest digit: one is missing
        return BadFrame("malformed", match[0])
    return Reading(weight=-weight if match["sign"] == b"-" and weight else weight)


_PARSERS: Final[dict[Format, Callable[["re.Match[bytes]"], Reading | BadFrame]]] = {
    "1": lambda match: _parse(match, match["low"][::-1]),
    "2": lambda match: _parse(match, match["high"]),
    "trailing": lambda match: _parse(match, match["low"][::-1].removeprefix(b"-")),
}
