"""Tickets: both weighings, the net, and what became of the money."""

import json
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Connection, RowMapping, Select, bindparam, literal, select
from structlog import get_logger

from gateway.auth.guard import Looker, MoneyEditor
from gateway.http.context import Context, InContext
from gateway.http.paging import Page, PageQuery, fetch_page, matches
from gateway.http.times import at_of
from gateway.receipt_link import receipt_url
from gateway.records.tables import records
from gateway.registry.schemas import OrderStatus
from gateway.registry.tables import contracts, drivers, orders, vehicles
from gateway.tickets.record_context import TicketRules
from gateway.tickets.settling import NotRefused, queue_refused
from gateway.tickets.tables import tickets
from gateway.trail.service import By, Deed, keep
from settlement.messages import SettlementState
from taigan.problem import Kind, Problem
from taigan.transactions import read_transaction

log = get_logger()

Purpose = Literal["loading", "unloading"]
TicketStatus = Literal["open", "closed"]


class PassView(BaseModel):
    """One of a ticket's two weighings."""

    event_id: str
    weight_kg: int
    at: AwareDatetime


class TicketView(BaseModel):
    id: str
    order_id: str
    order_no: str
    order_status: OrderStatus
    yard_id: str
    purpose: Purpose
    status: TicketStatus
    plate: str
    driver_name: str
    cargo: str
    gross_kg: int | None
    tare_kg: int | None
    net_kg: int | None
    first: PassView
    second: PassView | None
    settlement: SettlementState | None
    settlement_error: str | None
    created_at: AwareDatetime
    receipt_path: str
    """The driver's page, on this server."""


class CurveView(BaseModel):
    """The weight while one truck stood on the deck: `[ms since arrival, kg]`."""

    event_id: str
    points: list[tuple[int, int]]


class CurvesView(BaseModel):
    ticket_id: str
    weighings: list[CurveView]


class QueuedView(BaseModel):
    ticket_id: UUID
    will_be_settled: bool
    """False if its data are still not fit; the ticket and its alarm say why."""


class TicketQuery(PageQuery):
    yard_id: str | None = None
    purpose: Purpose | None = None
    status: TicketStatus | None = None
    order_no: str | None = None
    plate: str | None = None
    sort: Literal["created_at", "closed_at"] = "created_at"
    """By the first weighing, or by the second: then only those that have one."""

    @property
    def filters(self) -> dict[str, Any]:
        return {name: value for name, value in super().filters.items() if name != "sort"}


TICKETS: Final[Select[Any]] = (
    select(
        tickets,
        orders.c.order_no,
        orders.c.status.label("order_status"),
        vehicles.c.plate,
        drivers.c.name.label("driver_name"),
        contracts.c.cargo,
    )
    .join_from(tickets, orders)
    .join(vehicles, orders.c.vehicle_id == vehicles.c.id)
    .join(drivers, orders.c.driver_id == drivers.c.id)
    .join(contracts, orders.c.contract_id == contracts.c.id)
)
_ONE: Final = TICKETS.where(tickets.c.id == bindparam("of_id"))
_IS_OPEN: Final = tickets.c.status == literal("open", literal_execute=True)
"""Spelt out in the statement, not bound: only so does the index of open tickets serve it."""
_CURVES: Final = select(records.c.event_id, records.c.curve).where(
    records.c.event_id.in_(bindparam("of_events", expanding=True))
)

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"])


def view_ticket(row: RowMapping, context: Context) -> TicketView:
    """Return a row of `TICKETS` as the API gives it."""
    secret = context.settings.receipt.secret.get_secret_value()
    second = row["second_event_id"] is not None
    stored = row["settlement"]
    return TicketView(
        **{name: row[name] for name in _COPIED},
        first=_pass(row, "first"),
        second=_pass(row, "second") if second else None,
        settlement=SettlementState.model_validate_json(stored) if stored else None,
        created_at=at_of(row["created_ms"]),
        receipt_path=receipt_url("", UUID(row["id"]), secret),
    )


