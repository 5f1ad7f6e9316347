"""The lane's slip printer: reads ESC/POS like the real one and keeps every slip as dots."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

_BUFFER_MAX: Final = 65_536
_IMAGE_HEAD: Final = 8
_PAPER_FINE, _PAPER_OUT = b"\x12", b"\x72"

_LENGTHS: Final = {b"\x1b@": 2, b"\x1bd": 3, b"\x1dV": 4, b"\x10\x04": 3}
"""Commands of fixed length. The image has its own."""


@dataclass(slots=True)
class Paper:
    """What came out of the slot; each row is a string of `#` and blanks."""

    rows: list[str] = field(default_factory=list)
    cut: bool = False

    def to_pbm(self) -> bytes:
        """Return the picture as a portable bitmap, which every image viewer opens."""
        width = max((len(row) for row in self.rows), default=0)
        bits = (row.ljust(width).replace(" ", "0").replace("#", "1") for row in self.rows)
        data = b"".join(int(row, 2).to_bytes((width + 7) // 8, "big") for row in bits)
        return f"P4\n{width} {len(self.rows)}\n".encode() + data


class SimulatedPrinter:
    """One printer; `answer` goes back to the lane box when it asks for the paper."""

    def __init__(self) -> None:
        self.slips: deque[Paper] = deque(maxlen=100)
        self.has_paper = True
        self.unknown_bytes = 0
        self._paper = Paper()
        self._buffer = b""

    def receive(self, data: bytes) -> bytes:
        """Take bytes in pieces of any size; return the printer's answer, if it was asked."""
        self._buffer = (self._buffer + data)[-_BUFFER_MAX:]
        answers = b""
        while (length := self._length()) and length <= len(self._buffer):
            command, self._buffer = self._buffer[:length], self._buffer[length:]
            answers += self._obey(command)
        return answers

    def _length(self) -> int:
        """Return how long the command at the front is; 0 while that cannot be known."""
        buffer = self._buffer
        if buffer[:1] not in {b"\x1b", b"\x1d", b"\x10"}:
            return min(len(buffer), 1)
        if buffer[:2] == b"\x1dv":
            return _image_length(buffer) if len(buffer) >= _IMAGE_HEAD else 0
        return _LENGTHS.get(buffer[:2], 1) if len(buffer) > 1 else 0

    def _obey(self, command: bytes) -> bytes:
        match command[:2]:
            case b"\x1dv":
                self._print(command)
            case b"\x1bd":
                self._end()
            case b"\x1dV":
                self._cut()
            case b"\x10\x04":
                return _PAPER_FINE if self.has_paper else _PAPER_OUT
            case b"\x1b@":
                self._paper = Paper()
            case _:
                self.unknown_bytes += command != b"\x00"
        return b""

    def _print(self, command: bytes) -> None:
        size = int.from_bytes(command[4:6], "little")
        for at in range(_IMAGE_HEAD, len(command), size or 1):  # an image may have no width
            bits = f"{int.from_bytes(command[at : at + size], 'big'):0{8 * size}b}"
            self._paper.rows.append(bits.replace("0", " ").replace("1", "#"))

    def _end(self) -> None:
        """Let the slip be taken, once the feed has brought it out."""
        if self.has_paper:
            self.slips.append(self._paper)
        self._paper = Paper()

    def _cut(self) -> None:
        """Cut off the last slip; the knife finds nothing where none came out."""
        if self.has_paper and self.slips:
            self.slips[-1].cut = True


def _image_length(buffer: bytes) -> int:
    size, rows = int.from_bytes(buffer[4:6], "little"), int.from_bytes(buffer[6:8], "little")
    return _IMAGE_HEAD + size * rows
