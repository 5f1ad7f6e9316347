"""The latest weights of one scale that agree within one division.

The occurrences of each weight are counted while frames come and go. Weights that agree within a
division are few, so the spread and the middle of hundreds of frames are found without looking at
them all, at 50 frames a second as at 10.
"""

from bisect import insort
from collections import deque
from typing import Final

KEPT_MS: Final = 5_000
KEPT_FRAMES: Final = 500
"""Limits of the window; the rules ask for less than that."""


class Window:
    """Frames, oldest first; `add` drops those that no longer belong with the newest."""

    def __init__(self, spread_kg_max: int) -> None:
        self._spread_kg_max = spread_kg_max
        self._frames: deque[tuple[int, int]] = deque()
        self._counts: dict[int, int] = {}
        self._weights: list[int] = []
        """The weights that occur, each once, lightest first."""

    @property
    def newest_ms(self) -> int | None:
        """When the last frame came; None while there is none."""
        return self._frames[-1][0] if self._frames else None

    def add(self, kg: int, now_ms: int) -> None:
        """Take a frame that came now."""
        if len(self._frames) == KEPT_FRAMES:
            self._drop_oldest()
        self._frames.append((now_ms, kg))
        if kg not in self._counts:
            self._counts[kg] = 0
            insort(self._weights, kg)
        self._counts[kg] += 1
        oldest_ms = now_ms - KEPT_MS
        while (
            self._weights[-1] - self._weights[0] > self._spread_kg_max
            or self._frames[0][0] < oldest_ms
        ):
            self._drop_oldest()

    def clear(self) -> None:
        """Forget every frame."""
        self._frames.clear()
        self._counts.clear()
        self._weights.clear()

    def since(self, since_ms: int) -> "Window":
        """Return the frames from `since_ms` on: this window itself where that is all of them."""
        if not self._frames or self._frames[0][0] >= since_ms:
            return self
        later = Window(self._spread_kg_max)
        for at, kg in self._frames:
            if at >= since_ms:
                later.add(kg, at)
        return later

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def span_ms(self) -> int:
        """Time from the oldest frame to the newest; 0 while there is none."""
        return self._frames[-1][0] - self._frames[0][0] if self._frames else 0

    @property
    def middle_kg(self) -> int:
        """The weight in the middle of all, the lighter of two; IndexError while there is none."""
        rank = (len(self._frames) - 1) // 2
        at = 0
        while rank >= (count := self._counts[self._weights[at]]):
            rank -= count
            at += 1
        return self._weights[at]

    def _drop_oldest(self) -> None:
        _, kg = self._frames.popleft()
        self._counts[kg] -= 1
        if not self._counts[kg]:
            del self._counts[kg]
            self._weights.remove(kg)
