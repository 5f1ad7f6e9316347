"""The kill switch, and what releases held payouts: a rail that runs again, or a person."""

from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from settlement.messages import PayoutState
from settlement.payouts import controls
from settlement.payouts.changes import change
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.states import Event
from settlement.tables import UNPAID, payouts

_EXAMINED_AGAIN: Final = frozenset({"guard", "limit"})

_WAITING_FOR_RAIL: Final = (
    select(payouts)
    .where(
        UNPAID,
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


def pause_rails(tx: MoneyTransaction, only: str | None, why: str) -> list[str]:
    """Stop sending on every rail, or on one; return their names. Raises LookupError.

    Payouts that become due are held as they come.
    """
    rails = _named(tx, only)
    for rail in rails:
        controls.switch(tx.connection, rail, paused=True, why=why, now_ms=tx.now_ms)
    return rails


def resume_rails(tx: MoneyTransaction, only: str | None) -> dict[str, int]:
    """Let every rail send again, or one; return how many payouts had waited for each.

    Raises LookupError.
    """
    return {rail: _resume(tx, rail) for rail in _named(tx, only)}


def _named(tx: MoneyTransaction, only: str | None) -> list[str]:
    return controls.rail_names(tx.connection) if only is None else [only]


def _resume(tx: MoneyTransaction, rail: str) -> int:
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
