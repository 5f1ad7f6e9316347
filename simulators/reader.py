"""A 125 kHz card reader that repeats the EM4100 frame while a card is held before it."""

from random import Random

from edge.devices.readers import reader_decoder
from edge.devices.readings import TagSeen
from simulators.lines import Line, LineFaults, damaged


class CardReader:
    """Sends the tag of the presented card, if there is one."""

    def __init__(self, line: Line, rng: Random) -> None:
        self.line = line
        self.faults = LineFaults()
        self._rng = rng
        self._codec = reader_decoder("em4100", {})
        self._frame: bytes | None = None

    def present(self, tag: str) -> None:
        """Hold a card with this tag (ten hex digits) before the reader."""
        self._frame = self._codec.encode(TagSeen(tag))

    def remove(self) -> None:
        self._frame = None

    def send(self) -> None:
        """Send one frame if a card is present; call it about ten times a second."""
        if self._frame is not None:
            self.line.send(damaged(self._frame, self.faults, self._rng))
