"""Yaohua XK3190 (A1+, A9+, D9, DS1, DS3; also Keli XK3118K9), continuous output, 8N1, 12 bytes.

Frame: STX  sign + or -  6 digits  decimals 0-4  XOR high  XOR low  ETX

The XOR runs over sign, digits and decimals; each half of it is sent as a character: 0-9 as digits,
10-15 as A-F, or as `:;<=>?` by firmware that adds 30h throughout. Unit, stability, overload and
gross or net are not in the frame. Source: XK3190-A9+ manual p. 10, DS1 p. 4-9, XK3118K9 p. 9-10.

The XOR does not see order: two digits that change places are not noticed. One frame is therefore
never a weight; the lane wants several equal ones.
"""

import re
from decimal import Decimal
from functools import reduce
from operator import xor
from typing import Final

from edge.devices.framing import ETX, STX, FrameCutter, fixed
from edge.devices.readings import BadFrame, Reading

FRAME_BYTES: Final = 12
DIGITS: Final = 6
DECIMALS_MAX: Final = 4

_FRAME: Final = re.compile(rb"\x02([+-])([0-9]{6})([0-4])([0-9:;<=>?A-F]{2})\x03")
_TO_HEX: Final = bytes.maketrans(b":;<=>?", b"ABCDEF")


class YaohuaContinuous:
    """Decoder of the continuous frame."""

    def __init__(self) -> None:
        self._cutter: FrameCutter[Reading] = FrameCutter(STX, fixed(FRAME_BYTES), _parse)

    def feed(self, data: bytes) -> list[Reading | BadFrame]:
        """Take the next bytes, in pieces of any size; return whatever they completed."""
        return self._cutter.feed(data)


def encode_continuous(weight: Decimal, decimals: int) -> bytes:
    """Return the frame that displays `weight`; ValueError if six digits cannot show it exactly."""
    if not 0 <= decimals <= DECIMALS_MAX:
        raise ValueError(f"decimals must be 0 to {DECIMALS_MAX}, got {decimals}")
    shown = weight.scaleb(decimals)
    if shown != shown.to_integral_value() or abs(shown) >= 10**DIGITS:
        raise ValueError(f"weight {weight} does not fit six digits with {decimals} decimals")
    sign = "-" if shown < 0 else "+"
    body = f"{sign}{abs(int(shown)):06d}{decimals}".encode()
    return STX + body + f"{_xor(body):02X}".encode() + ETX


def _parse(frame: bytes) -> Reading | BadFrame:
    match = _FRAME.fullmatch(frame)
    if match is None:
        return BadFrame("malformed", frame)
    sign, digits, decimals, check = match.groups()
    if int(check.translate(_TO_HEX), 16) != _xor(frame[1:9]):
        return BadFrame("checksum", frame)
    weight = Decimal(int(digits)).scaleb(-int(decimals))
    return Reading(weight=-weight if sign == b"-" and weight else weight)


def _xor(body: bytes) -> int:
    return reduce(xor, body)
