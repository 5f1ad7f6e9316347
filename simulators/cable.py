"""Joins a simulated device to its line: line settings, faults, and the requests it answers."""

from collections.abc import Callable
from random import Random

from simulators.faults import LineFaults, damaged
from simulators.lines import Line, Receive
from simulators.uart import UartSettings

OpenLine = Callable[[Receive], Line]
"""Make the cable of a device; bytes from the lane box go to the argument."""


class Cable:
    """The line of one device.

    `answer` is called once for each `request` that comes from the lane box.
    """

    def __init__(self, open_line: OpenLine, settings: UartSettings, rng: Random) -> None:
        self.line = open_line(self._received)
        self.settings = settings
        self.faults = LineFaults()
        self._rng = rng
        self._last: bytes | None = None
        self._request = b""
        self._answer: Callable[[], None] = lambda: None
        self._unread = b""

    def on_request(self, request: bytes, answer: Callable[[], None]) -> None:
        """Call `answer` for each `request` that is heard; none is expected if it is empty."""
        self._request = request
        self._answer = answer

    @property
    def source(self) -> str:
        """What the lane box's settings name, line settings included."""
        return self.line.source_for(self.settings)

    def send(self, frame: bytes) -> None:
        """Send a frame; the faults decide what comes out at the other end."""
        if not self.faults.frozen or self._last is None:
            self._last = frame
        heard = self.faults.port or self.line.heard(self.settings)
        data = damaged(self._last, self.faults, (self.settings, heard), self._rng)
        if data:
            self.line.send(data)

    def _received(self, data: bytes) -> None:
        if not self._request:
            return
        spoken = self.faults.port or self.line.heard(self.settings)
        self._unread += damaged(data, self.faults, (spoken, self.settings), self._rng)
        *requests, rest = self._unread.split(self._request)
        # Of what is not understood, no more is kept than may be the beginning of a request.
        self._unread = rest[max(0, len(rest) - len(self._request) + 1) :]
        for _ in requests:
            self._answer()
