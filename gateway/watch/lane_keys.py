"""Which lanes believe another key than this gateway's: they hear it and do as if it were away.

A lane's `state` names the key by which it knows the gateway. It is unsigned, so it is only told on:
nothing is decided by it.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Connection

from edge.messages import LaneState
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, open_alarm, resolve_alarms
from gateway.records.hints import Hint
from gateway.records.tables import alarms
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes
from gateway.watch.ears import NAMES_MAX, LaneName

_REGISTERED: Final = select(lanes.c.yard_id, lanes.c.id).where(IS_ACTIVE)
_OPEN: Final = select(alarms.c.yard_id, alarms.c.lane_id).where(
    alarms.c.kind == AlarmKind.GATEWAY_KEY_WRONG, alarms.c.resolved_ms.is_(None)
)


class Believed(NamedTuple):
    key_id: str
    unopened: int
    """Messages from a gateway that the lane could not open since it started."""


class LaneKeys:
    """Filled from any thread; of a lane only what it said last counts."""

    def __init__(self, own_id: str) -> None:
        """Compare with the short name of this gateway's own key."""
        self.own_id = own_id
        self._lock = Lock()
        self._said: dict[LaneName, Believed] = {}

    def say(self, lane: LaneName, state: LaneState) -> None:
        """Note what a lane says; a last will, and a box of an earlier version, do not say it."""
        if not state.gateway_key_id:
            return
        with self._lock:
            if lane in self._said or len(self._said) < NAMES_MAX:
                self._said[lane] = Believed(state.gateway_key_id, state.unopened)

    def take(self) -> dict[LaneName, Believed]:
        """Return what was said since the last time."""
        with self._lock:
            said, self._said = self._said, {}
        return said


def follow_keys(
    connection: Connection, own_id: str, said: Mapping[LaneName, Believed], now_ms: int
) -> tuple[Hint, ...]:
    """Open the alarm of each lane that believes another key, and close it once it is right."""
    wrong = {lane: one for lane, one in said.items() if one.key_id != own_id}
    known = {(row.yard_id, row.lane_id) for row in connection.execute(_OPEN)}
    if not (known or wrong):
        return ()
    registered = {(row.yard_id, row.id) for row in connection.execute(_REGISTERED)}
    right = sorted(known & (set(said) - set(wrong) | known - registered))
    over = [Alarm(AlarmKind.GATEWAY_KEY_WRONG, "", *lane) for lane in right]
    hints = list(resolve_alarms(connection, over, now_ms) if over else ())
    if new := registered & set(wrong) - known:
        for lane in sorted(new):
            told = f"lane {wrong[lane].key_id}, gateway {own_id}; {wrong[lane].unopened}"
            opened = open_alarm(connection, Alarm(AlarmKind.GATEWAY_KEY_WRONG, told, *lane), now_ms)
            hints.extend(() if opened is None else (opened,))
    return tuple(hints)
