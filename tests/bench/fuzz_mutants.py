"""Planted bugs: decoders with one fault each, which the fuzzer must find to be believed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Protocol

from edge.devices.readings import BadFrame, Reading, TagSeen
from tests.bench.fuzz_guards import Guard

Make = Callable[[], "Decoder"]


class Law(StrEnum):
    """What must be true of every stream."""

    NEVER_RAISES = "nothing is raised"
    IN_PIECES = "a stream in pieces says what the whole says"
    LITTLE_HELD = "little is held"
    ALL_READ = "good frames are all read"
    REALLY_THERE = "nothing comes from nowhere"


class Decoder(Protocol):
    """A scale's or a reader's codec, as far as the fuzzer uses it."""

    def feed(self, data: bytes) -> list[Any]: ...


class SignLost:
    """Reads a negative weight without its sign, and a tag without its first bit."""

    def __init__(self, make: Make, _: Guard | None) -> None:
        self._inner = make()

    def feed(self, data: bytes) -> list[Any]:
        return [_without_sign(one) for one in self._inner.feed(data)]


class ChecksumIgnored:
    """Believes a frame whose checksum is wrong."""

    def __init__(self, make: Make, guard: Guard | None) -> None:
        self._make, self._inner, self._guard = make, make(), guard

    def feed(self, data: bytes) -> list[Any]:
        found = []
        for one in self._inner.feed(data):
            found += self._believed(one.raw) if isinstance(one, BadFrame) else [one]
        return found

    def _believed(self, raw: bytes) -> list[Any]:
        return self._make().feed(self._guard.seal(raw)) if self._guard else []


class EndForgotten:
    """Forgets what it holds when a piece is a single byte after a longer one."""

    def __init__(self, make: Make, _: Guard | None) -> None:
        self._make, self._inner, self._length = make, make(), 0

    def feed(self, data: bytes) -> list[Any]:
        if len(data) == 1 < self._length:
            self._inner = self._make()
        self._length = len(data)
        return self._inner.feed(data)


class BufferWithoutLimit:
    """Keeps everything that it was ever given."""

    def __init__(self, make: Make, _: Guard | None) -> None:
        self._inner, self._kept = make(), b""

    def feed(self, data: bytes) -> list[Any]:
        self._kept += data
        return self._inner.feed(data)


class RaisesOnRubbish:
    """Ends the thread that reads the port when a byte is no text."""

    def __init__(self, make: Make, _: Guard | None) -> None:
        self._inner = make()

    def feed(self, data: bytes) -> list[Any]:
        if b"\xff\xfe" in data:
            raise UnicodeDecodeError("ascii", data, data.index(b"\xff"), len(data), "no text")
        return self._inner.feed(data)


def _without_sign(one: object) -> object:
    if isinstance(one, Reading) and one.weight is not None:
        return replace(one, weight=abs(one.weight))
    if isinstance(one, TagSeen):
        return replace(one, tag=f"{int(one.tag[0], 16) & 7:X}{one.tag[1:]}")
    return one


@dataclass(frozen=True, slots=True)
class Plant:
    """A planted bug, and which laws it breaks: to break another is not to be found."""

    make: Callable[[Make, Guard | None], Decoder]
    laws: frozenset[Law]


PLANTED: Final[Mapping[str, Plant]] = {
    "sign lost": Plant(SignLost, frozenset({Law.ALL_READ, Law.REALLY_THERE})),
    "checksum ignored": Plant(ChecksumIgnored, frozenset({Law.REALLY_THERE})),
    "end forgotten": Plant(EndForgotten, frozenset({Law.IN_PIECES})),
    "buffer without limit": Plant(BufferWithoutLimit, frozenset({Law.LITTLE_HELD})),
    "raises on rubbish": Plant(RaisesOnRubbish, frozenset({Law.NEVER_RAISES})),
}
