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
from edge.devices.readers.codec import ReaderCodec
from edge.devices.readings import BadFrame, TagSeen

FRAME_BYTES_MAX: Final = 16

_FRAME: Final = re.compile(rb"\x02([0-9A-Fa-f]{10})([0-9A-Fa-f]{2})?(?:\r\n)?\x03")


class Em4100(ReaderCodec):
    """The ASCII frame."""

    check = "xor"

    def __init__(self, *, checksum: bool = True) -> None:
        self._checksum = checksum
        super().__init__(FrameCutter(STX, until(ETX, FRAME_BYTES_MAX), self._parse))

    def encode(self, tag: TagSeen) -> bytes:
        """Return the frame for a number of ten hex digits; ValueError for another."""
        number = bytes.fromhex(tag.tag)
        if len(number) != 5:
            raise ValueError(f"an EM4100 number has ten hex digits, got {tag.tag!r}")
        check = f"{reduce(xor, number):02X}" if self._checksum else ""
        return STX + f"{number.hex().upper()}{check}".encode() + ETX

    def _parse(self, frame: bytes) -> TagSeen | BadFrame:
        match = _FRAME.fullmatch(frame)
        if match is None or (match[2] is not None) != self._checksum:
            return BadFrame("malformed", frame)
        number = bytes.fromhex(match[1].decode())
        if self._checksum and int(match[2], 16) != reduce(xor, number):
            return BadFrame("checksum", frame)
        return TagSeen(number.hex().upper(), decimal=int.from_bytes(number[1:]))
