"""Cuts a byte stream into frames. Knows no protocol: a protocol says where a frame ends."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from edge.devices.readings import BadFrame

Found = TypeVar("Found")
FrameEnd = Callable[[bytes, int], int | None]
"""(buffer, start) -> index behind the frame, or None while more bytes are needed.

It must give an answer for every start once the longest frame's length is there: that is what
bounds the buffer.
"""

STX: Final = b"\x02"
ETX: Final = b"\x03"


def fixed(length: int) -> FrameEnd:
    """Frames of one length."""
    return lambda buffer, start: start + length if len(buffer) >= start + length else None


def until(last: bytes, length_max: int) -> FrameEnd:
    """Frames that close with `last`; one that has not closed after `length_max` bytes is cut."""

    def end(buffer: bytes, start: int) -> int | None:
        found = buffer.find(last, start, start + length_max)
        if found >= 0:
            return found + len(last)
        return start + length_max if len(buffer) >= start + length_max else None

    return end


class FrameCutter(Generic[Found]):
    """Finds frames that open with `first`, in pieces of any size.

    Bytes outside a frame are skipped in silence: data radios put text before each frame. After a
    bad frame it goes on one byte later, because a bad frame can hide the start of a good one.
    """

    def __init__(
        self, first: bytes, end: FrameEnd, parse: Callable[[bytes], Found | BadFrame]
    ) -> None:
        self._first = first
        self._end = end
        self._parse = parse
        self._buffer = b""

    def feed(self, data: bytes) -> list[Found | BadFrame]:
        """Take the next bytes; return the frames, good and bad, that they completed."""
        buffer = self._buffer + data
        found: list[Found | BadFrame] = []
        start = buffer.find(self._first)
        while start >= 0 and (end := self._end(buffer, start)) is not None:
            item = self._parse(buffer[start:end])
            found.append(item)
            start = buffer.find(self._first, start + 1 if isinstance(item, BadFrame) else end)
        self._buffer = buffer[start:] if start >= 0 else b""
        return found
