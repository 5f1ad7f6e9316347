"""Streams as a bad line delivers them, built out of frames that the encoders made.

A stream is drawn in microseconds, so that a million small ones take minutes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.bench.fuzz_guards import Guard, Shape
from tests.unit.edge.lines import DTU, with_parity
from tests.unit.edge.shown import Chance, Shown
from tests.unit.edge.shown_tags import ShownTags

FRAMES: Final = 300
"""Drawn beforehand for each set of options."""

PARTS_MAX: Final = 2
"""Enough for one part to spoil the next; more would only cost executions."""
BYTES_MAX: Final = 100
FLOOD_BYTES: Final = 300
"""More than a decoder may hold."""
INTACT: Final = 0.25
"""Share of streams that hold nothing but good frames, all of which must be read."""

FLOOD: Final = 0.0008
"""Share of streams with more bytes than any frame has."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What one protocol sends under one set of options."""

    shown: Shown | ShownTags
    sent: tuple[tuple[bytes, Any], ...]
    """Frames with what they say."""
    guard: Guard | None
    shape: Shape


Sent = tuple[tuple[bytes, Any], ...]


def drawn_frames(shown: Shown | ShownTags, seed: int) -> Sent:
    """Draw readings and encode them."""
    pick, codec = Chance(Random(seed)), shown.codec()
    said: list[Any] = [shown.pick(pick) for _ in range(FRAMES)]
    if isinstance(shown, Shown):
        said += shown.samples()
    return tuple((codec.encode(one), one) for one in said)


class Streams:
    """Draws streams for all sets of options of one protocol."""

    def __init__(self, families: Sequence[Frames], random: Random) -> None:
        self._families = families
        self._random = random
        self.intact: tuple[bytes, list[Any]] | None = None
        """The stream drawn last, with everything that it says, if it is all good frames."""
        self._damages: tuple[Callable[[bytes, Frames], bytes], ...] = (
            self._wrong_byte,
            self._wrong_bit,
            self._two_wrong_bytes,
            self._wrong_end,
            self._swapped,
            self._truncated,
            self._beheaded,
            self._gap,
            self._spliced,
            self._noise,
            self._prefixed,
            self._parity,
            self._resealed,
            self._doubled_byte,
        )

    def draw(self) -> bytes:
        """One input: which options, how it is cut into pieces, and the stream."""
        random = self._random.random
        which = int(random() * len(self._families))
        frames = self._families[which]
        head = bytes((which, int(random() * 256)))
        self.intact = None
        if random() < INTACT:
            return head + self._all_good(frames)
        parts = [self._part(frames) for _ in range(1 + int(random() * PARTS_MAX))]
        if random() < FLOOD:
            parts.append(self._flood(frames))
        return head + b"".join(parts)

    def insert(self, known: bytes) -> bytes:
        """Put one more part into an input that is known already."""
        self.intact = None
        if len(known) < 2:
            return self.draw()
        frames = self._families[known[0] % len(self._families)]
        at = 2 + self._below(len(known) - 1)
        keep = known[at + self._below(8) :] if self._random.random() < 0.5 else known[at:]
        return (known[:at] + self._part(frames) + keep)[:BYTES_MAX]

    def _below(self, count: int) -> int:
        return int(self._random.random() * count)

    def _frame(self, frames: Frames) -> bytes:
        return frames.sent[self._below(len(frames.sent))][0]

    def _all_good(self, frames: Frames) -> bytes:
        chosen = [frames.sent[self._below(len(frames.sent))] for _ in range(1 + self._below(3))]
        stream = b"".join(frame for frame, _ in chosen)
        self.intact = (stream, [said for _, said in chosen])
        return stream

    def _part(self, frames: Frames) -> bytes:
        frame = self._frame(frames)
        choice = self._below(len(self._damages) + 5)
        return frame if choice >= len(self._damages) else self._damages[choice](frame, frames)

    def _flood(self, frames: Frames) -> bytes:
        frame, size = self._frame(frames), FLOOD_BYTES + frames.shown.held
        kind = self._below(3)
        if kind == 0:
            return frame[:1] * size
        return frame[:-1] * (size // len(frame)) if kind == 1 else self._bytes(size)

    def _bytes(self, count: int) -> bytes:
        return self._random.getrandbits(8 * count).to_bytes(count) if count else b""

    def _wrong_byte(self, frame: bytes, _: Frames) -> bytes:
        at = self._below(len(frame))
        return frame[:at] + bytes((self._below(256),)) + frame[at + 1 :]

    def _wrong_bit(self, frame: bytes, _: Frames) -> bytes:
        at = self._below(len(frame))
        return frame[:at] + bytes((frame[at] ^ (1 << self._below(8)),)) + frame[at + 1 :]

    def _two_wrong_bytes(self, frame: bytes, frames: Frames) -> bytes:
        return self._wrong_bit(self._wrong_byte(frame, frames), frames)

    def _wrong_end(self, frame: bytes, _: Frames) -> bytes:
        at = max(0, len(frame) - 1 - self._below(5))
        return frame[:at] + bytes((self._below(256),)) + frame[at + 1 :]

    def _swapped(self, frame: bytes, _: Frames) -> bytes:
        at = self._below(len(frame) - 1)
        return frame[:at] + frame[at + 1 : at + 2] + frame[at : at + 1] + frame[at + 2 :]

    def _truncated(self, frame: bytes, _: Frames) -> bytes:
        return frame[: self._below(len(frame))]

    def _beheaded(self, frame: bytes, _: Frames) -> bytes:
        return frame[self._below(len(frame)) :]

    def _gap(self, frame: bytes, _: Frames) -> bytes:
        at = self._below(len(frame))
        return frame[:at] + frame[at + 1 + self._below(4) :]

    def _spliced(self, frame: bytes, frames: Frames) -> bytes:
        at = self._below(len(frame))
        return frame[:at] + self._frame(frames)[at:]

    def _noise(self, _: bytes, __: Frames) -> bytes:
        noise = self._bytes(1 + self._below(20))
        return b"\xff\xfe" + noise if self._random.random() < 0.1 else noise

    def _prefixed(self, frame: bytes, _: Frames) -> bytes:
        return DTU + frame

    def _parity(self, frame: bytes, _: Frames) -> bytes:
        return with_parity(frame, odd=self._random.random() < 0.5)

    def _resealed(self, frame: bytes, frames: Frames) -> bytes:
        damaged = self._wrong_byte(frame, frames)
        return (frames.guard.seal(damaged) or damaged) if frames.guard else damaged

    def _doubled_byte(self, frame: bytes, _: Frames) -> bytes:
        at = self._below(len(frame))
        return frame[: at + 1] + frame[at:]
