"""UHF Gen2 readers that speak CF (Chafon CF-600 series, UHF Prime and their kin), 115200 8N1.

Frame: CF  address  command (2 bytes)  length  status  data  CRC (2 bytes, high byte first)

The length counts status and data. The CRC-16 (8408h, begun with FFFFh) runs from CF to the last
byte of data. A tag (command 0001): RSSI in tenths of a dBm (signed, 2 bytes), antenna, channel,
length and EPC. Status 12h ends a round of inventory; answers to other commands say nothing.

In active mode the reader reports by itself. With `polled` it is asked for one second of inventory
after the other. Source: UHF Prime reader manual, protocol chapter; recorded frames.

Blind spot: none known, but for the one chance in 65,536 that damage meets a fitting CRC.
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
from edge.devices.readers.uhf_reader18 import crc16
from edge.devices.readings import BadFrame, TagSeen

INVENTORY: Final = b"\x00\x01"
ONE_SECOND: Final = bytes([0, 0, 0, 0, 1])
"""Inventory by time, and for how many seconds."""
TAG_FOUND: Final = 0x00
HEAD_BYTES: Final = 5
AROUND_EPC_BYTES: Final = 6
"""Status, RSSI, antenna, channel and length."""

_HEADER: Final = re.compile(rb"\xcf.[\x00\x01].[\x01-\x40]", re.DOTALL)


class UhfCf(ReaderCodec):
    """Inventory, reported or asked for."""

    check = "crc16"
    several = True

    def __init__(
        self, *, address: int = 0, polled: bool = False, tag_bytes: TagBytes = None
    ) -> None:
        if not 0 <= address <= 0xFF:
            raise ValueError(f"address must be 0 to 255, got {address}")
        if polled:
            self.request = _frame(address, INVENTORY, ONE_SECOND)
        self._address = address
        super().__init__(
            HeaderCutter(_HEADER, HEAD_BYTES, lambda head: head[4] + 7, parse), tag_bytes
        )

    def encode(self, tag: TagSeen) -> bytes:
        """Return a tag's frame; ValueError without an RSSI or for an EPC of undue length."""
        epc = number_of(tag, *range(TAG_BYTES_MIN, TAG_BYTES_MAX + 1, 2))
        if tag.rssi_dbm is None:
            raise ValueError("rssi_dbm: every tag's frame carries one")
        rssi = (tag.rssi_dbm * 10).to_bytes(2, signed=True)
        data = bytes([TAG_FOUND]) + rssi + bytes([1, 0, len(epc)]) + epc
        return _frame(self._address, INVENTORY, data)


def parse(frame: bytes) -> Tags | BadFrame:
    """Read one frame from the reader; one that is not about tags says nothing."""
    if crc16(frame[:-2])[::-1] != frame[-2:]:
        return BadFrame("checksum", frame)
    command, data = frame[2:4], frame[HEAD_BYTES:-2]
    if command != INVENTORY or data[0] != TAG_FOUND or len(data) < AROUND_EPC_BYTES:
        return ()
    epc = data[AROUND_EPC_BYTES:]
    fits = len(epc) == data[AROUND_EPC_BYTES - 1] and TAG_BYTES_MIN <= len(epc) <= TAG_BYTES_MAX
    if not fits:
        return BadFrame("length of the EPC", frame)
    rssi_dbm = int.from_bytes(data[1:3], signed=True) // 10
    return (TagSeen(epc.hex().upper(), rssi_dbm=rssi_dbm),)


def _frame(address: int, command: bytes, data: bytes) -> bytes:
    counted = b"\xcf" + bytes([address]) + command + bytes([len(data)]) + data
    return counted + crc16(counted)[::-1]
