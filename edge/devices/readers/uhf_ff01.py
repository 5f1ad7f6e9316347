"""UHF Gen2 readers that report FF 01 (Identium IDS-002), 9600 8N1, no checksum.

Frame: FF  01  length (2 bytes)  03  five times 00  PC  01 01 01  RSSI  05  EPC length  EPC  00

The length counts from the PC to the EPC. Frame length, PC (its upper five bits count the EPC's
words) and EPC length must agree. What RSSI and its neighbours mean is not documented, so no
strength is told. Source: recorded frames of two tags.

Blind spot: nothing guards the EPC. A wrong byte in it, or bytes lost whose place zeros of the next
frame take, is another tag: let the lane want several reads (`reads_min`).
"""

import re
from typing import Final

from edge.devices.readers.codec import (
    TAG_BYTES_MAX,
    TAG_BYTES_MIN,
    ReaderCodec,
    TagBytes,
    Tags,
    number_of,
)
from edge.devices.readers.headers import HeaderCutter
from edge.devices.readings import BadFrame, TagSeen

HEAD: Final = b"\xff\x01\x00"
ZEROS: Final = bytes(5)
HEAD_BYTES: Final = 10
BEFORE_EPC_BYTES: Final = 8
"""From the PC to the EPC's length."""

_HEADER: Final = re.compile(rb"\xff\x01\x00[\x0a-\x28]\x03\x00{5}")


class UhfFf01(ReaderCodec):
    """The report."""

    check = "none"
    several = True

    def __init__(self, *, tag_bytes: TagBytes = None) -> None:
        cutter = HeaderCutter(_HEADER, HEAD_BYTES, lambda head: HEAD_BYTES + head[3] + 1, parse)
        super().__init__(cutter, tag_bytes)

    def encode(self, tag: TagSeen) -> bytes:
        """Return the report; ValueError for an EPC of odd or undue length."""
        epc = number_of(tag, *range(TAG_BYTES_MIN, TAG_BYTES_MAX + 1, 2))
        pc = (len(epc) // 2 << 11).to_bytes(2)
        told = pc + bytes([1, 1, 1, 0xE3, 5, len(epc)]) + epc
        return HEAD + bytes([len(told), 3]) + ZEROS + told + b"\x00"


def parse(frame: bytes) -> Tags | BadFrame:
    """Read one frame."""
    told = frame[HEAD_BYTES:-1]
    epc = told[BEFORE_EPC_BYTES:]
    agree = told[0] >> 3 << 1 == told[BEFORE_EPC_BYTES - 1] == len(epc)
    if frame[-1] or not agree or not TAG_BYTES_MIN <= len(epc) <= TAG_BYTES_MAX:
        return BadFrame("malformed", frame)
    return (TagSeen(epc.hex().upper()),)
