"""UHF Gen2 readers with Impinj R2000 chips that speak A0 (IND903 and many others), 115200 8N1.

Frame: A0  length  address  command  data  check

The length counts everything behind itself. The check makes the sum of the frame zero (low byte).
A tag in real-time inventory (commands 89h, 8Ah, 8Bh): antenna and frequency, PC, EPC, RSSI, and
with some firmware a phase of two bytes. The PC's upper five bits count the EPC's words, which tells
a tag from the frame that ends a round (seven bytes of counts). One byte of data is an answer: 10h
for obeyed, 36h for no tag in the field, others are errors. Answers to other commands, such as the
setting of the antenna (74h), say nothing.

The reader is asked for one round after the other. An RSSI of r stands for r - 129 dBm; bit 7 of it
belongs to the antenna. Source: IND903 protocol V2.2, sections 2.1 and 2.2; recorded rounds.

Blind spot: two wrong bytes whose errors cancel each other pass the sum.
"""

import re
from typing import Final

from edge.devices.checksums import sum_complement
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

REAL_TIME_INVENTORY: Final = 0x89
INVENTORIES: Final = frozenset({0x89, 0x8A, 0x8B})
OBEYED: Final = 0x10
NO_TAG: Final = 0x36
ROUND_ENDS_BYTES: Final = 7
RSSI_ZERO_DBM: Final = -129
PHASE_BYTES: Final = 2
AROUND_BYTES: Final = 5
"""Everything of a frame that is not data."""

_HEADER: Final = re.compile(rb"\xa0[\x03-\x2c].[\x60-\xbf]", re.DOTALL)


class UhfA0(ReaderCodec):
    """Real-time inventory."""

    check = "sum8"
    several = True

    def __init__(self, *, address: int = 1, tag_bytes: TagBytes = None) -> None:
        if not 0 <= address <= 0xFF:
            raise ValueError(f"address must be 0 to 255, got {address}")
        self.request = _frame(bytes([address, REAL_TIME_INVENTORY, 1]))
        self._address = address
        super().__init__(HeaderCutter(_HEADER, 4, lambda head: head[1] + 2, parse), tag_bytes)

    def encode(self, tag: TagSeen) -> bytes:
        """Return a tag's frame; ValueError without an RSSI or for an EPC of odd or undue length."""
        epc = number_of(tag, *range(TAG_BYTES_MIN, TAG_BYTES_MAX + 1, 2))
        if tag.rssi_dbm is None or not RSSI_ZERO_DBM <= tag.rssi_dbm < RSSI_ZERO_DBM + 0x80:
            raise ValueError(f"rssi_dbm must be -129 to -2, got {tag.rssi_dbm}")
        pc = (len(epc) // 2 << 11).to_bytes(2)
        head = bytes([self._address, REAL_TIME_INVENTORY, 0])
        return _frame(head + pc + epc + bytes([tag.rssi_dbm - RSSI_ZERO_DBM]))


def parse(frame: bytes) -> Tags | BadFrame:
    """Read one frame from the reader; one that is not about tags says nothing."""
    if sum_complement(frame[:-1], 0xFF) != frame[-1]:
        return BadFrame("checksum", frame)
    command, data = frame[3], frame[4:-1]
    if command not in INVENTORIES or len(data) in {0, ROUND_ENDS_BYTES}:
        return ()
    if len(data) > 1:
        return _tag(frame, data)
    if data[0] in {OBEYED, NO_TAG}:
        return ()
    return BadFrame(f"reader error {data[0]:02X}h", frame)


def _tag(frame: bytes, data: bytes) -> Tags | BadFrame:
    epc_bytes = data[1] >> 3 << 1
    epc, rest = data[3 : 3 + epc_bytes], data[3 + epc_bytes :]
    fits = len(rest) in {1, 1 + PHASE_BYTES} and TAG_BYTES_MIN <= epc_bytes <= TAG_BYTES_MAX
    if not fits:
        return BadFrame("length of the EPC", frame)
    return (TagSeen(epc.hex().upper(), rssi_dbm=(rest[0] & 0x7F) + RSSI_ZERO_DBM),)


def _frame(body: bytes) -> bytes:
    counted = b"\xa0" + bytes([len(body) + 1]) + body
    return counted + bytes([sum_complement(counted, 0xFF)])
