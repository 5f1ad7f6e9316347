"""UHF Gen2 modules that speak BB…7E (M100, YRM100, JRD-4035, Electron RMT01), 115200 8N1.

Frame: BB  type  command  length (2 bytes)  parameters  sum  7E

The sum is the low byte from type to the last parameter. A tag notice (type 02, command 22) carries
RSSI (signed dBm), PC, EPC and the tag's own CRC: Gen2 CRC-16 (1021h, begun with FFFFh, inverted)
over PC and EPC. The PC's upper five bits count the EPC's words. BB and 7E may be inside, so
frames are taken by their length. Error 15h is the answer when no tag is in the field.

The reader speaks when asked: for one round of inventory, or with `rounds` above 1 for as many
(command 27h). Source: M100 firmware manual, sections on single and multiple inventory.
"""

import re
from binascii import crc_hqx
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

AROUND_BYTES: Final = 7
"""Everything of a frame that is not a parameter."""

NO_TAG: Final = 0x15
ROUNDS_MAX: Final = 0xFFFF
SINGLE_INVENTORY: Final = 0x22
MULTIPLE_INVENTORY: Final = 0x27

_NOTICE: Final = b"\x02\x22"
_ERROR: Final = b"\x01\xff"
_HEADER: Final = re.compile(rb"\xbb[\x01\x02].\x00[\x00-\x50]", re.DOTALL)


class UhfBb7e(ReaderCodec):
    """Inventory by an M100 and its kin."""

    check = "crc16"
    several = True

    def __init__(self, *, rounds: int = 1, tag_bytes: TagBytes = None) -> None:
        if not 1 <= rounds <= ROUNDS_MAX:
            raise ValueError(f"rounds must be 1 to {ROUNDS_MAX}, got {rounds}")
        self.request = (
            command(SINGLE_INVENTORY)
            if rounds == 1
            else command(MULTIPLE_INVENTORY, b"\x22" + rounds.to_bytes(2))
        )
        cutter = HeaderCutter(_HEADER, 5, lambda head: head[4] + AROUND_BYTES, parse)
        super().__init__(cutter, tag_bytes)

    def encode(self, tag: TagSeen) -> bytes:
        """Return the notice; ValueError without an RSSI or for an EPC of odd or undue length."""
        if tag.rssi_dbm is None:
            raise ValueError("rssi_dbm: every tag notice carries one")
        epc = number_of(tag, *range(TAG_BYTES_MIN, TAG_BYTES_MAX + 1, 2))
        pc_epc = (len(epc) // 2 << 11).to_bytes(2) + epc
        parameters = tag.rssi_dbm.to_bytes(1, signed=True) + pc_epc + gen2_crc(pc_epc)
        return _frame(_NOTICE, parameters)


def command(code: int, parameters: bytes = b"") -> bytes:
    """Return a frame from the host to the reader."""
    return _frame(bytes([0, code]), parameters)


def gen2_crc(data: bytes) -> bytes:
    """Return the CRC-16 with which a tag guards its PC and EPC."""
    return (crc_hqx(data, 0xFFFF) ^ 0xFFFF).to_bytes(2)


def parse(frame: bytes) -> Tags | BadFrame:
    """Read one frame from the reader; one that is not about tags says nothing."""
    if frame[-1] != 0x7E:
        return BadFrame("malformed", frame)
    if sum(frame[1:-2]) & 0xFF != frame[-2]:
        return BadFrame("checksum", frame)
    if frame[1:3] == _NOTICE:
        return _tag(frame)
    if frame[1:3] == _ERROR and frame[5] != NO_TAG:
        return BadFrame(f"reader error {frame[5]:02X}h", frame)
    return ()


def _tag(frame: bytes) -> Tags | BadFrame:
    rssi, pc_epc, crc = frame[5:6], frame[6:-4], frame[-4:-2]
    epc = pc_epc[2:]
    if not TAG_BYTES_MIN <= len(epc) <= TAG_BYTES_MAX or pc_epc[0] >> 3 << 1 != len(epc):
        return BadFrame("length of the EPC", frame)
    if gen2_crc(pc_epc) != crc:
        return BadFrame("the tag's own CRC", frame)
    return (TagSeen(epc.hex().upper(), rssi_dbm=int.from_bytes(rssi, signed=True)),)


def _frame(kind: bytes, parameters: bytes) -> bytes:
    body = kind + len(parameters).to_bytes(2) + parameters
    return b"\xbb" + body + bytes([sum(body) & 0xFF]) + b"\x7e"
