"""Tickets that settlement had taken and does not know any more: it was restored from a backup.

Such a ticket keeps what settlement last said of it, with revision 0: whatever settlement says now
is newer.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.engine import Connection

from gateway.outbox.comparison import SettledTicket
from gateway.outbox.tables import outbox
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, raise_alarm
from gateway.records.hints import Hint
from gateway.tickets.tables import tickets
from settlement.messages import SettlementState

TOO_OLD: Final = "forgotten by settlement; ask the bank if it was paid before it is sent again"

_IS_FORGOTTEN: Final = (tickets.c.settlement.is_not(None), tickets.c.settlement_revision == 0)
_SETTLED: Final = (
    select(outbox.c.ticket_id, tickets.c.settlement_revision, outbox.c.done_ms)
    .join(tickets, tickets.c.id == outbox.c.ticket_id)
    .where(
        outbox.c.done_ms <= bindparam("b_before_ms"),
        or_(outbox.c.done_ms < bindparam("b_before_ms"), outbox.c.ticket_id < bindparam("b_id")),
        tickets.c.settlement_revision > 0,
    )
    .order_by(outbox.c.done_ms.desc(), outbox.c.ticket_id.desc())
    .limit(bindparam("b_limit"))
)
_THIS: Final = (
    tickets.c.id == bindparam("b_ticket_id"),
    tickets.c.settlement_revision == bindparam("b_revision"),
)
_FORGET: Final = update(tickets).where(*_THIS).values(settlement_revision=0)
_LEAVE: Final = (
    update(tickets)
    .where(*_THIS)
    .values(settlement_revision=0, settlement_error=bindparam("b_error"))
)
_TAKE_BACK: Final = (
    update(tickets)
    .where(*_THIS)
    .values(settlement=bindparam("b_state"), settlement_revision=bindparam("b_now_revision"))
)
_QUEUE: Final = (
    update(outbox)
    .where(outbox.c.ticket_id == bindparam("b_ticket_id"))
    .values(done_ms=None, attempts=0, due_ms=bindparam("b_now_ms"))
)
_FORGOTTEN: Final = select(func.count()).select_from(tickets).where(*_IS_FORGOTTEN)
_SENDING: Final = (
    select(func.count())
    .select_from(outbox.join(tickets, tickets.c.id == outbox.c.ticket_id))
    .where(outbox.c.done_ms.is_(None), *_IS_FORGOTTEN)
)


def settled_before(
    connection: Connection, last: SettledTicket, limit: int
) -> Sequence[SettledTicket]:
    """Return the newest tickets that settlement took before this one, newest first."""
    names = {"b_before_ms": last.done_ms, "b_id": last.ticket_id, "b_limit": limit}
    return [SettledTicket(*row) for row in connection.execute(_SETTLED, names)]


def send_again(connection: Connection, ticket: SettledTicket, now_ms: int) -> None:
    """Put the ticket back into the outbox, byte for byte, unless there was news of it meanwhile."""
    names = {"b_ticket_id": ticket.ticket_id, "b_revision": ticket.revision}
    if connection.execute(_FORGET, names).rowcount:
        queued = {"b_ticket_id": ticket.ticket_id, "b_now_ms": now_ms}
        connection.execute(_QUEUE, queued)


def leave_to_person(connection: Connection, ticket: SettledTicket, now_ms: int) -> tuple[Hint, ...]:
    """Make it a ticket that is not settled: finance may send it again, once the bank was asked."""
    names = {"b_ticket_id": ticket.ticket_id, "b_revision": ticket.revision, "b_error": TOO_OLD}
    if connection.execute(_LEAVE, names).rowcount == 0:
        return ()
    alarm = Alarm(AlarmKind.TICKET_NOT_SETTLED, TOO_OLD, subject=ticket.ticket_id)
    data = {"ticket_id": ticket.ticket_id, "settlement_error": TOO_OLD}
    return (Hint("ticket", data), raise_alarm(connection, alarm, now_ms))


def take_back(connection: Connection, state: SettlementState, revision: int) -> tuple[Hint, ...]:
    """Keep an older state in place of this revision: it is what settlement knows now."""
    names = {
        "b_ticket_id": str(state.ticket_id),
        "b_revision": revision,
        "b_state": state.model_dump_json(),
        "b_now_revision": state.revision,
    }
    if connection.execute(_TAKE_BACK, names).rowcount == 0:
        return ()
    payout = state.payout
    data = {"ticket_id": str(state.ticket_id), "payout": payout.state.value}
    return (Hint("ticket", data | {"amount_minor": payout.amount_minor}),)


def count_forgotten(connection: Connection) -> int:
    """Count the tickets that settlement has forgotten and not taken again."""
    return int(connection.execute(_FORGOTTEN).scalar_one())


def count_sending(connection: Connection) -> int:
    """Count those of them that are being sent again."""
    return int(connection.execute(_SENDING).scalar_one())
