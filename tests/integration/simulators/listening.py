"""The shipped driver with a decoder of the table behind it, listening to a simulated device."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from edge.devices.readers import reader_decoder
from edge.devices.readers.codec import ReaderCodec
from edge.devices.readings import BadFrame, Reading, TagSeen, WrongLine
from edge.devices.scales import scale_decoder
from edge.devices.scales.codec import ScaleCodec
from edge.io.byte_source import ByteSource, Polling, parse_source
from edge.lane.signals import PortChanged
from simulators.running import RunningReader, RunningScale

WAIT_S = 15
Codec = ScaleCodec | ReaderCodec


class Listener:
    """What comes out of the decoder, in the order in which it came."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.raw = bytearray()
        self.found: queue.Queue[Any] = queue.Queue()
        self.ports: queue.Queue[PortChanged] = queue.Queue()

    def feed(self, data: bytes, now_ms: int) -> bool:
        del now_ms
        self.raw += data
        found = self.codec.feed(data)
        for item in found:
            self.found.put(item)
        return any(isinstance(item, Reading | TagSeen) for item in found)

    def until(self, is_so: Callable[[Any], bool]) -> Any:
        """Return the first item that is as wanted; queue.Empty if it does not come."""
        give_up_s = time.monotonic() + WAIT_S
        while not is_so(item := self.found.get(timeout=WAIT_S)):
            assert time.monotonic() < give_up_s, f"not what was wanted: {item}"
        return item

    def hears(self, data: bytes = b"") -> None:
        """Return when `data` has come, as bytes, or anything at all."""
        give_up_s = time.monotonic() + WAIT_S
        while not self.raw or data not in bytes(self.raw):
            assert time.monotonic() < give_up_s, f"only {bytes(self.raw)!r} came"
            wait(0.05)

    def reading(self) -> Reading:
        found: Reading = self.until(lambda item: isinstance(item, Reading))
        return found

    def shows(self, weight: object) -> Reading:
        found: Reading = self.until(lambda item: getattr(item, "weight", item) == weight)
        return found

    def tag(self) -> TagSeen:
        found: TagSeen = self.until(lambda item: isinstance(item, TagSeen))
        return found

    def bad_frame(self) -> BadFrame:
        found: BadFrame = self.until(lambda item: isinstance(item, BadFrame))
        return found

    def wrong_line(self) -> WrongLine:
        found: WrongLine = self.until(lambda item: isinstance(item, WrongLine))
        return found

    def is_open(self, *, wanted: bool) -> PortChanged:
        while (change := self.ports.get(timeout=WAIT_S)).is_open is not wanted:
            pass
        return change

    def is_quiet(self, seconds: float = 0.3) -> bool:
        """Whether nothing at all comes for a while, once what was under way has come."""
        wait(0.15)
        before = len(self.raw)
        wait(seconds)
        return len(self.raw) == before


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


@contextmanager
def listening(
    device: RunningScale | RunningReader, source: str | None = None
) -> Iterator[Listener]:
    """Open the device's port as a lane box does; `source` in place of the right one."""
    listener = Listener(codec_of(device))
    port = ByteSource(
        "device",
        parse_source(source or device.source),
        feed=listener.feed,
        changed=listener.ports.put,
        polling=Polling(request=listener.codec.request, poll_ms=50),
    )
    port.start()
    try:
        yield listener
    finally:
        port.stop()


def codec_of(device: RunningScale | RunningReader) -> Codec:
    if isinstance(device, RunningScale):
        return scale_decoder(device.indicator.model.protocol, device.indicator.model.options)
    return reader_decoder(device.reader.model.protocol, device.reader.model.options)
