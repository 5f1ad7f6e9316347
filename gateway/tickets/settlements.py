"""Settlement's answers, kept on the ticket: the newest revision wins, not the last to arrive.

A driver who is not paid is somebody's task: he stands in `unpaid`, and an alarm calls for whatever
stopped his money at once, or for waiting too long, until he is paid or a person closes it.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.engine import Connection

from gateway.http.times import ms_of
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, raise_alarm, resolve_alarm, resolve_alarms
from gateway.records.hints import Hint
from gateway.registry.tables import drivers, orders, vehicles
from gateway.tickets.tables import tickets, unpaid
from settlement.messages import Payout, PayoutState, SettlementState
from taigan.sql import insert_if_absent

_STOPPED: Final = {
    PayoutState.FAILED: AlarmKind.PAYOUT_FAILED,
    PayoutState.RETURNED: AlarmKind.PAYOUT_RETURNED,
    PayoutState.MANUAL: AlarmKind.PAYOUT_MANUAL,
}
"""What only a person can bring on its way again."""
_HELD: Final = {
    "guard": AlarmKind.PAYOUT_STOPPED,
    "payout_altered": AlarmKind.PAYOUT_STOPPED,
    "limit": AlarmKind.PAYOUT_OVER_LIMIT,
    "breaker": AlarmKind.PAYOUT_OVER_LIMIT,
    "payee_unknown": AlarmKind.PAYOUT_UNCONFIRMED,
    "payee_differs": AlarmKind.PAYOUT_UNCONFIRMED,
    "payee_disputed": AlarmKind.PAYOUT_UNCONFIRMED,
    "card_unknown": AlarmKind.PAYOUT_UNCONFIRMED,
    "contract_unknown": AlarmKind.PAYOUT_UNCONFIRMED,
    "contract_differs": AlarmKind.PAYOUT_UNCONFIRMED,
}
"""What waits for a person. What cools off, or waits for funds, goes out by itself."""
_CALLING: Final = tuple(
    dict.fromkeys([*_STOPPED.values(), *_HELD.values(), AlarmKind.PAYOUT_WAITING])
)

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
_WAITS: Final = insert_if_absent(unpaid)
_CALLED: Final = (
    update(unpaid)
    .where(unpaid.c.ticket_id == bindparam("b_ticket_id"), unpaid.c.alarmed_ms.is_(None))
    .values(alarmed_ms=bindparam("b_now_ms"))
)
_PAID: Final = delete(unpaid).where(unpaid.c.ticket_id == bindparam("b_ticket_id"))
_UNCALLED: Final = (
    select(unpaid.c.ticket_id, tickets.c.settlement)
    .join(tickets, tickets.c.id == unpaid.c.ticket_id)
    .where(unpaid.c.alarmed_ms.is_(None), unpaid.c.since_ms <= bindparam("b_until_ms"))
    .order_by(unpaid.c.since_ms)
    .limit(bindparam("b_most"))
)
_WHO: Final = (
    select(vehicles.c.plate, drivers.c.name)
    .join_from(tickets, orders)
    .join(vehicles, orders.c.vehicle_id == vehicles.c.id)
    .join(drivers, orders.c.driver_id == drivers.c.id)
    .where(tickets.c.id == bindparam("b_ticket_id"))
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
    settled = resolve_alarm(connection, alarm, now_ms)
    return (Hint("ticket", data), *settled, *_follow_payout(connection, state, now_ms))


def find_uncalled(connection: Connection, until_ms: int, most: int) -> list[SettlementState]:
    """Return settlements unpaid since `until_ms` or longer for which nobody was called."""
    rows = connection.execute(_UNCALLED, {"b_until_ms": until_ms, "b_most": most})
    return [SettlementState.model_validate_json(row.settlement) for row in rows]


def call_for_waiting(
    connection: Connection, state: SettlementState, now_ms: int
) -> tuple[Hint, ...]:
    """Raise the alarm of a driver who waits, unless he was paid or called for meanwhile."""
    called = {"b_ticket_id": str(state.ticket_id), "b_now_ms": now_ms}
    if connection.execute(_CALLED, called).rowcount == 0:
        return ()
    alarm = _alarm_of(connection, AlarmKind.PAYOUT_WAITING, state)
    return (raise_alarm(connection, alarm, now_ms),)


def _follow_payout(connection: Connection, state: SettlementState, now_ms: int) -> tuple[Hint, ...]:
    """Call for a payout that stopped; close what called for it when it is paid.

    A payout on its way closes nothing: it may stop again.
    """
    ticket = {"b_ticket_id": str(state.ticket_id)}
    if state.payout.state is PayoutState.PAID:
        connection.execute(_PAID, ticket)
        return resolve_alarms(connection, _calls_of(state, _CALLING), now_ms)
    connection.execute(_WAITS, {"ticket_id": str(state.ticket_id), "since_ms": now_ms})
    kind = _stopped(state.payout)
    if kind is None:
        return ()
    connection.execute(_CALLED, ticket | {"b_now_ms": now_ms})
    others = tuple(other for other in _CALLING if other is not kind)
    closed = resolve_alarms(connection, _calls_of(state, others), now_ms)
    return (*closed, raise_alarm(connection, _alarm_of(connection, kind, state), now_ms))


def _stopped(payout: Payout) -> AlarmKind | None:
    if payout.state is PayoutState.HELD:
        return _HELD.get(payout.reason or "")
    return _STOPPED.get(payout.state)


def _calls_of(state: SettlementState, kinds: tuple[AlarmKind, ...]) -> list[Alarm]:
    return [Alarm(kind, "", subject=str(state.ticket_id)) for kind in kinds]


def _alarm_of(connection: Connection, kind: AlarmKind, state: SettlementState) -> Alarm:
    """Name order, plate, driver, money and why: what is needed to begin."""
    who = connection.execute(_WHO, {"b_ticket_id": str(state.ticket_id)}).one()
    payout = state.payout
    yuan = f"{payout.amount_minor // 100}.{payout.amount_minor % 100:02}"
    why = " ".join(filter(None, (payout.state.value, payout.reason)))
    detail = f"{state.order_no} {who.plate} {who.name} ¥{yuan}: {why}"
    return Alarm(kind, detail, subject=str(state.ticket_id))


def refuse_settlement(
    connection: Connection, ticket_id: UUID, error: str, now_ms: int
) -> tuple[Hint, ...]:
    """Note on the ticket why it cannot be settled, and raise the alarm."""
    error = error[:400]
    connection.execute(_REFUSE, {"b_ticket_id": str(ticket_id), "b_error": error})
    alarm = Alarm(AlarmKind.TICKET_NOT_SETTLED, error, subject=str(ticket_id))
    data = Hint("ticket", {"ticket_id": str(ticket_id), "settlement_error": error})
    return (data, raise_alarm(connection, alarm, now_ms))
