"""Records that were heard and wait to be worked on: bounded, and none of them twice.

A lane that has no receipt yet sends its oldest record again. While the first copy still waits here,
one answer does for both.
"""

from collections import deque
from enum import Enum, auto
from threading import Condition
from typing import Final

from gateway.ingest.source import Delivery
from gateway.records.envelope import Envelope

COUNT_MAX: Final = 4_000
BYTES_MAX: Final = 64 * 1024 * 1024


class Put(Enum):
    QUEUED = auto()
    KNOWN = auto()
    """The same bytes of the same lane wait already."""
    FULL = auto()


class Waiting:
    """Filled by the broker's thread, emptied by the worker's."""

    def __init__(self, count_max: int = COUNT_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._count_max = count_max
        self._bytes_max = bytes_max
        self._deliveries: deque[Delivery] = deque()
        self._known: set[Envelope] = set()
        self._bytes = 0
        self._changed = Condition()
        self.turned_away = 0
        """Messages that found no room, since half of it was last free."""

    def __len__(self) -> int:
        with self._changed:
            return len(self._deliveries)

    def put(self, delivery: Delivery) -> Put:
        """Queue a message, if it is new and there is room for it."""
        envelope = delivery.envelope
        with self._changed:
            if envelope in self._known:
                return Put.KNOWN
            size = self._bytes + len(envelope.payload)
            if len(self._deliveries) >= self._count_max or size > self._bytes_max:
                self.turned_away += 1
                return Put.FULL
            self._bytes = size
            self._known.add(envelope)
            self._deliveries.append(delivery)
            self._changed.notify()
        return Put.QUEUED

    def get(self, timeout_s: float) -> Delivery | None:
        """Return the message that waits longest, or None after `timeout_s` without one."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._deliveries, timeout_s):
                return None
            delivery = self._deliveries.popleft()
            self._known.remove(delivery.envelope)
            self._bytes -= len(delivery.envelope.payload)
            if 2 * len(self._deliveries) < self._count_max and 2 * self._bytes < self._bytes_max:
                self.turned_away = 0
            return delivery

    def clear(self) -> None:
        with self._changed:
            self._deliveries.clear()
            self._known.clear()
            self._bytes = self.turned_away = 0
