"""Counts attempts per key in a sliding window."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

KEYS_MAX: Final = 10_000
"""Keys remembered; the one used longest ago is forgotten first."""


class Throttle:
    """Lets each key try `attempts_max` times in any `window_ms`. Thread-safe."""

    def __init__(self, now_ms: Callable[[], int], attempts_max: int, window_ms: int) -> None:
        self._now_ms = now_ms
        self._attempts_max = attempts_max
        self._window_ms = window_ms
        self._attempts: OrderedDict[str, deque[int]] = OrderedDict()
        self._lock = threading.Lock()

    def attempt(self, key: str) -> int:
        """Count an attempt; return 0 if it may go on, else how many ms to wait."""
        now = self._now_ms()
        with self._lock:
            times = self._attempts.setdefault(key, deque())
            self._attempts.move_to_end(key)
            while times and now - times[0] >= self._window_ms:
                times.popleft()
            if len(times) >= self._attempts_max:
                return times[0] + self._window_ms - now
            times.append(now)
            if len(self._attempts) > KEYS_MAX:
                self._attempts.popitem(last=False)
        return 0

    def take_back(self, key: str) -> None:
        """Do not count the last attempt of a key."""
        with self._lock:
            times = self._attempts.get(key)
            if times:
                times.pop()

    def forget(self, key: str) -> None:
        """Clear the count of a key."""
        with self._lock:
            self._attempts.pop(key, None)
