"""The two times of a lane: *at*, when a thing came, and *now*, when the lane gets round to it.

They differ only while the lane has fallen behind. A worn SD card holds up one commit for seconds;
what comes meanwhile waits in the queue, and is taken as if the time were still that of its coming::

    clock     0 s      1 s      2 s      3 s            8 s
    comes     card     frame    answer   frame
    lane      [------ puts the arrival on record ------][frame][answer][frame]
    at        0                                          1      2       8: nothing waits any more
    now       0                                          8      8       8

- *at* judges the world: ages of answers, plateaus, `Lane.since_ms`, the times in records. By *now*
  every device would have been silent for seconds.
- *now* judges what the lane does: timers start, commands expire, barriers get their seconds to
  move, and records are sent again by *now*.
- Timers fall due by *at*, and stand still while the lane writes: each is made later by that time.
  Here the gateway's 5 s to answer end at 13 s, not at 5 s. Otherwise the lane would decide alone
  although the answer is in its queue.

`LaneContext` hands both times to the rows of the table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from edge.lane.signals import Instant, Signal
from edge.lane.state import Lane, postponed
from edge.ports import Clock


class LaneClock:
    """Tells a lane's two times, and keeps its timers fair."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken_ms = clock.now().mono_ms
        self._still_ms = 0

    def now(self) -> Instant:
        """Return *now*."""
        return self._clock.now()

    @property
    def now_ms(self) -> int:
        """*Now* in milliseconds of the monotonic clock."""
        return self._clock.now().mono_ms

    def moment(self, signal: Signal | None, *, more: bool) -> Instant:
        """Return *at* for a signal; `more` says that others wait behind it."""
        at = self._clock.now()
        if signal is not None and more:
            late_ms = max(0, at.mono_ms - max(signal.mono_ms, self._taken_ms))
            at = replace(
                at, mono_ms=at.mono_ms - late_ms, utc=at.utc - timedelta(milliseconds=late_ms)
            )
        self._taken_ms = at.mono_ms
        return at

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Measure a time in which the lane can do nothing."""
        began_ms = self.now_ms
        try:
            yield
        finally:
            self._still_ms += self.now_ms - began_ms

    def postponed(self, lane: Lane) -> Lane:
        """Return the lane with its timers later by the time it stood still since the last call."""
        if self._still_ms:
            lane, self._still_ms = postponed(lane, self._still_ms), 0
        return lane
