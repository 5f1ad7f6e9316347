"""UHF Gen2 readers of the UHFReader18 and UHFReader288 families, 57600 8N1 (288: 115200).

Frame: length  address  command  status  data  CRC low  CRC high

The length does not count itself. The CRC-16 (8408h, begun with FFFFh) runs from the length to the
last data byte. In active mode the reader reports by itself, command EEh:

- UHFReader18: the data is the EPC and nothing else;
- UHFReader288: antenna (one bit each), length, EPC, RSSI; status 28h is a heartbeat without tag.

In answer mode it is asked for an inventory, command 01h, or for a single tag, command 0Fh: number
of tags, then for each its length and EPC; the 288 puts the antenna in front and an RSSI behind each
EPC. EPCs are whole words, which tells the two apart. Bit 7 of a length says that a TID of 12 bytes
follows the EPC inside it.

An RSSI from 80h up is taken for signed dBm; lower values are on a scale of the maker's own, and
not told. Source: UHFReader18 manual V2.0, chapters 4 and 8; UR-series manual v1.14, pages 17, 72.

Blind spot: none known, but for the one chance in 65,536 that a damaged length meets a fitting CRC.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

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

INVENTORY: Final = 0x01
REPORT: Final = 0xEE
NO_DATA: Final = frozenset({0x26, 0x28, 0xFB})
"""Statuses without tags: statistics, heartbeat, no tag in the field."""

ANTENNA_FAILED: Final = 0xF8
TID_BYTES: Final = 12

_HEADER: Final = re.compile(
    rb"[\x05-\x60].\xee[\x00\x28]|[\x05-\xff].[\x01\x0f][\x01-\x04\x26\xf8\xfb]", re.DOTALL
)
_ASK: Final = {"18": b"", "288": b"\x04\x00"}
"""What an inventory is asked with; the 288 wants its Q value and session."""


class UhfReader18(ReaderCodec):
    """Both families, in active and in answer mode."""

    check = "crc16"
    several = True

    def __init__(
        self,
        *,
        model: Literal["18", "288"] = "18",
        address: int = 0,
        polled: bool = True,
        tag_bytes: TagBytes = None,
    ) -> None:
        if not 0 <= address <= 0xFF:
            raise ValueError(f"address must be 0 to 255, got {address}")
        if polled:
            self.request = _frame(bytes([address, INVENTORY]) + _ASK[model])
        super().__init__(HeaderCutter(_HEADER, 4, lambda header: header[0] + 1, parse), tag_bytes)

    def encode(self, tag: TagSeen) -> bytes:
        """Return the active-mode frame: of a 288 if there is an RSSI to tell, else of an 18."""
        epc = number_of(tag, *range(TAG_BYTES_MIN, TAG_BYTES_MAX + 1, 2))
        if tag.rssi_dbm is None:
            return _frame(bytes([0, REPORT, 0]) + epc)
        if not -0x80 <= tag.rssi_dbm < 0:
            raise ValueError(f"rssi_dbm must be -128 to -1, got {tag.rssi_dbm}")
        rssi = tag.rssi_dbm.to_bytes(1, signed=True)
        return _frame(bytes([0, REPORT, 0, 1, len(epc)]) + epc + rssi)


def crc16(data: bytes) -> bytes:
    """Return the two bytes that close a frame."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def parse(frame: bytes) -> Tags | BadFrame:
    """Read one frame from the reader."""
    if crc16(frame[:-2]) != frame[-2:]:
        return BadFrame("checksum", frame)
    code, status, data = frame[2], frame[3], frame[4:-2]
    if status == ANTENNA_FAILED:
        return BadFrame("antenna not connected", frame)
    if status in NO_DATA or not data:
        return ()  # no tag, or the answer to a command that asked for none
    tags = _report(data) if code == REPORT else _inventory(data)
    return BadFrame("malformed", frame) if tags is None else tags


def _report(data: bytes) -> Tags | None:
    if len(data) % 2 == 0:
        return (TagSeen(data.hex().upper()),) if _fits(data) else None
    return _blocks(data[1:], rssi_bytes=1)


def _inventory(data: bytes) -> Tags | None:
    """Read the answer of an 18, or else of a 288."""
    for blocks, rssi_bytes in ((data, 0), (data[1:], 1)):
        tags = _blocks(blocks[1:], rssi_bytes)
        if tags is not None and blocks[:1] == bytes([len(tags)]):
            return tags
    return None


def _blocks(data: bytes, rssi_bytes: int) -> Tags | None:
    """Read tags to the end of the data; None if they do not fill it."""
    tags = tuple(_each(data, rssi_bytes))
    return None if None in tags else tuple(tag for tag in tags if tag is not None)


def _each(data: bytes, rssi_bytes: int) -> Iterator[TagSeen | None]:
    at = 0
    while at < len(data):
        start, tid_bytes = at + 1, TID_BYTES if data[at] & 0x80 else 0
        end = start + (data[at] & 0x7F)
        epc = data[start : max(start, end - tid_bytes)]
        at = end + rssi_bytes
        yield _tag(epc, data[end:at]) if at <= len(data) and _fits(epc) else None


def _tag(epc: bytes, rssi: bytes) -> TagSeen:
    told = bool(rssi) and rssi[0] >= 0x80
    rssi_dbm = int.from_bytes(rssi, signed=True) if told else None
    return TagSeen(epc.hex().upper(), rssi_dbm=rssi_dbm)


def _fits(epc: bytes) -> bool:
    return TAG_BYTES_MIN <= len(epc) <= TAG_BYTES_MAX and len(epc) % 2 == 0


def _frame(body: bytes) -> bytes:
    counted = bytes([len(body) + 2]) + body
    return counted + crc16(counted)


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x8408 if byte & 1 else 0)
    return byte


_TABLE: Final = tuple(map(_crc_of, range(256)))
