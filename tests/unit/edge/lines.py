"""What a line does to bytes: cuts them into pieces, sets parity bits, loses some, adds others."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any, Final, Protocol

DTU: Final = b"weigh01T63866046557773"
"""Data units for mobile networks put such text before a frame."""

HELD_BYTES_MAX: Final = 1_100
"""More than the longest frame of an ordinary protocol, and next to nothing."""

SHORT: Final = 24


class Feeds(Protocol):
    """Any decoder."""

    def feed(self, data: bytes) -> Sequence[Any]: ...


def cut(line: bytes, sizes: Iterable[int]) -> list[bytes]:
    """The line in pieces of these sizes, and the rest."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(line[at : at + size])
        at += size
    return [*pieces, line[at:]]


def one_by_one(line: bytes) -> list[bytes]:
    return [line[at : at + 1] for at in range(len(line))]


def fed(codec: Feeds, pieces: Iterable[bytes]) -> list[Any]:
    """Everything that the decoder found."""
    return [found for piece in pieces for found in codec.feed(piece)]


def with_one_wrong_byte(frame: bytes) -> Iterator[bytes]:
    """The frame with each other value in each place; of long frames with some of the values."""
    random = Random(1)
    for at, right in enumerate(frame):
        near = {right ^ 1 << bit for bit in range(8)}
        chosen = range(256) if len(frame) <= SHORT else near | set(random.sample(range(256), 40))
        for byte in chosen:
            yield frame[:at] + bytes([byte]) + frame[at + 1 :]


def with_parity(line: bytes, *, odd: bool) -> bytes:
    """Seven-bit text as it arrives at a port that takes the parity bit for the eighth bit."""
    return bytes(byte | 0x80 if byte.bit_count() % 2 != odd else byte for byte in line)


def parity_shows(frame: bytes, *, odd: bool) -> bool:
    """Tell whether more than one byte of a frame has its parity bit set, line ends apart."""
    return sum(byte > 0x7F for byte in with_parity(frame.strip(b"\r\n"), odd=odd)) > 1


def rubbish(frame: bytes) -> dict[str, bytes]:
    """What is found before, between and after frames, by name."""
    half = len(frame) // 2
    return {
        "noise": b"\xff\x00garbage",
        "zeros": bytes(40),
        "high bytes": Random(1).randbytes(64).translate(bytes(b | 0x80 for b in range(256))),
        "line ends": b"\r\n\r\n",
        "a data unit's text": DTU + b" ",
        "the first half of a frame": frame[:half],
        "the second half of a frame": frame[half:],
        "a frame that lost a byte": frame[:half] + frame[half + 1 :],
        "a frame without its end": frame[:-1],
    }


TORN: Final = {"a frame that lost a byte", "a frame without its end"}
"""The rubbish that is nearly a frame."""


def held_bytes(thing: object, seen: set[int] | None = None) -> int:
    """How many bytes, characters and items an object holds on to, wherever it keeps them."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, type):
        return 0
    seen.add(id(thing))
    if isinstance(thing, bytes | bytearray | str):
        return len(thing)
    if isinstance(thing, dict):
        return sum(1 + held_bytes(value, seen) for value in thing.values())
    if isinstance(thing, list | tuple | set | deque):
        return sum(1 + held_bytes(value, seen) for value in thing)
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    inside = [getattr(thing, name) for name in slots if hasattr(thing, name)]
    return held_bytes([*getattr(thing, "__dict__", {}).values(), *inside], seen)
