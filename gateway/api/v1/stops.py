"""Stops: what each truck did at a lane, how long it took, and why it was turned away.

With each stands what a person needs to decide about it: whose truck it is and what it may weigh.
"""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import RowMapping, Select, func, select

from gateway.auth.guard import Looker
from gateway.http.context import InContext
from gateway.http.paging import Page, PageQuery, fetch_page, matches
from gateway.http.times import at_of, maybe_at
from gateway.registry.tables import cards, contracts, drivers, orders, vehicles
from gateway.tickets.matching import VehicleFacts, gross_limit_kg
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
    order_no: str | None
    cargo: str | None
    driver_name: str | None
    """Of the order, or of the card as long as no order is found."""
    driver_phone: str | None
    gross_limit_kg: int | None
    """The most that this truck may weigh, by its papers and axles; null if it is not known."""


class StopQuery(PageQuery):
    yard_id: str | None = None
    lane_id: str | None = None
    plate: str | None = None
    order_id: str | None = None
    state: list[StopState] = Field(default_factory=list)
    """Repeat it to ask for several."""


STOPS: Final[Select[Any]] = (
    select(
        stops,
        orders.c.order_no,
        contracts.c.cargo,
        drivers.c.name.label("driver_name"),
        drivers.c.phone.label("driver_phone"),
        vehicles.c.axles,
        vehicles.c.gross_max_kg,
    )
    .join_from(stops, orders, stops.c.order_id == orders.c.id, isouter=True)
    .join(contracts, orders.c.contract_id == contracts.c.id, isouter=True)
    .join(cards, stops.c.tag == cards.c.tag, isouter=True)
    .join(
        drivers,
        drivers.c.id == func.coalesce(orders.c.driver_id, cards.c.driver_id),
        isouter=True,
    )
    .join(vehicles, stops.c.plate == vehicles.c.plate, isouter=True)
)
_MADE: Final = {"arrived_at", "weighed_at", "released_at", "left_at", "gross_limit_kg"}
_COPIED: Final = sorted(set(StopView.model_fields) - _MADE)

router = APIRouter(prefix="/api/v1/stops", tags=["stops"])


def view_stop(row: RowMapping) -> StopView:
    """Return a row of `STOPS` as the API gives it."""
    return StopView(
        **{name: row[name] for name in _COPIED},
        arrived_at=at_of(row["arrived_ms"]),
        weighed_at=maybe_at(row["weighed_ms"]),
        released_at=maybe_at(row["released_ms"]),
        left_at=maybe_at(row["left_ms"]),
        gross_limit_kg=_limit_kg(row),
    )


def _limit_kg(row: RowMapping) -> int | None:
    if row["axles"] is None:
        return None
    return gross_limit_kg(VehicleFacts(axles=row["axles"], gross_max_kg=row["gross_max_kg"]))


@router.get("", operation_id="list_stops")
def list_stops(
    query: Annotated[StopQuery, Query()], context: InContext, _principal: Looker
) -> Page[StopView]:
    """List stops, latest arrival first."""
    with read_transaction(context.engine) as connection:
        return fetch_page(
            connection,
            STOPS.where(*matches(dict(stops.c), query)),
            (stops.c.arrived_ms, stops.c.stop_id),
            query,
            view_stop,
        )
