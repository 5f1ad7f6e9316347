"""The one place where a payout's state changes: table, journal, revision and notice together."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select, update

from settlement.ledger import posting
from settlement.ledger.posting import Owed
from settlement.ledger.service import post
from settlement.messages import Payout, PayoutState, Price, SettlementState
from settlement.notices.service import Contact, queue_notices
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.states import Booking, Event, transition
from settlement.tables import payouts, settlements

PayoutRow = Row[*tuple[Any, ...]]
"""One row of `payouts`, locked by the transaction that holds it."""

Columns = dict[str, str | int | None]
"""Values of columns of `payouts` that belong to its state."""

_BOOKINGS: Final = {
    Booking.RESERVE: posting.reserved,
    Booking.PAY: posting.paid,
    Booking.VOID: posting.voided,
    Booking.RETURN: posting.returned,
    Booking.SUSPEND_FAILED: posting.paid_after_failure,
    Booking.SUSPEND_RETURNED: posting.paid_after_return,
}

_STATE_COLUMNS: Final = (
    "state",
    "reason",
    "detail",
    "fence",
    "asks",
    "due_ms",
    "first_sent_ms",
    "last_sent_ms",
    "paid_ms",
)
_WRITE: Final = (
    update(payouts)
    .where(
        payouts.c.id == bindparam("payout"),
        payouts.c.fence == bindparam("old_fence"),
        payouts.c.state == bindparam("old_state"),
    )
    .values({payouts.c[name]: bindparam(f"new_{name}") for name in _STATE_COLUMNS})
)
_REVISE: Final = (
    update(settlements)
    .where(settlements.c.id == bindparam("settlement"))
    .values(revision=settlements.c.revision + 1)
)
_FIND: Final = (
    select(
        settlements.c.id.label("settlement_id"),
        settlements.c.ticket_id,
        settlements.c.order_no,
        settlements.c.settled_ms,
        settlements.c.price,
        settlements.c.revision,
        settlements.c.phone,
        settlements.c.plate,
        settlements.c.receipt_url,
        payouts.c.id.label("payout_id"),
        payouts.c.provider_no,
        payouts.c.amount_minor,
        payouts.c.state,
        payouts.c.reason,
        payouts.c.paid_ms,
    )
    .join(payouts, payouts.c.settlement_id == settlements.c.id)
    .where(settlements.c.id == bindparam("settlement"))
)


class Overtaken(Exception):
    """Another worker changed the payout since it was read: stop, do not act."""


def change(
    tx: MoneyTransaction, payout: PayoutRow, event: Event, **columns: str | int | None
) -> PayoutState:
    """Apply an event and return the new state; `columns` are further columns to set.

    Reason and detail are cleared unless given. A changed state is posted as its table row says,
    gets a new revision and is announced. Raises UnexpectedEvent, Overtaken.
    """
    old = PayoutState(payout.state)
    row = transition(old, event)
    changed = row.state is not old
    kept = {} if changed else {"reason": payout.reason, "detail": payout.detail}
    write_columns(
        tx, payout, {"state": row.state, "reason": None, "detail": None, **kept, **columns}
    )
    if row.booking is not Booking.NONE:
        journal = _BOOKINGS[row.booking](owed_of(payout))
        post(tx.connection, journal, tx.now_ms, payout.settlement_id)
    if changed:
        tx.connection.execute(_REVISE, {"settlement": payout.settlement_id})
        announce_settlement(tx, payout.settlement_id)
    return row.state


def write_columns(tx: MoneyTransaction, payout: PayoutRow, columns: Columns) -> None:
    """Set columns of a payout if nobody claimed or changed it since; raise Overtaken otherwise."""
    new = {name: getattr(payout, name) for name in _STATE_COLUMNS} | dict(columns)
    parameters = {f"new_{name}": value for name, value in new.items()} | {
        "payout": payout.id,
        "old_fence": payout.fence,
        "old_state": payout.state,
    }
    if tx.connection.execute(_WRITE, parameters).rowcount != 1:
        raise Overtaken(f"payout {payout.id} was changed by another worker")


def announce_settlement(tx: MoneyTransaction, settlement: UUID) -> SettlementState:
    """Queue the notices about a settlement's state now, and return the state."""
    found = tx.connection.execute(_FIND, {"settlement": settlement}).one()
    contact = Contact(phone=found.phone, plate=found.plate, receipt_url=found.receipt_url)
    state = _settlement_state(found)
    queue_notices(tx.connection, tx.policy.channels, state, contact, tx.now_ms)
    return state


def find_settlement(connection: Connection, settlement: UUID) -> SettlementState | None:
    """Return a settlement's state now, or None if there is no such settlement."""
    found = connection.execute(_FIND, {"settlement": settlement}).one_or_none()
    return None if found is None else _settlement_state(found)


def owed_of(payout: PayoutRow) -> Owed:
    """Return what a payout's journals need to know."""
    return Owed(
        payout_id=payout.id,
        generation=payout.generation,
        contract_id=payout.contract_id,
        driver_id=payout.driver_id,
        rail=payout.rail,
        amount_minor=payout.amount_minor,
    )


def _settlement_state(row: PayoutRow) -> SettlementState:
    return SettlementState(
        settlement_id=row.settlement_id,
        ticket_id=row.ticket_id,
        order_no=row.order_no,
        settled_at=_utc(row.settled_ms),
        price=Price.model_validate_json(row.price),
        payout=Payout(
            payout_id=row.payout_id,
            provider_no=row.provider_no,
            amount_minor=row.amount_minor,
            state=PayoutState(row.state),
            reason=row.reason,
            paid_at=None if row.paid_ms is None else _utc(row.paid_ms),
        ),
        revision=row.revision,
    )


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
