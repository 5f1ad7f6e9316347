"""A card or tag reader that speaks any protocol of the table, by itself or when it is asked.

A reader that sends by itself repeats its frame while a card is held before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from edge.devices.readers import READERS, reader_decoder
from edge.devices.readings import TagSeen
from simulators.cable import Cable, OpenLine
from simulators.faults import LineFaults
from simulators.lines import Line
from simulators.uart import UartSettings

_RSSI_DBM: Final = -58


@dataclass(frozen=True, slots=True)
class ReaderModel:
    """What is bought and how it is set up."""

    protocol: str = "em4100"
    options: Mapping[str, object] = field(default_factory=dict)
    line: UartSettings | None = None
    """None: the protocol's usual settings."""


class CardReader:
    """Sends the tag of the presented card, if there is one."""

    def __init__(self, model: ReaderModel, open_line: OpenLine, rng: Random) -> None:
        """Raise BadOption for an unknown protocol or a wrong option."""
        self.model = model
        self.codec = reader_decoder(model.protocol, model.options)
        usual = UartSettings.parse(READERS[model.protocol].lines[0])
        self.cable = Cable(open_line, model.line or usual, rng)
        self.cable.on_request(self.codec.request, self._transmit)
        self._frame: bytes | None = None

    @property
    def line(self) -> Line:
        return self.cable.line

    @property
    def faults(self) -> LineFaults:
        return self.cable.faults

    @property
    def frame_s(self) -> float:
        """How long a frame is under way on the wire: none is sent more often."""
        return self.cable.settings.seconds(len(self._frame or b""))

    def present(self, tag: str, rssi_dbm: int = _RSSI_DBM) -> None:
        """Hold a card with this number (hex) before it; ValueError if it cannot be reported."""
        self._frame = self.codec.encode(TagSeen(tag, rssi_dbm=rssi_dbm))

    def disturb(self, frame: bytes) -> None:
        """Send these bytes as if a card were there, as a module does whose antenna is disturbed."""
        self._frame = frame

    def remove(self) -> None:
        self._frame = None

    def send(self) -> None:
        """Send one frame if a card is present and the protocol is not polled; call at 10 Hz."""
        if not self.codec.request:
            self._transmit()

    def _transmit(self) -> None:
        if self._frame is not None:
            self.cable.send(self._frame)
