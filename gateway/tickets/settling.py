"""From a closed unloading ticket to the order for settlement, with the evidence beside it."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from gateway.outbox.tables import outbox
from gateway.receipt_link import receipt_url
from gateway.records.hints import Hint
from gateway.records.tables import records
from gateway.registry.tables import contracts, drivers, orders, vehicles
from gateway.tickets.commands import from_ms
from gateway.tickets.settlements import refuse_settlement
from gateway.tickets.tables import tickets
from settlement.messages import (
    ContractTerms,
    Payee,
    SignedRecord,
    TicketToSettle,
    TwoPassWeighing,
)


class ReceiptLinks(NamedTuple):
    """What receipt links are made of."""

    public_url: str
    secret: str


class Queued(NamedTuple):
    is_queued: bool
    hints: tuple[Hint, ...] = ()


_DELIVERY: Final = (
    select(
        orders.c.id.label("order_id"),
        orders.c.order_no,
        orders.c.terms,
        vehicles.c.plate,
        contracts.c.cargo,
        drivers.c.id.label("driver_id"),
        drivers.c.account_name,
        drivers.c.account,
        drivers.c.bank_code,
        drivers.c.phone,
    )
    .join(tickets, tickets.c.order_id == orders.c.id)
    .join(vehicles, orders.c.vehicle_id == vehicles.c.id)
    .join(drivers, orders.c.driver_id == drivers.c.id)
    .join(contracts, orders.c.contract_id == contracts.c.id)
    .where(tickets.c.id == bindparam("b_ticket_id"))
)
_TICKETS: Final = select(tickets).where(
    tickets.c.order_id == bindparam("b_order_id"), tickets.c.status == "closed"
)
_REFUSED: Final = (
    select(tickets.c.id)
    .join(outbox, outbox.c.ticket_id == tickets.c.id, isouter=True)
    .where(
        tickets.c.id == bindparam("b_ticket_id"),
        or_(tickets.c.settlement.is_(None), tickets.c.settlement_revision == 0),
        tickets.c.settlement_error.is_not(None),
        or_(outbox.c.ticket_id.is_(None), outbox.c.done_ms.is_not(None)),
    )
    .with_for_update(of=tickets)
)
_SIGNED: Final = select(records.c.body, records.c.key_id, records.c.signature).where(
    records.c.event_id == bindparam("b_event_id")
)


class NotRefused(Exception):
    """The ticket is not one that waits for its data to be put right; the message says why."""


def queue_refused(
    connection: Connection, ticket_id: UUID, links: ReceiptLinks, now_ms: int
) -> Queued:
    """Queue a refused ticket anew, with the driver's account and contract as they are now.

    Raises NotRefused for a ticket that is not known, not refused, settled or still on its way.
    """
    names = {"b_ticket_id": str(ticket_id)}
    if connection.execute(_REFUSED, names).first() is None:
        raise NotRefused(f"ticket {ticket_id} was not refused by settlement")
    return queue_settlement(connection, ticket_id, links, now_ms)


def queue_settlement(
    connection: Connection, ticket_id: UUID, links: ReceiptLinks, now_ms: int
) -> Queued:
    """Write the ticket into the outbox, or raise an alarm if its data are not fit for that.

    A driver's account that no bank can have must not stop the truck: the ticket keeps the error,
    an alarm names it, and `queue_refused` takes it up when the data are put right.
    """
    try:
        body = build_ticket(connection, ticket_id, links).model_dump_json()
    except ValidationError as error:
        return Queued(
            is_queued=False, hints=refuse_settlement(connection, ticket_id, _named(error), now_ms)
        )
    waiting = {
        "body": body, "created_ms": now_ms, "due_ms": now_ms, "attempts": 0, "done_ms": None
    }  # fmt: skip
    again = update(outbox).where(outbox.c.ticket_id == str(ticket_id)).values(waiting)
    if connection.execute(again).rowcount == 0:
        connection.execute(insert(outbox), waiting | {"ticket_id": str(ticket_id)})
    return Queued(is_queued=True)


def build_ticket(connection: Connection, ticket_id: UUID, links: ReceiptLinks) -> TicketToSettle:
    """Return the message to settlement; raise ValidationError if some of it has no proper form."""
    delivery = connection.execute(_DELIVERY, {"b_ticket_id": str(ticket_id)}).one()
    rows = connection.execute(_TICKETS, {"b_order_id": delivery.order_id}).all()
    weighings = {row.purpose: _two_pass(connection, row) for row in rows}
    return TicketToSettle(
        ticket_id=ticket_id,
        order_no=delivery.order_no,
        plate=delivery.plate,
        cargo=delivery.cargo,
        contract=ContractTerms.model_validate_json(delivery.terms),
        loading=weighings["loading"],
        unloading=weighings["unloading"],
        payee=Payee(
            driver_id=delivery.driver_id,
            name=delivery.account_name,
            account=delivery.account,
            bank_code=delivery.bank_code,
            phone=delivery.phone,
        ),
        receipt_url=receipt_url(links.public_url, ticket_id, links.secret),
    )


def _two_pass(connection: Connection, ticket: Row[Any]) -> TwoPassWeighing:
    first = (ticket.first_ms, _signed(connection, ticket.first_event_id))
    second = (ticket.second_ms, _signed(connection, ticket.second_event_id))
    gross, tare = (first, second) if ticket.first_kg > ticket.second_kg else (second, first)
    return TwoPassWeighing(
        ticket_id=UUID(ticket.id),
        yard=ticket.yard_id,
        gross_kg=ticket.gross_kg,
        tare_kg=ticket.tare_kg,
        gross_at=from_ms(gross[0]),
        tare_at=from_ms(tare[0]),
        gross_record=gross[1],
        tare_record=tare[1],
    )


def _signed(connection: Connection, event_id: str) -> SignedRecord:
    row = connection.execute(_SIGNED, {"b_event_id": event_id}).one()
    return SignedRecord(body=row.body, key_id=row.key_id, signature=row.signature)


def _named(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{error.title} {where}: {first['msg']}"
