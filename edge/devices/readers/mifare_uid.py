"""UIDs of MIFARE and other ISO 14443-A cards: lines of hex text, and binary desk readers, 9600 8N1.

Text:   8, 14 or 20 hex digits (4, 7 or 10 bytes; blanks, `:` or `-` between bytes)  CR, LF or ETX
        or ten digits: a UID of four bytes and its BCC, the XOR of the four
Binary: AA  address  length  status  [flag]  UID  XOR  BB

In the binary frame the length counts status, flag and UID, the XOR runs from address to UID. Status
00 is a card; a flag of 01 says that several are in the field, so none of them is told; any other is
an answer about something else, such as the reader's own number. The request
is GET_SNR, `AA 00 03 25 26 00 00 BB`. (Command 83h asks for the number of the reader, not of a
card.) Source: desk readers' command lists (RDM880, IDT527E), recorded answers.

Readers differ in the byte order that they print. `order` says what this one does, and the tag is
always the UID as the card sends it, first byte first: `msb` prints it so, `lsb` reversed.

Blind spots: text lines without a BCC carry no check; a longer UID that lost exactly the digits to
make a shorter one is believed, unless `uid_bytes` fixes the length.
"""

import re
from functools import reduce
from operator import xor
from typing import Final, Literal

from edge.devices.framing import PatternCutter
from edge.devices.readers.codec import Check, ReaderCodec, TagBytes, Tags, number_of
from edge.devices.readers.headers import HeaderCutter
from edge.devices.readings import BadFrame, TagSeen, WrongLine

UID_BYTES: Final = (4, 7, 10)
BCC_BYTES: Final = 5
SEVERAL: Final = 0x01
LINE_BYTES_MAX: Final = 33

_LINE: Final = re.compile(
    rb"(?<![0-9A-Za-z :-])([0-9A-Fa-f]{2}(?:[ :-]?[0-9A-Fa-f]{2}){3,9}) ?(?:\r\n?|\n|\x03)"
)
_BETWEEN: Final = b" :-"
_HEADER: Final = re.compile(rb"\xaa.(?:[\x05\x06\x08\x09\x0b\x0c]\x00|\x02\x01)", re.DOTALL)
_GET_SNR: Final = b"\x03\x25\x26\x00"


class MifareUid(ReaderCodec):
    """Both forms; the bytes show which one it is."""

    check: Check = "xor"
    tail = b"\r"

    def __init__(
        self,
        *,
        order: Literal["msb", "lsb"] = "msb",
        uid_bytes: int | None = None,
        polled: bool = False,
        address: int = 0,
        tag_bytes: TagBytes = None,
    ) -> None:
        if uid_bytes not in {None, *UID_BYTES}:
            raise ValueError(f"uid_bytes must be 4, 7 or 10, got {uid_bytes}")
        if not 0 <= address <= 0xFF:
            raise ValueError(f"address must be 0 to 255, got {address}")
        if polled:
            self.request = _frame(bytes([address]) + _GET_SNR)
        self._step = -1 if order == "lsb" else 1
        self._lengths = UID_BYTES if uid_bytes is None else (uid_bytes,)
        super().__init__(
            _Both(
                PatternCutter(_LINE, LINE_BYTES_MAX, self._line),
                HeaderCutter(_HEADER, 4, lambda header: header[2] + 5, self._packet),
            ),
            tag_bytes,
        )

    def encode(self, tag: TagSeen) -> bytes:
        """Return the binary frame, the form that carries a check."""
        uid = number_of(tag, *self._lengths)[:: self._step]
        return _frame(bytes([0, len(uid) + 2, 0, 0]) + uid)

    def _line(self, match: "re.Match[bytes]") -> Tags | BadFrame:
        uid = bytes.fromhex(match[1].translate(None, _BETWEEN).decode())
        if len(uid) != BCC_BYTES:
            return self._tag(uid, match[0], "none")
        if reduce(xor, uid) != 0:
            return BadFrame("checksum", match[0])
        return self._tag(uid[:-1], match[0], "xor")

    def _packet(self, frame: bytes) -> Tags | BadFrame:
        if frame[-1] != 0xBB:
            return BadFrame("malformed", frame)
        if reduce(xor, frame[1:-1]) != 0:
            return BadFrame("checksum", frame)
        return () if frame[3] else self._answer(frame)

    def _answer(self, frame: bytes) -> Tags | BadFrame:
        data = frame[4:-2]
        if len(data) in UID_BYTES:
            return self._tag(data, frame, "xor")
        if data[0] == SEVERAL:
            return BadFrame("several cards in the field", frame)
        if data[0] != 0:
            return ()
        return self._tag(data[1:], frame, "xor")

    def _tag(self, uid: bytes, raw: bytes, check: Check) -> Tags | BadFrame:
        if len(uid) not in self._lengths:
            return BadFrame("length of the UID", raw)
        self.check = check
        return (TagSeen(uid[:: self._step].hex().upper()),)


class _Both:
    """Two cutters on one line."""

    def __init__(self, text: PatternCutter[Tags], binary: HeaderCutter) -> None:
        self._text = text
        self._binary = binary
        self.counts = binary.counts = text.counts

    def feed(self, data: bytes) -> list[Tags | BadFrame | WrongLine]:
        found = [*self._text.feed(data), *self._binary.feed(data)]
        self.counts.total_bytes -= len(data)  # both have counted them
        return found


def _frame(body: bytes) -> bytes:
    return b"\xaa" + body + bytes([reduce(xor, body)]) + b"\xbb"
