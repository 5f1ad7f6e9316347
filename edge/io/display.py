"""A display on a serial line or a device server: shows the latest, also after a reconnect."""

from collections.abc import Callable
from typing import Final

import structlog

from edge.devices.displays.codec import DisplayCodec, Shown
from edge.io.byte_source import Port, PortAddress
from edge.io.clock import monotonic_ms
from edge.io.output_port import OutputPort
from edge.lane.signals import PortChanged

log = structlog.get_logger()

ANSWER_BYTES_MAX: Final = 256


class NoDisplay:
    """A lane without a display of its own."""

    def __init__(self) -> None:
        self._text = ""

    def show(self, shown: Shown) -> None:
        if shown.text != self._text:
            self._text = shown.text
            log.info("display", text=shown.text)


class Display:
    """One display; what was overtaken before it could be sent is not shown."""

    def __init__(
        self, address: PortAddress, codec: DisplayCodec, changed: Callable[[PortChanged], None]
    ) -> None:
        self._codec = codec
        self._port = OutputPort("display", address, serve=self._serve, changed=changed)
        self._shown: Shown | None = None

    def start(self) -> None:
        self._port.start()

    def stop(self) -> None:
        self._port.stop()

    def show(self, shown: Shown) -> None:
        """Have it shown within a fifth of a second; never waits."""
        self._shown = shown

    def _serve(self, port: Port) -> None:
        sent, sent_ms = b"", 0
        while not self._port.stopping:
            frame = self._codec.encode(self._shown) if self._shown else b""
            if frame and (frame != sent or self._is_due(sent_ms)):
                port.write(frame)
                sent, sent_ms = frame, monotonic_ms()
                self._port.works()
            # Waits a moment. The answer does not matter: a read shows that a device server is gone.
            port.read(ANSWER_BYTES_MAX)

    def _is_due(self, sent_ms: int) -> bool:
        repeat_s = self._codec.repeat_s
        return repeat_s is not None and monotonic_ms() - sent_ms >= repeat_s * 1_000
