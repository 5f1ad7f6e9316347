"""The lane's text display: keeps the texts it is told to show, like a driver who reads them."""

from collections import deque
from collections.abc import Mapping

from edge.devices.displays import display_codec
from edge.devices.displays.codec import Lamp


class TextDisplay:
    """A display of any protocol that the box speaks."""

    def __init__(
        self, protocol: str = "plain", options: Mapping[str, object] | None = None
    ) -> None:
        self.lines: deque[str] = deque(maxlen=100)
        self.changes = 0
        """Grows with every line that differs from the one before it."""
        self.lamp: Lamp | None = None
        """None while nothing was said about it."""
        self._codec = display_codec(protocol, options or {})

    @property
    def text(self) -> str:
        """What is shown now."""
        return self.lines[-1] if self.lines else ""

    def receive(self, data: bytes) -> None:
        for seen in self._codec.feed(data):
            if seen.text is not None:
                self.changes += seen.text != self.text
                self.lines.append(seen.text)
            self.lamp = seen.lamp or self.lamp
