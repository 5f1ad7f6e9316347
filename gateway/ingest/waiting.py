"""Records that were heard and wait to be worked on: bounded, and none of them twice.

A lane that has no receipt yet sends its oldest record again. While the first copy still waits here,
one answer does for both.
"""

import time
from collections import deque
from collections.abc import Callable
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

    def __init__(
        self,
        count_max: int = COUNT_MAX,
        bytes_max: int = BYTES_MAX,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count_max = count_max
        self._bytes_max = bytes_max
        self._monotonic_s = monotonic_s
        self._deliveries: deque[tuple[Delivery, float]] = deque()
        """Each with when it was heard."""
        self._at_hand_s: float | None = None
        """When the one was heard that is being worked on."""
        self._given_back_s: float | None = None
        """When the oldest was heard of those that the broker has to deliver again."""
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
            self._deliveries.append((delivery, self._monotonic_s()))
            self._changed.notify()
        return Put.QUEUED

    def oldest_s(self) -> float:
        """Return for how long a record has waited to be worked on, the one at hand with them.

        What was given back goes on counting until something is worked on again.
        """
        with self._changed:
            oldest_s = self._oldest_heard_s()
        return 0.0 if oldest_s is None else self._monotonic_s() - oldest_s

    def get(self, timeout_s: float) -> Delivery | None:
        """Return the message that waits longest, or None after `timeout_s` without one.

        The one before has been worked on then, unless it was given back by `clear`.
        """
        with self._changed:
            if self._at_hand_s is not None:
                self._at_hand_s = self._given_back_s = None
            if not self._changed.wait_for(lambda: self._deliveries, timeout_s):
                return None
            delivery, self._at_hand_s = self._deliveries.popleft()
            self._known.remove(delivery.envelope)
            self._bytes -= len(delivery.envelope.payload)
            if 2 * len(self._deliveries) < self._count_max and 2 * self._bytes < self._bytes_max:
                self.turned_away = 0
            return delivery

    def clear(self) -> None:
        """Forget all: the broker delivers it again."""
        with self._changed:
            self._given_back_s = self._oldest_heard_s()
            self._at_hand_s = None
            self._deliveries.clear()
            self._known.clear()
            self._bytes = self.turned_away = 0

    def _oldest_heard_s(self) -> float | None:
        first_s = self._deliveries[0][1] if self._deliveries else None
        known = (self._given_back_s, self._at_hand_s, first_s)
        return min((heard_s for heard_s in known if heard_s is not None), default=None)
