"""Cuts a byte stream into frames. Knows no protocol: a protocol says where a frame ends.

`FrameCutter` is for frames that open with a start byte, `PatternCutter` for lines of text that
open with nothing in particular. Both skip in silence what lies between frames: data radios put
text of their own before each frame. What was skipped is counted.

Text that comes with a parity bit is read all the same, and reported: see `edge.devices.parity`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from edge.devices.parity import SEVEN_BITS, parity_setting
from edge.devices.readings import BadFrame, WrongLine

Found = TypeVar("Found")
FrameEnd = Callable[[bytes, int], int | None]
"""(buffer, start) -> index behind the frame, or None while more bytes are needed.

It must give an answer for every start once the longest frame's length is there: that is what
bounds the buffer.
"""

CONTEXT_BYTES: Final = 32
"""As far back as a pattern can look from the start of a match."""

UNKNOWN_FORM: Final = "of no form that this protocol has"
"""Why something is bad that looks like a frame only by where it begins and ends."""

STX: Final = b"\x02"
ETX: Final = b"\x03"


@dataclass(slots=True)
class Counts:
    """What became of the bytes so far: how much of a line is understood."""

    good_frames: int = 0
    good_bytes: int = 0
    bad_frames: int = 0
    total_bytes: int = 0

    def add(self, item: object, length: int) -> None:
        """Count a frame of `length` bytes, good or bad."""
        if isinstance(item, BadFrame):
            self.bad_frames += 1
        else:
            self.good_frames += 1
            self.good_bytes += length

    def recant(self, length: int) -> None:
        """Count as bad what was counted as good: its neighbours contradict it."""
        self.good_frames -= 1
        self.good_bytes -= length
        self.bad_frames += 1


class Cutter(Protocol[Found]):
    """Bytes in, frames out."""

    @property
    def counts(self) -> Counts: ...
    def feed(self, data: bytes) -> list[Found | BadFrame | WrongLine]:
        """Take the next bytes, in pieces of any size; return all that they completed."""


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


def lines_without(pattern: re.Pattern[bytes], length_max: int) -> bytes:
    """Return what is near to a protocol of lines: a line with a digit in which `pattern` is not."""
    inside = re.sub(rb"\?P<[a-z]+>", b"", pattern.pattern)
    return rb"(?<![^\r\n])(?=[^0-9\r\n]{0,%d}[0-9])(?![ -~]{0,%d}(?:%b))[ -~]{4,%d}[\r\n]" % (
        *(length_max, length_max, inside, length_max - 1),
    )


class ParityWatch:
    """Judges the parity bits of text frames, and says a new verdict once."""

    def __init__(self) -> None:
        self._told: str | None = None

    def check(self, raw: bytes, item: Found | BadFrame) -> list[Found | BadFrame | WrongLine]:
        if raw.isascii() or isinstance(item, BadFrame):
            return [item]
        setting = parity_setting(raw)
        if setting is None:
            return [BadFrame("parity", raw)]
        if setting == self._told:
            return [item]
        self._told = setting
        return [WrongLine(setting), item]


class OneForm:
    """Watches that a stream keeps to one form of frame, where a torn frame could pass for another.

    The first form is believed, and another when it comes twice in a row.
    """

    def __init__(self) -> None:
        self._believed: object = None
        self._other: object = None

    def believes(self, form: object) -> bool:
        """Take the form of the next frame (not None); return whether the frame is believed."""
        if form in {self._believed, self._other} or self._believed is None:
            self._believed = form
        self._other = form
        return form == self._believed


class FrameCutter(Generic[Found]):
    """Finds frames that open with `first`, in pieces of any size.

    After a bad frame it goes on one byte later, because a bad frame can hide the start of a good
    one. With `text` the frames are seven-bit text; `parse` is given them without parity bits.
    """

    def __init__(
        self,
        first: bytes,
        end: FrameEnd,
        parse: Callable[[bytes], Found | BadFrame],
        *,
        text: bool = False,
        binary: Callable[[bytes], int | None] | None = None,
    ) -> None:
        """`binary` finds in a frame as it came the byte of a text frame that uses all eight bits.

        `parse` is given it as it came. The frame ends by the text that it has without bit 7.
        """
        self._binary = binary
        self.counts = Counts()
        self._first = first
        self._end = end
        self._parse = parse
        self._parity = ParityWatch() if text else None
        self._buffer = b""

    def feed(self, data: bytes) -> list[Found | BadFrame | WrongLine]:
        """Take the next bytes; return the frames, good and bad, that they completed."""
        self.counts.total_bytes += len(data)
        raw = self._buffer + data
        buffer = raw if self._parity is None or raw.isascii() else raw.translate(SEVEN_BITS)
        found: list[Found | BadFrame | WrongLine] = []
        start = buffer.find(self._first)
        while start >= 0 and (end := self._end(buffer, start)) is not None:
            items = self._take(raw[start:end], buffer[start:end])
            found += items
            bad = isinstance(items[-1], BadFrame)
            start = buffer.find(self._first, start + 1 if bad else end)
        self._buffer = raw[start:] if start >= 0 else b""
        return found

    def _take(self, raw: bytes, frame: bytes) -> list[Found | BadFrame | WrongLine]:
        at = None if self._binary is None else self._binary(raw)
        if at is not None:
            frame = frame[:at] + raw[at : at + 1] + frame[at + 1 :]
            raw = raw[:at] + raw[at + 1 :]
        item = self._parse(frame)
        items: list[Found | BadFrame | WrongLine] = [item]
        if self._parity is not None:
            items = self._parity.check(raw, item)
        self.counts.add(items[-1], len(frame))
        return items


class PatternCutter(Generic[Found]):
    """Finds frames of seven-bit text by a pattern, anywhere in the stream.

    The pattern must be bounded by `length_max` bytes, and none of its matches may become another
    match when more bytes follow: it ends with a terminator or has a fixed length. After a bad frame
    it goes on behind it: the rest of a damaged number would be another number.

    `CONTEXT_BYTES` of what has passed stay before each match, for a pattern that looks behind: it
    judges a frame by the same bytes in pieces of any size.
    """

    def __init__(  # noqa: PLR0913  # each says one thing about the lines of a protocol
        self,
        pattern: re.Pattern[bytes],
        length_max: int,
        parse: Callable[["re.Match[bytes]"], Found | BadFrame],
        *,
        binary: str | None = None,
        eight_bits: bool = False,
        near: bytes | None = None,
    ) -> None:
        """`binary` names a group of the pattern whose bytes use all eight bits.

        With `eight_bits` all of them do, and no parity is looked for. `near` is the pattern of what
        looks like a frame and is none: it has a start that no frame has inside itself.
        """
        self.counts = Counts()
        self._pattern = self._search = pattern
        if near is not None:
            self._search = re.compile(b"(?:%b)|(?:%b)" % (pattern.pattern, near), pattern.flags)
        self._binary = binary
        self._eight_bits = eight_bits
        self._kept = length_max - 1
        self._parse = parse
        self._parity = ParityWatch()
        self._buffer = b""
        self._passed = 0

    def feed(self, data: bytes) -> list[Found | BadFrame | WrongLine]:
        """Take the next bytes; return the frames, good and bad, that they completed."""
        self.counts.total_bytes += len(data)
        raw = self._buffer + data
        buffer = raw if self._eight_bits or raw.isascii() else raw.translate(SEVEN_BITS)
        found: list[Found | BadFrame | WrongLine] = []
        done = self._passed
        for match in self._search.finditer(buffer, done):
            done = match.end()
            items = self._judge(raw, buffer, match)
            self.counts.add(items[-1], done - match.start())
            found += items
        done = max(done, len(raw) - self._kept)
        self._passed = min(done, CONTEXT_BYTES)
        self._buffer = raw[done - self._passed :]
        return found

    def _judge(
        self, raw: bytes, buffer: bytes, match: re.Match[bytes]
    ) -> list[Found | BadFrame | WrongLine]:
        frame = match
        if self._search is not self._pattern:
            found = self._pattern.match(buffer, match.start())
            if found is None:
                return [BadFrame(UNKNOWN_FORM, match[0])]
            frame = found
        return self._parity.check(self._text(raw, frame), self._parse(frame))

    def _text(self, raw: bytes, match: re.Match[bytes]) -> bytes:
        """Return the bytes of a match that can carry parity bits.

        A line's end is left out: it may still be missing when the match is complete.
        """
        if self._eight_bits:
            return b""
        start = match.start()
        end = start + len(match[0].rstrip(b"\r\n"))
        if self._binary is None or match[self._binary] is None:
            return raw[start:end]
        first, last = match.span(self._binary)
        return raw[start:first] + raw[last:end]
