"""EM4100 125 kHz cards as ASCII (RDM6300 and many readers like it), 9600 8N1.

Frame: STX  10 hex digits (version, four bytes of number)  2 hex digits of XOR  [CR LF]  ETX

The XOR runs over the five bytes. The frame repeats while the card is in the field. Some readers
send no XOR: `checksum=false`. A card number is an identifier and no credential: it is
cheap to copy.
"""

import re
from functools import reduce
from operator import xor
from typing import Final

from edge.devices.framing import ETX, STX, FrameCutter, until
from edge.devices.readings import BadFrame, TagSeen

FRAME_BYTES_MAX: Final = 16

_FRAME: Final = re.compile(rb"\x02([0-9A-Fa-f]{10})([0-9A-Fa-f]{2})?(?:\r\n)?\x03")


class Em4100:
    """Decoder of the ASCII frame."""

    def __init__(self, *, checksum: bool = True) -> None:
        self._checksum = checksum
        self._cutter: FrameCutter[TagSeen] = FrameCutter(
            STX, until(ETX, FRAME_BYTES_MAX), self._parse
        )

    def feed(self, data: bytes) -> list[TagSeen | BadFrame]:
        """Take the next bytes, in pieces of any size; return whatever they completed."""
        return self._cutter.feed(data)

    def _parse(self, frame: bytes) -> TagSeen | BadFrame:
        match = _FRAME.fullmatch(frame)
        if match is None or (match[2] is not None) != self._checksum:
            return BadFrame("malformed", frame)
        number = bytes.fromhex(match[1].decode())
        if self._checksum and int(match[2], 16) != reduce(xor, number):
            return BadFrame("checksum", frame)
        return TagSeen(number.hex().upper())


def encode(tag_hex: str) -> bytes:
    """Return the frame with checksum for a number of ten hex digits; ValueError for another."""
    number = bytes.fromhex(tag_hex)
    if len(number) != 5:
        raise ValueError(f"an EM4100 number has ten hex digits, got {tag_hex!r}")
    return STX + f"{number.hex()}{reduce(xor, number):02x}".upper().encode() + ETX
