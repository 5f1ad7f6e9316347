"""Settlement's answers, kept on the ticket: the newest revision wins, not the last to arrive."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.engine import Connection

from gateway.http.times import ms_of
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, raise_alarm, resolve_alarm
from gateway.records.hints import Hint
from gateway.tickets.tables import tickets
from settlement.messages import SettlementState

_STORE: Final = (
    update(tickets)
    .where(
        tickets.c.id == bindparam("b_ticket_id"),
        tickets.c.status == "closed",
        tickets.c.settlement_revision < bindparam("b_settlement_revision"),
    )
    .values(
        settlement=bindparam("b_settlement"),
        settlement_revision=bindparam("b_settlement_revision"),
        settlement_error=None,
        payout_state=bindparam("b_payout_state"),
        payout_minor=bindparam("b_payout_minor"),
        paid_ms=bindparam("b_paid_ms"),
    )
)
_REFUSE: Final = (
    update(tickets)
    .where(tickets.c.id == bindparam("b_ticket_id"))
    .values(settlement_error=bindparam("b_error"))
)


def columns_of(state: SettlementState) -> dict[str, Any]:
    """Return what a ticket keeps of an answer: the whole of it, and what the day's sums need."""
    paid_at = state.payout.paid_at
    return {
        "settlement": state.model_dump_json(),
        "settlement_revision": state.revision,
        "payout_state": state.payout.state.value,
        "payout_minor": state.payout.amount_minor,
        "paid_ms": None if paid_at is None else ms_of(paid_at),
    }


def store_settlement(
    connection: Connection, state: SettlementState, now_ms: int
) -> tuple[Hint, ...]:
    """Keep `state` if it is newer than what the ticket has; return nothing if it is not.

    A ticket that is not known or not closed changes nothing either.
    """
    kept = {f"b_{name}": value for name, value in columns_of(state).items()}
    stored = connection.execute(_STORE, kept | {"b_ticket_id": str(state.ticket_id)})
    if stored.rowcount == 0:
        return ()
    data = {
        "ticket_id": str(state.ticket_id),
        "payout": state.payout.state.value,
        "amount_minor": state.payout.amount_minor,
    }
    alarm = Alarm(AlarmKind.TICKET_NOT_SETTLED, "", subject=str(state.ticket_id))
    return (Hint("ticket", data), *resolve_alarm(connection, alarm, now_ms))


def refuse_settlement(
    connection: Connection, ticket_id: UUID, error: str, now_ms: int
) -> tuple[Hint, ...]:
    """Note on the ticket why it cannot be settled, and raise the alarm."""
    error = error[:400]
    connection.execute(_REFUSE, {"b_ticket_id": str(ticket_id), "b_error": error})
    alarm = Alarm(AlarmKind.TICKET_NOT_SETTLED, error, subject=str(ticket_id))
    data = Hint("ticket", {"ticket_id": str(ticket_id), "settlement_error": error})
    return (data, raise_alarm(connection, alarm, now_ms))
