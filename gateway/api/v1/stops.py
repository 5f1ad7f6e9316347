"""Stops: what each truck did at a lane, how long it took, and why it was turned away."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import RowMapping, select

from gateway.auth.guard import Looker
from gateway.http.context import InContext
from gateway.http.paging import Page, PageQuery, fetch_page, matches
from gateway.http.times import at_of, maybe_at
from gateway.tickets.tables import stops
from taigan.transactions import read_transaction

StopState = Literal["arrived", "weighed", "released", "left", "refused", "held", "voided"]


class StopView(BaseModel):
    stop_id: str
    yard_id: str
    lane_id: str
    tag: str
    plate: str | None
    plate_read: str | None
    """What a camera read; empty if it could not read it, null if none saw the truck."""
    state: StopState
    reason: str | None
    arrived_at: AwareDatetime
    weighed_at: AwareDatetime | None
    weight_kg: int | None
    cycle_ms: int | None
    admit_ms: int | None
    release_ms: int | None
    ticket_id: str | None
    released_at: AwareDatetime | None
    left_at: AwareDatetime | None


class StopQuery(PageQuery):
    yard_id: str | None = None
    lane_id: str | None = None
    plate: str | None = None
    state: list[StopState] = Field(default_factory=list)
    """Repeat it to ask for several."""


_TIMES: Final = {"arrived_at", "weighed_at", "released_at", "left_at"}
_COPIED: Final = sorted(set(StopView.model_fields) - _TIMES)

router = APIRouter(prefix="/api/v1/stops", tags=["stops"])


def view_stop(row: RowMapping) -> StopView:
    """Return a row of stops as the API gives it."""
    return StopView(
        **{name: row[name] for name in _COPIED},
        arrived_at=at_of(row["arrived_ms"]),
        weighed_at=maybe_at(row["weighed_ms"]),
        released_at=maybe_at(row["released_ms"]),
        left_at=maybe_at(row["left_ms"]),
    )


@router.get("", operation_id="list_stops")
def list_stops(
    query: Annotated[StopQuery, Query()], context: InContext, _principal: Looker
) -> Page[StopView]:
    """List stops, latest arrival first."""
    with read_transaction(context.engine) as connection:
        return fetch_page(
            connection,
            select(stops).where(*matches(dict(stops.c), query)),
            (stops.c.arrived_ms, stops.c.stop_id),
            query,
            view_stop,
        )
