"""Lanes that are silent, and lanes that were unknown until somebody registered them."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.engine import Connection

from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, open_alarm, resolve_alarms
from gateway.records.hints import Hint
from gateway.records.tables import alarms, lanes_heard
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes
from gateway.watch.ears import LaneName
from taigan.sql import insert_if_absent

_LANES: Final = (
    select(
        lanes.c.yard_id,
        lanes.c.id,
        lanes.c.created_ms,
        lanes.c.status,
        lanes_heard.c.heard_ms,
        lanes_heard.c.called_ms,
    )
    .join(
        lanes_heard,
        (lanes_heard.c.yard_id == lanes.c.yard_id) & (lanes_heard.c.lane_id == lanes.c.id),
        isouter=True,
    )
    .order_by(
        lanes.c.yard_id, lanes.c.id
    )  # one order for all gateways, so that none wait in a ring
)
_KNOW: Final = insert_if_absent(lanes_heard)
_OF_LANE: Final = (
    lanes_heard.c.yard_id == bindparam("b_yard"),
    lanes_heard.c.lane_id == bindparam("b_lane"),
)
_HEARD: Final = (
    update(lanes_heard).where(*_OF_LANE).values(heard_ms=bindparam("b_now_ms"), called_ms=None)
)
_SET_BACK: Final = update(lanes_heard).where(*_OF_LANE).values(heard_ms=bindparam("b_now_ms"))
_CALL_OFF: Final = update(lanes_heard).where(*_OF_LANE).values(called_ms=None)
_CALL: Final = (
    update(lanes_heard)
    .where(
        *_OF_LANE,
        lanes_heard.c.called_ms.is_(None),
        lanes_heard.c.heard_ms.is_not_distinct_from(bindparam("b_heard_ms")),
    )
    .values(called_ms=bindparam("b_now_ms"))
)
_UNKNOWN: Final = (
    select(alarms.c.subject)
    .join(lanes, alarms.c.subject == lanes.c.yard_id + "/" + lanes.c.id)
    .where(alarms.c.kind == AlarmKind.LANE_UNKNOWN, alarms.c.resolved_ms.is_(None), IS_ACTIVE)
)


LaneRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Listening:
    """Who was heard, by a gateway that has listened for a while."""

    heard: AbstractSet[LaneName]
    since_ms: int | None
    """Since when this gateway hears every lane; None while it hears none."""
    silent_ms: int


def follow_lanes(connection: Connection, listening: Listening, now_ms: int) -> tuple[Hint, ...]:
    """Keep who was heard; open and close the alarms of silent and of unknown lanes."""
    silent = _follow_lanes(connection, listening, now_ms)
    return (*silent, *_close_registered(connection, now_ms))


def _follow_lanes(connection: Connection, listening: Listening, now_ms: int) -> list[Hint]:
    hints: list[Hint] = []
    for lane in connection.execute(_LANES).all():
        alarm = Alarm(AlarmKind.LANE_SILENT, _detail(lane), lane.yard_id, lane.id)
        if lane.status == "retired":
            if lane.called_ms is not None:
                connection.execute(_CALL_OFF, _names(lane))
                hints.extend(resolve_alarms(connection, (alarm,), now_ms))
        elif (lane.yard_id, lane.id) in listening.heard:
            _keep_heard(connection, lane, listening, now_ms)
            if lane.called_ms is not None:
                hints.extend(resolve_alarms(connection, (alarm,), now_ms))
        elif _is_ahead(lane, listening, now_ms):
            connection.execute(_SET_BACK, {**_names(lane), "b_now_ms": now_ms})
        elif _is_silent(lane, listening, now_ms) and _call(connection, lane, now_ms):
            opened = open_alarm(connection, alarm, now_ms)
            hints.extend(() if opened is None else (opened,))
    return hints


def _is_silent(lane: LaneRow, listening: Listening, now_ms: int) -> bool:
    """Whether nobody was called yet for a lane that no gateway has heard for too long.

    A gateway that has just begun to listen has not heard whether a lane is silent.
    """
    if lane.called_ms is not None or listening.since_ms is None:
        return False
    last_ms: int = lane.created_ms if lane.heard_ms is None else lane.heard_ms
    return now_ms - max(last_ms, listening.since_ms) > listening.silent_ms


def _is_ahead(lane: LaneRow, listening: Listening, now_ms: int) -> bool:
    """Whether a clock that was wrong then has written a time that is still to come."""
    return lane.heard_ms is not None and lane.heard_ms > now_ms + listening.silent_ms


def _keep_heard(connection: Connection, lane: LaneRow, listening: Listening, now_ms: int) -> None:
    """Write it down now and then: three times within the time that makes a lane silent."""
    is_fresh = lane.heard_ms is not None and 0 <= now_ms - lane.heard_ms < listening.silent_ms / 3
    if is_fresh and lane.called_ms is None:
        return
    _know(connection, lane)
    connection.execute(_HEARD, {**_names(lane), "b_now_ms": now_ms})


def _call(connection: Connection, lane: LaneRow, now_ms: int) -> bool:
    """Return whether it is for this gateway to call: no other has, and the lane is not back."""
    _know(connection, lane)
    calling = {**_names(lane), "b_heard_ms": lane.heard_ms, "b_now_ms": now_ms}
    return connection.execute(_CALL, calling).rowcount == 1


def _know(connection: Connection, lane: LaneRow) -> None:
    connection.execute(_KNOW, {"yard_id": lane.yard_id, "lane_id": lane.id})


def _names(lane: LaneRow) -> dict[str, str]:
    return {"b_yard": lane.yard_id, "b_lane": lane.id}


def _detail(lane: LaneRow) -> str:
    return "lane_never_heard" if lane.heard_ms is None else "lane_not_heard"


def _close_registered(connection: Connection, now_ms: int) -> tuple[Hint, ...]:
    registered = connection.execute(_UNKNOWN).scalars().all()
    over = [Alarm(AlarmKind.LANE_UNKNOWN, "", subject=name) for name in registered]
    return resolve_alarms(connection, over, now_ms) if over else ()
