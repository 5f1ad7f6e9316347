"""Modbus frames, RTU and TCP: requests to read and write registers, and their answers in a stream.

RTU: unit  function  …  CRC-16 low, high            TCP: id (2)  0 0  length (2)  unit  function  …

An answer to a read says how many bytes it brings and not from where. On a line where requests of
another master are heard too, the answer to a request for other registers is therefore passed over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from edge.devices.checksums import crc16_modbus
from edge.devices.framing import Counts
from edge.devices.readings import BadFrame, Reading, WrongLine

Framing = Literal["rtu", "tcp"]

WRITE: Final = 0x10
FAILED: Final = 0x80
REQUEST_BYTES: Final = 8
REFUSAL_BYTES: Final = 5
RTU_AROUND_BYTES: Final = 5
"""Everything of an answer that is not register: unit, function, length, CRC."""
TCP_HEAD_BYTES: Final = 9
TCP_REQUEST_BYTES: Final = 12
_TRANSACTION: Final = b"\x00\x01"


@dataclass(frozen=True, slots=True)
class Query:
    """Which registers are read, of which unit; `first` counts from 0."""

    unit_id: int
    function: int
    first: int
    count: int

    @property
    def pdu(self) -> bytes:
        """The request without its framing."""
        return bytes([self.function]) + self.first.to_bytes(2) + self.count.to_bytes(2)

    @property
    def data_bytes(self) -> int:
        """The length of the registers that the answer brings."""
        return 2 * self.count


def framed(unit_id: int, pdu: bytes, framing: Framing) -> bytes:
    """Return a request or answer in its frame."""
    body = bytes([unit_id]) + pdu
    if framing == "tcp":
        return _TRANSACTION + b"\x00\x00" + len(body).to_bytes(2) + body
    return body + crc16_modbus(body).to_bytes(2, "little")


def write_request(unit_id: int, first: int, data: bytes, framing: Framing = "rtu") -> bytes:
    """Return the request that writes registers (function 16), such as a command or a target."""
    count = len(data) // 2
    head = bytes([WRITE]) + first.to_bytes(2) + count.to_bytes(2) + bytes([len(data)])
    return framed(unit_id, head + data, framing)


Found = list[Reading | BadFrame | WrongLine]


class _Answers:
    """What the frames of one stream contain."""

    def __init__(
        self,
        query: Query,
        read: Callable[[bytes, bytes], Reading | BadFrame],
        refused: Callable[[int, bytes], Reading | BadFrame],
    ) -> None:
        """`read` takes registers and the frame, `refused` the number of an exception and it."""
        self.counts = Counts()
        self._asked_for = query.pdu
        self._unit = bytes([query.unit_id])
        self._function = query.function
        self._data_bytes = query.data_bytes
        self._read = read
        self._refused = refused
        self._asked_other = False
        self._buffer = b""

    def _asked(self, pdu: bytes) -> Found:
        self._asked_other = pdu != self._asked_for
        return []

    def _answered(self, data: bytes, frame: bytes) -> Found:
        is_other, self._asked_other = self._asked_other, False
        return [] if is_other else self._told(self._read(data, frame), frame)

    def _failed(self, code: int, frame: bytes) -> Found:
        is_other, self._asked_other = self._asked_other, False
        return [] if is_other else self._told(self._refused(code, frame), frame)

    def _told(self, item: Reading | BadFrame, frame: bytes) -> Found:
        self.counts.add(item, len(frame))
        return [item]


class TcpAnswers(_Answers):
    """Answers on a TCP connection: no checksum, but most of each header is known beforehand."""

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        (unit,), function, size = self._unit, self._function, self._data_bytes
        answer = re.escape(bytes([0, 0, *(3 + size).to_bytes(2), unit, function, size]))
        refusal = re.escape(bytes([0, 0, 0, 3, unit, function | FAILED]))
        request = re.escape(bytes([0, 0, 0, 6, unit]))
        asked = re.escape(bytes([function]))
        forms = (answer, size, refusal, request, asked)
        return re.compile(b"..(?:%b(.{%d})|%b(.)|%b(%b.{4}))" % forms, re.DOTALL)

    def feed(self, data: bytes) -> Found:
        """Take the next bytes; return the answers that they completed."""
        self.counts.total_bytes += len(data)
        raw = self._buffer + data
        found: Found = []
        done = 0
        for match in self._pattern.finditer(raw):
            done = match.end()
            found += self._take(match)
        kept = max(TCP_HEAD_BYTES + self._data_bytes, TCP_REQUEST_BYTES) - 1
        self._buffer = raw[max(done, len(raw) - kept) :]
        return found

    def _take(self, match: re.Match[bytes]) -> Found:
        registers, code, pdu = match.groups()
        if registers is not None:
            return self._answered(registers, match[0])
        return self._asked(pdu) if code is None else self._failed(code[0], match[0])


class RtuAnswers(_Answers):
    """Answers on a serial line, found by their first bytes and believed by their CRC."""

    def feed(self, data: bytes) -> Found:
        """Take the next bytes; return the answers that they completed."""
        self.counts.total_bytes += len(data)
        raw = self._buffer + data
        found: Found = []
        longest = max(RTU_AROUND_BYTES + self._data_bytes, REQUEST_BYTES)
        at = raw.find(self._unit)
        while at >= 0:
            length, items = self._take(raw[at : at + longest])
            if not length:
                break
            found += items
            at = raw.find(self._unit, at + length)
        self._buffer = raw[at:] if at >= 0 else b""
        return found

    def _take(self, raw: bytes) -> tuple[int, Found]:
        """Return how many bytes are done (0 while more are needed) and what they contained."""
        if len(raw) < REFUSAL_BYTES:
            return 0, []
        if raw[1] == self._function | FAILED and _is_whole(raw[:REFUSAL_BYTES]):
            return REFUSAL_BYTES, self._failed(raw[2], raw[:REFUSAL_BYTES])
        if raw[1] != self._function:
            return 1, []
        return self._take_answer(raw)

    def _take_answer(self, raw: bytes) -> tuple[int, Found]:
        is_ours = raw[2] == self._data_bytes
        size = RTU_AROUND_BYTES + self._data_bytes
        if is_ours and len(raw) < size:
            return 0, []  # its first bytes can look like a whole request
        if is_ours and _is_whole(raw[:size]):
            return size, self._answered(raw[3 : size - 2], raw[:size])
        if len(raw) < REQUEST_BYTES:
            return 0, []
        if _is_whole(raw[:REQUEST_BYTES]):
            return REQUEST_BYTES, self._asked(raw[1:6])
        return 1, self._told(BadFrame("checksum", raw[:size]), b"") if is_ours else []


def _is_whole(frame: bytes) -> bool:
    """Return whether a frame ends with its CRC: then the CRC of all of it is zero."""
    return crc16_modbus(frame) == 0
