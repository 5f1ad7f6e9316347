"""The lane's text display: keeps the lines it is told to show, like a driver who reads them."""

from collections import deque
from typing import Final

_LINE_BYTES_MAX: Final = 1024


class TextDisplay:
    """UTF-8 lines ended by CR LF; a line without an end is dropped when it grows too long."""

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=100)
        self.changes = 0
        """Grows with every line that differs from the one before it."""
        self._buffer = b""

    @property
    def text(self) -> str:
        """What is shown now."""
        return self.lines[-1] if self.lines else ""

    def receive(self, data: bytes) -> None:
        *complete, self._buffer = (self._buffer + data).split(b"\r\n")
        for line in complete:
            self._show(line.decode("utf-8", errors="replace"))
        if len(self._buffer) > _LINE_BYTES_MAX:
            self._buffer = b""

    def _show(self, line: str) -> None:
        self.changes += line != self.text
        self.lines.append(line)
