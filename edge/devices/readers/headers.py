"""Cuts binary frames that say their own length. Knows no protocol.

The bytes that could start a frame may be inside it, so a frame is taken as long as its header
says, and never searched for an end. What has no header of the protocol's form is skipped in
silence.
"""

import re
from collections.abc import Callable

from edge.devices.framing import Counts
from edge.devices.readers.codec import Tags
from edge.devices.readings import BadFrame, WrongLine


class HeaderCutter:
    """Finds frames by their header, in pieces of any size.

    After a bad frame it goes on one byte later, because a bad frame can hide the start of a good
    one. A header whose frame is not whole yet holds up nothing: a torn frame's header may promise
    more than will ever come, so a whole and valid frame behind it is taken in its place.
    """

    def __init__(
        self,
        header: re.Pattern[bytes],
        header_bytes: int,
        length: Callable[[bytes], int],
        parse: Callable[[bytes], Tags | BadFrame],
    ) -> None:
        """`length` turns the header, which has `header_bytes` bytes, into the frame's length."""
        self.counts = Counts()
        self._header = header
        self._header_bytes = header_bytes
        self._length = length
        self._parse = parse
        self._buffer = b""

    def feed(self, data: bytes) -> list[Tags | BadFrame | WrongLine]:
        """Take the next bytes; return the frames, good and bad, that they completed."""
        self.counts.total_bytes += len(data)
        buffer = self._buffer + data
        found: list[Tags | BadFrame | WrongLine] = []
        at, waiting = 0, None
        while match := self._header.search(buffer, at):
            at = match.start() + 1
            end = match.start() + self._length(match[0])
            if end > len(buffer):
                waiting = match.start() if waiting is None else waiting
                continue
            item = self._parse(buffer[match.start() : end])
            if not isinstance(item, BadFrame):
                at, waiting = end, None
            if waiting is None:
                found.append(item)
                self.counts.add(item, end - match.start())
        tail = max(at, len(buffer) - self._header_bytes + 1)
        self._buffer = buffer[tail if waiting is None else waiting :]
        return found
