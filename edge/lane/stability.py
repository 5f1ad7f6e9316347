"""When a row of frames becomes a weight.

One frame is never a weight: a checksum that does not see order lets a swapped digit through. Equal
frames alone are no weight either: a frozen indicator is perfectly stable. So a plateau must be long
enough, and a return to zero must lie between any two settled weights.
"""

from collections import deque
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from edge.config import Rules
from edge.lane.weight import Kilograms
from edge.lane.window import KEPT_FRAMES, Window

GAP_MS_MAX: Final = 1_000
"""A longer silence between two frames ends a plateau."""


@dataclass(frozen=True, slots=True)
class Plateau:
    """Frames within one division of each other: what they say, how many, over how long."""

    kg: int
    frames: int
    span_ms: int


class Stability:
    """Follows the frames of one scale."""

    def __init__(self, rules: Rules, *, e_kg: int, max_kg: int) -> None:
        self._rules = rules
        self._max_kg = max_kg
        self._zero_kg_max = rules.zero_kg_max if rules.zero_kg_max is not None else e_kg // 2
        self._good = Window(spread_kg_max=e_kg)
        self._bad: deque[int] = deque(maxlen=KEPT_FRAMES)
        self._zero_seen = False

    def feed(self, weight: Kilograms, now_ms: int) -> None:
        """Take one valid frame."""
        if not weight.usable or self._is_silent(now_ms):
            self._good.clear()
        if not weight.usable:
            return
        self._good.add(weight.kg, now_ms)
        if self.zero(now_ms) is not None:
            self._zero_seen = True

    def feed_bad(self, now_ms: int) -> None:
        """Take note of a frame that was not valid."""
        self._bad.append(now_ms)

    def interrupt(self) -> None:
        """Take note that the scale shows no weight: a plateau does not outlast that."""
        self._good.clear()

    def consume(self) -> None:
        """Use up the settled weight: the next one needs a return to zero first."""
        self._zero_seen = False

    def plateau(self, now_ms: int, since_ms: int = 0) -> Plateau | None:
        """Return the present plateau, counting only frames from `since_ms` on."""
        frames = self._good.since(since_ms)
        if not frames or self._is_silent(now_ms):
            return None
        return Plateau(frames.middle_kg, len(frames), frames.span_ms)

    def steady(self, now_ms: int, since_ms: int = 0) -> Plateau | None:
        """Return the plateau if it is long enough and the line is clean enough to believe it."""
        plateau = self.plateau(now_ms, since_ms)
        if (
            plateau is None
            or plateau.frames < self._rules.frames_min
            or plateau.span_ms < self._rules.stable_ms_min
            or self._is_noisy(plateau)
        ):
            return None
        return plateau

    def settled(self, now_ms: int, since_ms: int) -> Plateau | None:
        """Return a weight fit for trade, or None: loaded, in range, after a ramp from zero."""
        plateau = self.steady(now_ms, since_ms)
        if plateau is None or not self._zero_seen:
            return None
        return plateau if self._rules.loaded_kg_min <= plateau.kg <= self._max_kg else None

    def zero(self, now_ms: int) -> int | None:
        """Return the zero in kg if the scale stands within its zero limits now, else None."""
        plateau = self.plateau(now_ms)
        if plateau is None or plateau.frames < 2 or plateau.span_ms < self._rules.zero_ms_min:
            return None
        return plateau.kg if abs(plateau.kg) <= self._zero_kg_max else None

    def _is_silent(self, now_ms: int) -> bool:
        newest_ms = self._good.newest_ms
        return newest_ms is not None and now_ms - newest_ms > GAP_MS_MAX

    def _is_noisy(self, plateau: Plateau) -> bool:
        first_ms = (self._good.newest_ms or 0) - plateau.span_ms
        bad = sum(1 for _ in takewhile(lambda at: at >= first_ms, reversed(self._bad)))
        return 2 * bad > plateau.frames
