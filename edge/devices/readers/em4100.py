"""EM4100 125 kHz cards as ASCII (RDM6300 and many readers like it), 9600 8N1.

Frame: STX  10 hex digits (version, four bytes of number)  2 hex digits of XOR  [CR LF]  ETX

The XOR runs over the five bytes. The frame repeats while the card is in the field. The number
printed on the card is the low four bytes in decimal.

Some readers send no XOR. Where `checksum` is not set, such a frame is believed until the first
frame with an XOR shows that this reader sends one. Without an XOR nothing is believed that stands
inside a damaged frame.

Blind spot: two digits lost from the very first frame of a line look like a frame without an XOR.
`checksum=true` closes it. A card number is an identifier and no credential: it is cheap to copy.
"""

import re
from functools import reduce
from operator import xor
from typing import Final

from edge.devices.framing import ETX, STX, FrameCutter, until
from edge.devices.readers.codec import Check, ReaderCodec, Tags, number_of
from edge.devices.readings import BadFrame, TagSeen

FRAME_BYTES_MAX: Final = 16
NUMBER_BYTES: Final = 5

_FRAME: Final = re.compile(rb"\x02([0-9A-Fa-f]{10})([0-9A-Fa-f]{2})?\r?\n?\x03")


class Em4100(ReaderCodec):
    """The ASCII frame."""

    check: Check = "xor"

    def __init__(self, *, checksum: bool | None = None) -> None:
        if checksum is False:
            self.check = "none"
        self._checksum = checksum
        self._sends_check = checksum
        self._damaged = b""
        super().__init__(FrameCutter(STX, until(ETX, FRAME_BYTES_MAX), self._parse, text=True))

    def encode(self, tag: TagSeen) -> bytes:
        """Return the frame for a number of five bytes; ValueError for another."""
        number = number_of(tag, NUMBER_BYTES)
        check = "" if self._checksum is False else f"{reduce(xor, number):02X}"
        return STX + f"{number.hex().upper()}{check}".encode() + ETX

    def _parse(self, frame: bytes) -> Tags | BadFrame:
        is_inside = self._damaged.endswith(frame)
        match = _FRAME.fullmatch(frame)
        self._damaged = b"" if match else frame
        if match is None or (match[2] is None and is_inside):
            return BadFrame("malformed", frame)
        number = bytes.fromhex(match[1].decode())
        reason = self._wrong(number, match[2])
        if reason is not None:
            return BadFrame(reason, frame)
        return (TagSeen(number.hex().upper(), decimal=int.from_bytes(number[1:])),)

    def _wrong(self, number: bytes, check: bytes | None) -> str | None:
        """Say what is wrong with the check, or with there being one."""
        if check is None and not self._sends_check:
            self.check = "none"
            return None
        if check is None:
            return "no checksum"
        if self._checksum is False:
            return "unexpected checksum"
        if int(check, 16) != reduce(xor, number):
            return "checksum"
        self._sends_check, self.check = True, "xor"
        return None
