"""Lets go of held payouts: when a rail runs again, or when a person asks for another look."""

from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from settlement.messages import PayoutState
from settlement.payouts import controls
from settlement.payouts.changes import change
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.states import Event
from settlement.tables import payouts

_EXAMINED_AGAIN: Final = frozenset({"guard", "limit"})

_WAITING_FOR_RAIL: Final = (
    select(payouts)
    .where(
        payouts.c.rail == bindparam("rail"),
        payouts.c.state == PayoutState.HELD,
        payouts.c.reason == "rail_paused",
    )
    .order_by(payouts.c.created_ms, payouts.c.id)
    .with_for_update()
)
_ONE: Final = select(payouts).where(payouts.c.id == bindparam("payout")).with_for_update()


class NotReleasable(Exception):
    """The payout does not exist, is not held, or waits for something that is not a decision."""


def pause_rail(tx: MoneyTransaction, rail: str, why: str) -> None:
    """Stop sending on a rail; payouts that become due are held as they come."""
    controls.switch(tx.connection, rail, paused=True, why=why, now_ms=tx.now_ms)


def resume_rail(tx: MoneyTransaction, rail: str) -> int:
    """Let a rail send again; return how many payouts had waited for it."""
    controls.switch(tx.connection, rail, paused=False, why="", now_ms=tx.now_ms)
    waiting = tx.connection.execute(_WAITING_FOR_RAIL, {"rail": rail}).all()
    for payout in waiting:
        change(tx, payout, Event.RELEASED, due_ms=tx.now_ms)
    return len(waiting)


def release_held(tx: MoneyTransaction, payout_id: UUID) -> None:
    """Make a payout ready again; guard and limits examine it anew. Raises NotReleasable."""
    payout = tx.connection.execute(_ONE, {"payout": payout_id}).one_or_none()
    if payout is None:
        raise NotReleasable(f"there is no payout {payout_id}")
    if payout.state != PayoutState.HELD or payout.reason not in _EXAMINED_AGAIN:
        why = f" ({payout.reason})" if payout.reason else ""
        raise NotReleasable(
            f"payout {payout_id} is {payout.state}{why}, not held by guard or limit"
        )
    change(tx, payout, Event.RELEASED, due_ms=tx.now_ms)
