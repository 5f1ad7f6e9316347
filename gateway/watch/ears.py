"""Which lanes gave a sign of life since the last look."""

from threading import Lock
from typing import Final

from gateway.watch.clocks import Clocks

LaneName = tuple[str, str]
"""Yard and lane."""

NAMES_MAX: Final = 20_000
"""Heard between two looks; whoever invents more names is not kept."""


class Ears:
    """Filled from any thread; holds names, and what their clocks say."""

    def __init__(self) -> None:
        self.clocks: Final = Clocks()
        self._lock = Lock()
        self._heard: set[LaneName] = set()

    def hear(self, yard: str, lane: str, at_ms: int | None = None) -> None:
        """Note that something came from a lane just now, and the time that it says it is."""
        with self._lock:
            if len(self._heard) >= NAMES_MAX:
                return
            self._heard.add((yard, lane))
        if at_ms is not None:
            self.clocks.say((yard, lane), at_ms)

    def take(self) -> set[LaneName]:
        """Return who was heard since the last time."""
        with self._lock:
            heard, self._heard = self._heard, set()
        return heard
