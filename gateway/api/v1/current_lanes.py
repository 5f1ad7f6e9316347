"""Every lane with the truck that is at it now: what a screen needs after it was loaded anew."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Connection, RowMapping, bindparam, select

from gateway.api.v1.stops import STOPS, StopView, view_stop
from gateway.auth.guard import Looker
from gateway.http.context import InContext
from gateway.http.times import at_of
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes
from gateway.tickets.tables import stops


class CurrentLane(BaseModel):
    yard_id: str
    lane_id: str
    stop: StopView | None
    """The one that the lane itself names, else the newest that is not over."""


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
_NAMED: Final = STOPS.where(stops.c.stop_id.in_(bindparam("of_stops", expanding=True)))

router = APIRouter(prefix="/api/v1/lanes", tags=["lanes"])


@router.get("/current", operation_id="list_current_lanes")
def list_current_lanes(context: InContext, _principal: Looker) -> CurrentLanes:
    """Read which truck is at each lane now, and what a person needs to decide about it."""
    named = [lane["stop_id"] for lane in context.hub.lanes("lane") if lane.get("stop_id")]
    with context.engine.begin() as connection:
        places = connection.execute(_LANES).all()
        found = _newest_by_lane(connection, named)
    items = [
        CurrentLane(yard_id=yard, lane_id=lane, stop=found.get((yard, lane)))
        for yard, lane in places
    ]
    return CurrentLanes(at=at_of(context.now_ms()), items=items)


def _newest_by_lane(connection: Connection, named: list[str]) -> dict[tuple[str, str], StopView]:
    rows: list[RowMapping] = [*connection.execute(_OPEN).mappings()]
    # A truck that was released and still stands there is not open any more; its lane names it.
    rows += connection.execute(_NAMED, {"of_stops": named}).mappings()
    return dict(_by_lane(rows))


def _by_lane(rows: Iterable[RowMapping]) -> Iterable[tuple[tuple[str, str], Any]]:
    return (((row["yard_id"], row["lane_id"]), view_stop(row)) for row in rows)