_MADE: Final = {"first", "second", "settlement", "created_at", "receipt_path"}
_COPIED: Final = sorted(set(TicketView.model_fields) - _MADE)


def _pass(row: RowMapping, which: Literal["first", "second"]) -> PassView:
    return PassView(
        event_id=row[f"{which}_event_id"],
        weight_kg=row[f"{which}_kg"],
        at=at_of(row[f"{which}_ms"]),
    )


def find_ticket(connection: Connection, ticket_id: str) -> RowMapping:
    """Return a row of `TICKETS`; raise Problem if there is none."""
    row = connection.execute(_ONE, {"of_id": ticket_id}).mappings().one_or_none()
    if row is None:
        raise Problem(Kind.NOT_FOUND, f"there is no ticket {ticket_id}")
    return row


def find_curves(connection: Connection, row: RowMapping) -> list[CurveView]:
    """Return the curves of a ticket's weighings that came with one, first weighing first."""
    events = [row["first_event_id"], row["second_event_id"]]
    wanted = [event for event in events if event is not None]
    found = connection.execute(_CURVES, {"of_events": wanted}).all()
    curves = {event_id: json.loads(curve) for event_id, curve in found if curve is not None}
    return [CurveView(event_id=e, points=curves[e]) for e in wanted if e in curves]


@router.get("", operation_id="list_tickets")
def list_tickets(
    query: Annotated[TicketQuery, Query()], context: InContext, _principal: Looker
) -> Page[TicketView]:
    """List tickets, newest first."""
    columns = {**tickets.c, "order_no": orders.c.order_no, "plate": vehicles.c.plate}
    wanted = TICKETS.where(*matches(columns, query))
    if query.status == "open":
        wanted = wanted.where(_IS_OPEN)
    at_ms = tickets.c.created_ms
    if query.sort == "closed_at":
        at_ms = tickets.c.closed_ms
        wanted = wanted.where(at_ms.is_not(None))
    with read_transaction(context.engine) as connection:
        return fetch_page(
            connection,
            wanted,
            (at_ms, tickets.c.id),
            query,
            lambda row: view_ticket(row, context),
        )


@router.get("/{ticket_id}", operation_id="get_ticket")
def get_ticket(ticket_id: UUID, context: InContext, _principal: Looker) -> TicketView:
    """Read one ticket."""
    with context.engine.begin() as connection:
        return view_ticket(find_ticket(connection, str(ticket_id)), context)


@router.get("/{ticket_id}/curve", operation_id="get_ticket_curve")
def get_curve(ticket_id: UUID, context: InContext, _principal: Looker) -> CurvesView:
    """Read the weight curves of a ticket's weighings."""
    with context.engine.begin() as connection:
        row = find_ticket(connection, str(ticket_id))
        return CurvesView(ticket_id=str(ticket_id), weighings=find_curves(connection, row))


@router.post("/{ticket_id}/settlement", status_code=202, operation_id="settle_ticket_again")
def settle_again(ticket_id: UUID, context: InContext, principal: MoneyEditor) -> QueuedView:
    """Send a ticket that settlement has refused once more, now that its data are put right."""
    links = TicketRules.of(context.settings).links
    with context.engine.begin() as connection:
        find_ticket(connection, str(ticket_id))
        try:
            queued = queue_refused(connection, ticket_id, links, context.now_ms())
        except NotRefused as error:
            raise Problem(Kind.CONFLICT, str(error)) from error
        by = By(principal.username, context.now_ms())
        keep(connection, by, Deed("ticket.settle_again", str(ticket_id)))
    for hint in queued.hints:
        context.hub.publish(hint.event, hint.data)
    log.info("a refused ticket is sent again", ticket_id=str(ticket_id), user=principal.username)
    return QueuedView(ticket_id=ticket_id, will_be_settled=queued.is_queued)
