"""What every scale protocol is made of: a decoder and its encoder under the same options."""

from abc import ABC, abstractmethod
from typing import Literal

from edge.devices.framing import Counts, Cutter
from edge.devices.readings import BadFrame, Reading, WrongLine

Check = Literal["none", "xor", "sum7", "sum8", "crc16"]


class ScaleCodec(ABC):
    """One protocol with its options. Keyword arguments of `__init__` are the options."""

    check: Check = "none"
    """What guards a frame against damaged bytes, under these options; where they leave it open,
    what guarded the frame that was believed last."""

    request: bytes = b""
    """Request for one reading; empty if the indicator sends by itself."""

    tail: bytes = b""
    """What a capture may lack at its end although the frame before it is whole; not for frames
    whose length says nothing, where a cut frame would be a shorter number."""

    def __init__(self, cutter: Cutter[Reading]) -> None:
        self._cutter = cutter

    @property
    def counts(self) -> Counts:
        """What became of the bytes so far."""
        return self._cutter.counts

    def feed(self, data: bytes) -> list[Reading | BadFrame | WrongLine]:
        """Take the next bytes, in pieces of any size; return all that they completed."""
        return self._cutter.feed(data)

    def finish(self) -> list[Reading | BadFrame | WrongLine]:
        """Say that nothing follows; return the frame that waited only for its `tail`."""
        if not self.tail:
            return []
        self.counts.total_bytes -= len(self.tail)
        return self.feed(self.tail)

    @abstractmethod
    def encode(self, reading: Reading) -> bytes:
        """Return the frame with which an indicator shows `reading`, decimals kept.

        What the protocol does not carry is left out. ValueError names what a frame cannot show:
        a number that does not fit, a unit, mode or state that has no place in it.
        """
