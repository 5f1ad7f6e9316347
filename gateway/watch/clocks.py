"""Whether lanes' clocks are right, by the time that each says it is.

A lane's `state` names its own time. One that waited at a broker is older than the clock it came
from, by an amount that shrinks from one to the next while they come in. A clock that is wrong is
off by the same again and again.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Connection

from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, open_alarm, resolve_alarms
from gateway.records.hints import Hint
from gateway.records.lane_reports import LaneKey
from gateway.records.tables import alarms
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes

ALIKE_MS: Final = 60_000
"""By how much one wrong clock may seem to change between two looks."""

_REGISTERED: Final = select(lanes.c.yard_id, lanes.c.id).where(IS_ACTIVE)
_OPEN: Final = select(alarms.c.yard_id, alarms.c.lane_id).where(
    alarms.c.kind == AlarmKind.CLOCK_OFF, alarms.c.resolved_ms.is_(None)
)


class Clocks:
    """Filled from any thread; of a lane only what it said last counts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._said_ms: dict[LaneKey, int] = {}
        self._off_ms: dict[LaneKey, int] = {}
        """At the last look."""

    def say(self, lane: LaneKey, at_ms: int) -> None:
        """Note what a lane says that the time is."""
        with self._lock:
            self._said_ms[lane] = at_ms

    def look(self, now_ms: int) -> dict[LaneKey, int]:
        """Return by how much each lane's clock is ahead, in ms: about right, or said so twice."""
        with self._lock:
            said, self._said_ms = self._said_ms, {}
        before = self._off_ms
        self._off_ms = {lane: at_ms - now_ms for lane, at_ms in said.items()}
        return {
            lane: off_ms
            for lane, off_ms in self._off_ms.items()
            if min(abs(off_ms), abs(off_ms - before.get(lane, 0))) <= ALIKE_MS
        }


def follow_clocks(
    connection: Connection, ahead_ms: Mapping[LaneKey, int], off_max_ms: int, now_ms: int
) -> tuple[Hint, ...]:
    """Open and close the alarms of clocks by what lanes say the time is now."""
    off = {lane: ms for lane, ms in ahead_ms.items() if abs(ms) > off_max_ms}
    known = {(row.yard_id, row.lane_id) for row in connection.execute(_OPEN)}
    if not (known or off):
        return ()
    registered = {(row.yard_id, row.id) for row in connection.execute(_REGISTERED)}
    right = known & (set(ahead_ms) - set(off) | known - registered)
    over = [Alarm(AlarmKind.CLOCK_OFF, "", *lane) for lane in sorted(right)]
    hints = list(resolve_alarms(connection, over, now_ms) if over else ())
    for lane in sorted((registered & set(off)) - known):
        alarm = Alarm(AlarmKind.CLOCK_OFF, f"{off[lane] / 1000:+.0f} s", *lane)
        opened = open_alarm(connection, alarm, now_ms)
        hints.extend(() if opened is None else (opened,))
    return tuple(hints)
