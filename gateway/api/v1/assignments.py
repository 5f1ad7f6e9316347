"""Which order a weight is for: what it may be assigned to, what that would make, and doing it."""

import hashlib
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Response
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Connection, bindparam, select
from structlog import get_logger

from gateway.api.v1.deciding import Booked, ReasonedIn, book_anew, refusals
from gateway.auth.guard import Dispatcher
from gateway.http.context import InContext
from gateway.http.times import maybe_at
from gateway.records.service import Applied
from gateway.registry.fields import RowId
from gateway.registry.schemas import OrderStatus
from gateway.registry.tables import contracts, drivers, orders
from gateway.tickets.choices import Choices, choices_of
from gateway.tickets.dispatch import Assignment, assign_stop, find_assignable
from gateway.tickets.matching import Limits, Purpose
from gateway.tickets.record_context import TicketRules
from gateway.tickets.stops import Stop
from settlement.messages import ContractTerms, FreightTerms
from taigan.problem import Kind, Problem

log = get_logger()
router = APIRouter(prefix="/api/v1/stops", tags=["stops"])


class AssignmentIn(ReasonedIn):
    order_id: RowId | None
    """The order that the weight is for; null sets it aside: it belongs to no trip."""


class PlaceView(BaseModel):
    """The order whose tickets a weight is in; without one, why it is in none."""

    order_id: str | None
    reason: str | None


class WeighingView(BaseModel):
    stop_id: str
    yard_id: str
    lane_id: str
    weighed_at: AwareDatetime | None
    weight_kg: int | None


class WeightsView(BaseModel):
    gross_kg: int | None
    tare_kg: int | None
    net_kg: int | None


class TicketChangeView(BaseModel):
    order_id: str
    yard_id: str
    purpose: Purpose
    before: WeightsView | None
    after: WeightsView | None


class StopChangeView(BaseModel):
    stop_id: str
    before: PlaceView
    after: PlaceView


class ChoiceView(BaseModel):
    order_id: str | None
    """null: the weight is set aside."""
    place: PlaceView
    is_possible: bool
    """False if the weight would be in no ticket, for the place's reason: this would be refused."""
    is_complete: bool
    """The order would have all its weighings: it is settled, and its driver paid."""
    tickets: list[TicketChangeView]
    """What would be different."""
    stops: list[StopChangeView]


class OrderView(BaseModel):
    order_id: str
    order_no: str
    status: OrderStatus
    cargo: str
    driver_name: str
    """Who is paid."""
    origin_yard_id: str
    destination_yard_id: str
    terms: FreightTerms


class ChoicesView(BaseModel):
    stop_id: str
    place: PlaceView
    weighings: list[WeighingView]
    """Those of the truck that are not settled; the first is the stop's own."""
    orders: list[OrderView]
    choices: list[ChoiceView]


_ORDERS: Final = (
    select(
        orders.c.id.label("order_id"),
        orders.c.order_no,
        orders.c.status,
        orders.c.terms,
        contracts.c.cargo,
        contracts.c.origin_yard_id,
        contracts.c.destination_yard_id,
        drivers.c.name.label("driver_name"),
    )
    .join_from(orders, contracts)
    .join(drivers, orders.c.driver_id == drivers.c.id)
    .where(orders.c.id.in_(bindparam("of_orders", expanding=True)))
    .order_by(orders.c.created_ms, orders.c.id)
)


@router.get("/{stop_id}/order", operation_id="get_assignments")
def read_choices(
    stop_id: UUID, context: InContext, response: Response, _principal: Dispatcher
) -> ChoicesView:
    """Read what the weight of a truck that left may be assigned to, and what each would make.

    Send the ETag with the assignment: it is refused if any of this has changed in between.
    """
    rules = TicketRules.of(context.settings)
    with context.engine.begin() as connection, refusals(stop_id):
        view = _view(connection, find_assignable(connection, stop_id), rules.limits)
    response.headers["ETag"] = _etag(view)
    return view


@router.put("/{stop_id}/order", operation_id="assign_stop")
def assign(
    stop_id: UUID,
    given: AssignmentIn,
    context: InContext,
    principal: Dispatcher,
    if_match: Annotated[str | None, Header(alias="If-Match", max_length=80)] = None,
) -> Booked:
    """Assign the weight of a truck that left to an order, or set it aside, until it is settled.

    With `If-Match`, the ETag of what was read before, only if nothing of it has changed.
    """
    rules, name = TicketRules.of(context.settings), principal.username
    assignment = Assignment(stop_id, given.order_id, given.reason, name)

    def effect(connection: Connection) -> Applied:
        if if_match is not None:
            stop = find_assignable(connection, stop_id)
            _require_seen(if_match, _etag(_view(connection, stop, rules.limits)))
        return assign_stop(connection, assignment, rules, context.now_ms())

    applied = book_anew(context, stop_id, effect)
    log.info("a stop was assigned", stop_id=str(stop_id), order_id=given.order_id, user=name)
    return Booked(stop_id=stop_id, will_be_settled=applied.queued)


def _require_seen(seen: str, now: str) -> None:
    if seen.strip().removeprefix("W/") != now:  # weakened by a proxy that compresses
        detail = "the truck's weighings or orders are not what was read"
        raise Problem(Kind.REVISION_MISMATCH, detail, headers={"ETag": now})


def _etag(view: ChoicesView) -> str:
    return f'"{hashlib.sha256(view.model_dump_json().encode()).hexdigest()}"'


def _view(connection: Connection, stop: Stop, limits: Limits) -> ChoicesView:
    found = choices_of(connection, stop, limits)
    return ChoicesView(
        stop_id=stop.stop_id,
        place=PlaceView.model_validate(found.place, from_attributes=True),
        weighings=[_weighing(one) for one in found.stops],
        orders=_orders(connection, found),
        choices=[ChoiceView.model_validate(one, from_attributes=True) for one in found.choices],
    )


def _weighing(stop: Stop) -> WeighingView:
    at = maybe_at(stop.weighed_ms)
    place = {"stop_id": stop.stop_id, "yard_id": stop.yard_id, "lane_id": stop.lane_id}
    return WeighingView(**place, weighed_at=at, weight_kg=stop.weight_kg)


def _orders(connection: Connection, found: Choices) -> list[OrderView]:
    ids = [one.order_id for one in found.choices if one.order_id is not None]
    rows = connection.execute(_ORDERS, {"of_orders": ids}).mappings()
    return [
        OrderView(**(dict(row) | {"terms": ContractTerms.model_validate_json(row["terms"])}))
        for row in rows
    ]
