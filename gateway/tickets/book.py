"""Writing tickets: the first weighing opens one, the second closes it, for ever."""

from typing import Final, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection

from gateway.records.hints import Hint
from gateway.registry.tables import orders
from gateway.tickets.matching import NEXT, CloseTicket, OpenTicket, OrderFacts
from gateway.tickets.tables import tickets

_OPEN_TICKET: Final = select(tickets.c.id).where(
    tickets.c.order_id == bindparam("b_order_id"), tickets.c.status == "open"
)
_STEP: Final = (
    update(orders)
    .where(orders.c.id == bindparam("b_order_id"))
    .values(status=bindparam("b_status"), revision=orders.c.revision + 1)
)


class Crossing(NamedTuple):
    """A weighing whose truck was released."""

    yard: str
    event_id: UUID
    weight_kg: int
    weighed_ms: int


def ticket_id_of(first_event_id: UUID) -> UUID:
    """Return the id of the ticket that this weighing opens: the same on every replica."""
    return uuid5(first_event_id, "ticket")


def write_step(
    connection: Connection,
    order: OrderFacts,
    step: OpenTicket | CloseTicket,
    crossing: Crossing,
    now_ms: int,
) -> tuple[UUID, Hint]:
    """Open or close the order's ticket and take the order one step on; return the ticket's id."""
    status = NEXT[order.status].value
    connection.execute(_STEP, {"b_order_id": order.order_id, "b_status": status})
    if isinstance(step, OpenTicket):
        ticket_id = _open(connection, order, step, crossing, now_ms)
    else:
        ticket_id = _close(connection, order, step, crossing, now_ms)
    data = {
        "ticket_id": str(ticket_id),
        "order_id": order.order_id,
        "yard": crossing.yard,
        "purpose": step.purpose,
        "status": "open" if isinstance(step, OpenTicket) else "closed",
        "net_kg": None if isinstance(step, OpenTicket) else step.net_kg,
    }
    return ticket_id, Hint("ticket", data)


def _open(
    connection: Connection, order: OrderFacts, step: OpenTicket, crossing: Crossing, now_ms: int
) -> UUID:
    ticket_id = ticket_id_of(crossing.event_id)
    connection.execute(
        insert(tickets),
        {
            "id": str(ticket_id),
            "order_id": order.order_id,
            "yard_id": crossing.yard,
            "purpose": step.purpose,
            "status": "open",
            "first_event_id": str(crossing.event_id),
            "first_kg": crossing.weight_kg,
            "first_ms": crossing.weighed_ms,
            "created_ms": now_ms,
        },
    )
    return ticket_id


def _close(
    connection: Connection, order: OrderFacts, step: CloseTicket, crossing: Crossing, now_ms: int
) -> UUID:
    ticket_id = connection.execute(_OPEN_TICKET, {"b_order_id": order.order_id}).scalar_one()
    connection.execute(
        update(tickets)
        .where(tickets.c.id == ticket_id)
        .values(
            status="closed",
            second_event_id=str(crossing.event_id),
            second_kg=crossing.weight_kg,
            second_ms=crossing.weighed_ms,
            gross_kg=step.gross_kg,
            tare_kg=step.tare_kg,
            net_kg=step.net_kg,
            closed_ms=now_ms,
        )
    )
    return UUID(ticket_id)
