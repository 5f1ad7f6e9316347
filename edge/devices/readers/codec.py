"""What every reader protocol is made of: a decoder and its encoder under the same options."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from edge.devices.framing import Counts, Cutter
from edge.devices.readings import BadFrame, TagSeen, WrongLine

Check = Literal["none", "xor", "sum8", "crc16", "parity"]
Tags = tuple[TagSeen, ...]
"""What one frame reports: several tags, one, or that there is none."""

TAG_BYTES_MIN: Final = 2
TAG_BYTES_MAX: Final = 32
"""Limits of a number that the lane's records have room for: 256 bits."""

TagBytes = Annotated[int, Field(ge=TAG_BYTES_MIN, le=TAG_BYTES_MAX)] | None
"""Option of every reader: only the last so many bytes of a number are the tag, so that one card is
one tag at readers that send more of it and at readers that send less."""

_BLANK: Final = frozenset({"0", "F"})


class ReaderCodec(ABC):
    """One protocol with its options. Keyword arguments of `__init__` are the options."""

    check: Check = "none"
    """What guards a frame against damaged bytes, under these options; where they leave it open,
    what guarded the frame that was believed last."""

    several: ClassVar[bool] = False
    """Whether the reader's range is long enough for the tags of several trucks."""

    request: bytes = b""
    """Request for the tags in the reader's field; empty if the reader sends by itself."""

    tail: ClassVar[bytes] = b""
    """What a capture may lack at its end although the line before it is whole."""

    def __init__(self, cutter: Cutter[Tags], tag_bytes: TagBytes = None) -> None:
        self._cutter = cutter
        self._tag_bytes = tag_bytes

    @property
    def counts(self) -> Counts:
        """What became of the bytes so far."""
        return self._cutter.counts

    def feed(self, data: bytes) -> list[TagSeen | BadFrame | WrongLine]:
        """Take the next bytes, in pieces of any size; return all that they completed."""
        found: list[TagSeen | BadFrame | WrongLine] = []
        for item in self._cutter.feed(data):
            if isinstance(item, tuple):
                found += self._cards(item)
            else:
                found.append(item)
        return found

    def message(self, payload: bytes) -> list[TagSeen | BadFrame | WrongLine]:
        """Take one message of a transport that keeps messages apart, such as MQTT."""
        return self.feed(payload)

    def finish(self) -> list[TagSeen | BadFrame | WrongLine]:
        """Say that nothing follows; return the line that waited only for its `tail`."""
        if not self.tail:
            return []
        self.counts.total_bytes -= len(self.tail)
        return self.feed(self.tail)

    @abstractmethod
    def encode(self, tag: TagSeen) -> bytes:
        """Return the frame with which a reader reports `tag`; ValueError if it cannot be sent."""

    def _cards(self, tags: Iterable[TagSeen]) -> Iterator[TagSeen | BadFrame]:
        """Shorten numbers to `tag_bytes`; a number that no card has is a bad frame."""
        for one in tags:
            number = one.tag if self._tag_bytes is None else one.tag[-2 * self._tag_bytes :]
            if not is_blank(number):
                yield replace(one, tag=number)
                continue
            self.counts.good_frames -= 1
            self.counts.bad_frames += 1
            yield BadFrame(f"no card: all {number[0]}", bytes.fromhex(one.tag))


def is_blank(tag: str) -> bool:
    """Tell whether a tag is all 0 or all F, as noise, an empty field or an unwritten tag reads."""
    return len({*tag}) == 1 and tag[0] in _BLANK


def number_of(tag: TagSeen, *lengths: int) -> bytes:
    """Return the bytes of a card's number; ValueError unless it has one of these lengths."""
    number = bytes.fromhex(tag.tag)
    if len(number) not in lengths:
        raise ValueError(f"tag {tag.tag!r} has {len(number)} bytes, not {lengths}")
    if is_blank(tag.tag):
        raise ValueError(f"tag {tag.tag!r} is no card")
    return number
