"""Yaohua XK3190 (A1+, A9+, D9, DS1, DS3; also Keli XK3118K9), continuous output, 8N1, 12 bytes.

Frame: STX  sign + or -  6 digits  decimals 0-4  XOR high  XOR low  ETX

The XOR runs over sign, digits and decimals; each half of it is sent as a character: 0-9 as digits,
10-15 as A-F, or as `:;<=>?` by firmware that adds 30h throughout. Unit, stability, overload and
gross or net are not in the frame. Source: XK3190-A9+ manual p. 10, DS1 p. 4-9, XK3118K9 p. 9-10.

The XOR does not see order: two digits that change places are not noticed. One frame is therefore
never a weight; the lane wants several equal ones.

Some indicators (SCS-80, called VESAR) send a seventh digit, tenths, in place of the decimals. While
it is 0 nobody can tell; a 5 to 9 gives it away, and then nothing is believed for a while: `generic`
reads them (sign, seven characters of weight, `length=12`, `decimals=1`).
"""

import re
from decimal import Decimal
from typing import Final

from edge.devices.checksums import xor_of
from edge.devices.framing import ETX, STX, FrameCutter, fixed
from edge.devices.readings import BadFrame, Reading
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.numbers import shown_weight, without_point

FRAME_BYTES: Final = 12
DIGITS: Final = 6
DECIMALS_MAX: Final = 4
DOUBTFUL_FRAMES: Final = 600
"""About a minute, after a frame whose last digit cannot be the number of decimals."""
CHECK: Final = rb"([0-9:;<=>?A-Fa-f]{2})"
"""The pattern of the two characters of a check."""

_FRAME: Final = re.compile(rb"\x02([+-])( *[0-9]+)([0-4])" + CHECK + rb"\x03")
_SEVEN: Final = re.compile(rb"\x02[+-] *[0-9]+[5-9]" + CHECK + rb"\x03")
_TO_HEX: Final = bytes.maketrans(b":;<=>?abcdef", b"ABCDEFABCDEF")


class YaohuaContinuous(ScaleCodec):
    """The continuous frame."""

    check = "xor"

    def __init__(self) -> None:
        self._doubtful = 0
        super().__init__(FrameCutter(STX, fixed(FRAME_BYTES), self._parse, text=True))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError if six digits and four decimals cannot show the weight."""
        body = weight_field(shown_weight(reading))
        return STX + body + check_characters(body) + ETX

    def _parse(self, frame: bytes) -> Reading | BadFrame:
        match = _SEVEN.fullmatch(frame)
        if match is not None and is_check(match[1], frame[1:9]):
            self._doubtful = DOUBTFUL_FRAMES
        elif not self._doubtful:
            return parse(frame)
        self._doubtful -= 1
        return BadFrame("a seventh digit, no decimals: see generic", frame)


def parse(frame: bytes) -> Reading | BadFrame:
    """Read one frame."""
    match = _FRAME.fullmatch(frame)
    if match is None:
        return BadFrame("malformed", frame)
    sign, digits, decimals, check = match.groups()
    if not is_check(check, frame[1:9]):
        return BadFrame("checksum", frame)
    return Reading(weight=field_weight(sign, digits, decimals))


def weight_field(weight: Decimal, width: int = DIGITS) -> bytes:
    """Return sign, digits and the number of decimals; ValueError if the weight does not fit."""
    digits, places = without_point(weight, width)
    if places > DECIMALS_MAX:
        raise ValueError(f"weight {weight}: at most {DECIMALS_MAX} decimals")
    return f"{'-' if weight < 0 else '+'}{digits}{places}".encode()


def field_weight(sign: bytes, digits: bytes, decimals: bytes) -> Decimal:
    """Return the weight that these three show; minus zero is zero."""
    weight = Decimal(int(digits)).scaleb(-int(decimals))
    return -weight if sign == b"-" and weight else weight


def check_characters(body: bytes) -> bytes:
    """Return the XOR of `body` as two hex characters."""
    return b"%02X" % xor_of(body)


def is_check(check: bytes, body: bytes) -> bool:
    """Return whether these two characters are the XOR of `body`, in any firmware's spelling."""
    return check.translate(_TO_HEX) == check_characters(body)
