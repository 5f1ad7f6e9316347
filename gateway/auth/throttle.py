"""Limits login attempts before any password is hashed: hashing costs an attacked server dearly."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

ATTEMPTS_MAX: Final = 10
WINDOW_MS: Final = 60_000
KEYS_MAX: Final = 10_000
"""Names and addresses remembered; the one used longest ago is forgotten first."""


class Throttle:
    """Counts failed attempts per key in a sliding window. Thread-safe."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._attempts: OrderedDict[str, deque[int]] = OrderedDict()
        self._lock = threading.Lock()

    def attempt(self, key: str) -> int:
        """Count an attempt; return 0 if it may go on, else how many ms to wait."""
        now = self._now_ms()
        with self._lock:
            times = self._attempts.setdefault(key, deque())
            self._attempts.move_to_end(key)
            while times and now - times[0] >= WINDOW_MS:
                times.popleft()
            if len(times) >= ATTEMPTS_MAX:
                return times[0] + WINDOW_MS - now
            times.append(now)
            if len(self._attempts) > KEYS_MAX:
                self._attempts.popitem(last=False)
        return 0

    def forget(self, key: str) -> None:
        """Clear the count of a key that has signed in."""
        with self._lock:
            self._attempts.pop(key, None)
