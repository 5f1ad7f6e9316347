"""What every reader protocol is made of: a decoder and its encoder under the same options."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from edge.devices.framing import Counts, Cutter
from edge.devices.readings import BadFrame, TagSeen, WrongLine

Check = Literal["none", "xor", "sum8", "crc16", "parity"]


class ReaderCodec(ABC):
    """One protocol with its options. Keyword arguments of `__init__` are the options."""

    check: ClassVar[Check] = "none"
    """What guards a frame against damaged bytes."""

    request: bytes = b""
    """What asks the reader for the tags in its field; empty where it talks by itself."""

    def __init__(self, cutter: Cutter[TagSeen]) -> None:
        self._cutter = cutter

    @property
    def counts(self) -> Counts:
        """What became of the bytes so far."""
        return self._cutter.counts

    def feed(self, data: bytes) -> list[TagSeen | BadFrame | WrongLine]:
        """Take the next bytes, in pieces of any size; return whatever they completed."""
        return self._cutter.feed(data)

    @abstractmethod
    def encode(self, tag: TagSeen) -> bytes:
        """Return the frame with which a reader reports `tag`; ValueError if it cannot be sent."""
