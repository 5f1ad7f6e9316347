"""Which lanes gave a sign of life since the last look."""

from threading import Lock
from typing import Final

LaneName = tuple[str, str]
"""Yard and lane."""

NAMES_MAX: Final = 20_000
"""Heard between two looks; whoever invents more names is not kept."""


class Ears:
    """Filled from any thread; holds names, nothing else."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._heard: set[LaneName] = set()

    def hear(self, yard: str, lane: str) -> None:
        """Note that something came from a lane just now."""
        with self._lock:
            if len(self._heard) < NAMES_MAX:
                self._heard.add((yard, lane))

    def take(self) -> set[LaneName]:
        """Return who was heard since the last time."""
        with self._lock:
            heard, self._heard = self._heard, set()
        return heard
