"""Every lane with the truck that is at it now: what a screen needs after it was loaded anew."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Connection, RowMapping, bindparam, func, select

from gateway.api.v1.stops import STOPS, StopView, view_stop
from gateway.auth.guard import Looker
from gateway.http.context import InContext
from gateway.http.times import at_of
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes
from gateway.tickets.tables import stops

STANDS_THERE_MS: Final = 600_000


class CurrentLane(BaseModel):
    yard_id: str
    lane_id: str
    stop: StopView | None
    """The one that the lane itself names, else the newest that is not over."""
    turned_away: StopView | None
    """The lane's newest, if it was refused within ten minutes: that truck may still stand there."""


class CurrentLanes(BaseModel):
    at: AwareDatetime
    items: list[CurrentLane]


_LANES: Final = (
    select(lanes.c.yard_id, lanes.c.id).where(IS_ACTIVE).order_by(lanes.c.yard_id, lanes.c.id)
)
_OPEN: Final = STOPS.where(
    stops.c.state.in_(["arrived", "weighed", "held"]),
    stops.c.released_ms.is_(None),
    stops.c.left_ms.is_(None),
).order_by(stops.c.arrived_ms)
_REFUSED: Final = STOPS.where(
    stops.c.state == "refused", stops.c.arrived_ms >= bindparam("since_ms")
).order_by(stops.c.arrived_ms)
_OTHERS: Final = (
    select(stops.c.yard_id, stops.c.lane_id, func.max(stops.c.arrived_ms))
    .where(
        stops.c.state.in_(["arrived", "weighed", "released", "left", "held", "voided"]),
        stops.c.arrived_ms >= bindparam("since_ms"),
    )
    .group_by(stops.c.yard_id, stops.c.lane_id)
)
"""By their states, so that an index gives the last ten minutes and nothing of the years before."""
_NAMED: Final = STOPS.where(stops.c.stop_id.in_(bindparam("of_stops", expanding=True)))

router = APIRouter(prefix="/api/v1/lanes", tags=["lanes"])


@router.get("/current", operation_id="list_current_lanes")
def list_current_lanes(context: InContext, _principal: Looker) -> CurrentLanes:
    """Read which truck is at each lane now, and what a person needs to decide about it."""
    named = [lane["stop_id"] for lane in context.hub.lanes("lane") if lane.get("stop_id")]
    with context.engine.begin() as connection:
        places = connection.execute(_LANES).all()
        found = _newest_by_lane(connection, named)
        turned = _turned_away(connection, context.now_ms() - STANDS_THERE_MS)
    items = [
        CurrentLane(
            yard_id=yard,
            lane_id=lane,
            stop=found.get((yard, lane)),
            turned_away=turned.get((yard, lane)),
        )
        for yard, lane in places
    ]
    return CurrentLanes(at=at_of(context.now_ms()), items=items)


def _newest_by_lane(connection: Connection, named: list[str]) -> dict[tuple[str, str], StopView]:
    rows: list[RowMapping] = [*connection.execute(_OPEN).mappings()]
    # A truck that was released and still stands there is not open any more; its lane names it.
    rows += connection.execute(_NAMED, {"of_stops": named}).mappings()
    return dict(_by_lane(rows))


def _turned_away(connection: Connection, since_ms: int) -> dict[tuple[str, str], StopView]:
    """Return by lane who was refused since then and was the last to come."""
    since = {"since_ms": since_ms}
    refused = connection.execute(_REFUSED, since).mappings().all()
    if not refused:
        return {}
    others = {(yard, lane): at_ms for yard, lane, at_ms in connection.execute(_OTHERS, since)}
    last = [row for row in refused if row["arrived_ms"] > others.get(_lane_of(row), 0)]
    return dict(_by_lane(last))


def _lane_of(row: RowMapping) -> tuple[str, str]:
    return (row["yard_id"], row["lane_id"])


def _by_lane(rows: Iterable[RowMapping]) -> Iterable[tuple[tuple[str, str], Any]]:
    return ((_lane_of(row), view_stop(row)) for row in rows)
