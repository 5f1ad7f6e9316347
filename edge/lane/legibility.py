"""Whether a reader's cards can be read: a reader may be silent, but what it sends must be cards.

Wrong line settings, another protocol or noise look the same to the driver: he shows his card, and
nothing happens. One frame that a truck's ignition disturbed is no fault.
"""

from collections import deque
from typing import Final

ATTEMPTS: Final = 5
WITHIN_MS: Final = 60_000
"""So many unreadable attempts in this time, and no card among them, are a fault."""
APART_MS: Final = 1_000
"""What comes closer together is one attempt: a card that is held before the reader."""
OVER_MS: Final = 3_600_000
"""After so long without another the fault is over, though no card has shown it."""


class Legibility:
    """Follows one reader."""

    def __init__(self) -> None:
        self._attempts_ms: deque[int] = deque(maxlen=ATTEMPTS)
        self._last_ms = 0
        self.detail = ""
        """What is wrong with what it sends; empty while it is read."""
        self._is_wrong = False

    def read(self) -> None:
        """Take note of a card: whatever there was is over."""
        self._attempts_ms.clear()
        self._is_wrong = False
        self.detail = ""

    def failed(self, reason: str, now_ms: int) -> None:
        """Take note of what is no card."""
        if not self._attempts_ms or now_ms - self._last_ms >= APART_MS:
            self._attempts_ms.append(now_ms)
        self._last_ms = now_ms
        self.detail = reason
        is_full = len(self._attempts_ms) == ATTEMPTS
        self._is_wrong |= is_full and now_ms - self._attempts_ms[0] <= WITHIN_MS

    def is_wrong(self, now_ms: int) -> bool:
        """Tell whether its cards cannot be read."""
        if self._attempts_ms and now_ms - self._last_ms > OVER_MS:
            self.read()
        return self._is_wrong
