"""Card readers that send a short binary packet per card (EM4100 and MIFARE in one), 9600 8N1.

Frame: STX  length  type  UID  BCC  ETX

The length counts the whole packet. Type 01 is MIFARE with a UID of 4, 7 or 10 bytes, type 02 is
EM4100 with five, whose low four bytes are the number printed on the card. The BCC is the XOR from
the length to the UID's last byte. Frame worked through in a maker's manual: 020A0206008E6D5DB003.

Blind spot: a MIFARE packet whose length byte is damaged into that of a shorter UID is believed if
BCC and ETX happen to be there inside the longer UID.
"""

import re
from functools import reduce
from operator import xor
from typing import Final

from edge.devices.framing import ETX, STX
from edge.devices.readers.codec import ReaderCodec, TagBytes, Tags, number_of
from edge.devices.readers.headers import HeaderCutter
from edge.devices.readings import BadFrame, TagSeen

MIFARE: Final = 0x01
EM4100: Final = 0x02
EM4100_BYTES: Final = 5
MIFARE_BYTES: Final = (4, 7, 10)
AROUND_BYTES: Final = 5
"""Everything of a packet that is not UID."""

_HEADER: Final = re.compile(rb"\x02(?:[\x09\x0c\x0f]\x01|\x0a\x02)")


class RfidLenType(ReaderCodec):
    """The packet."""

    check = "xor"

    def __init__(self, *, tag_bytes: TagBytes = None) -> None:
        super().__init__(HeaderCutter(_HEADER, 3, lambda header: header[1], parse), tag_bytes)

    def encode(self, tag: TagSeen) -> bytes:
        """Return the packet; five bytes are an EM4100 number, 4, 7 or 10 a MIFARE UID."""
        number = number_of(tag, EM4100_BYTES, *MIFARE_BYTES)
        kind = EM4100 if len(number) == EM4100_BYTES else MIFARE
        body = bytes([len(number) + AROUND_BYTES, kind]) + number
        return STX + body + bytes([reduce(xor, body)]) + ETX


def parse(frame: bytes) -> Tags | BadFrame:
    """Read one packet."""
    if frame[-1:] != ETX:
        return BadFrame("malformed", frame)
    if reduce(xor, frame[1:-1]) != 0:
        return BadFrame("checksum", frame)
    uid = frame[3:-2]
    decimal = int.from_bytes(uid[1:]) if frame[2] == EM4100 else None
    return (TagSeen(uid.hex().upper(), decimal=decimal),)
