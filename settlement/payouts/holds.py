"""The kill switch, and what releases held payouts: a rail that runs again, or a person."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from settlement.guard import registers
from settlement.messages import PayoutState
from settlement.payouts import controls
from settlement.payouts.changes import change
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.states import Event
from settlement.tables import UNPAID, payouts

DOUBTED: Final = ("guard", "payout_altered")
"""Reasons that say that something is wrong."""

BREAKER: Final = "breaker"
"""The reason of the payout that was one too many; it goes on with its rail."""

EXAMINED_AGAIN: Final = (*DOUBTED, "limit", *registers.REASONS)
"""Reasons after which a person may ask for another look; it overrules nothing."""

_WAITING_FOR_RAIL: Final = (
    select(payouts)
    .where(
        UNPAID,
        payouts.c.rail == bindparam("rail"),
        payouts.c.state == PayoutState.HELD,
        payouts.c.reason.in_(("rail_paused", BREAKER)),
    )
    .order_by(payouts.c.created_ms, payouts.c.id)
    .with_for_update()
)
_HELD_FOR: Final = (
    select(payouts.c.id)
    .where(payouts.c.state == PayoutState.HELD, payouts.c.reason == bindparam("why"))
    .order_by(payouts.c.created_ms, payouts.c.id)
)
_ONE: Final = select(payouts).where(payouts.c.id == bindparam("payout")).with_for_update()


class NotReleasable(Exception):
    """The payout does not exist, is not held, or waits for something that is not a decision."""


def pause_rails(connection: Connection, only: str | None, why: str, now_ms: int) -> list[str]:
    """Stop sending on every rail, or on one; return their names. Raises LookupError.

    Payouts that become due are held as they come. It needs no settings but the database's address.
    """
    rails = _named(connection, only)
    for rail in rails:
        controls.switch(connection, rail, paused=True, why=why, now_ms=now_ms)
    return rails


def resume_rails(tx: MoneyTransaction, only: str | None) -> dict[str, int]:
    """Let every rail send again, or one; return how many payouts had waited for each.

    Raises LookupError.
    """
    return {rail: _resume(tx, rail) for rail in _named(tx.connection, only)}


def _named(connection: Connection, only: str | None) -> list[str]:
    return controls.rail_names(connection) if only is None else [only]


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
    if payout.state != PayoutState.HELD or payout.reason not in EXAMINED_AGAIN:
        why = f" ({payout.reason})" if payout.reason else ""
        raise NotReleasable(
            f"payout {payout_id} is {payout.state}{why}, not held by guard, registers or limit,"
            " nor as altered"
        )
    change(tx, payout, Event.RELEASED, due_ms=tx.now_ms)


def held_for(connection: Connection, reason: str) -> list[UUID]:
    """Return every payout that is held for a reason now, oldest first."""
    return list(connection.execute(_HELD_FOR, {"why": reason}).scalars())


def release_those_held(tx: MoneyTransaction, payout_ids: Iterable[UUID], reason: str) -> int:
    """Release what is still held for `reason`; return how many, and leave the others alone."""
    count = 0
    for payout_id in payout_ids:
        payout = tx.connection.execute(_ONE, {"payout": payout_id}).one()
        if payout.state == PayoutState.HELD and payout.reason == reason:
            change(tx, payout, Event.RELEASED, due_ms=tx.now_ms)
            count += 1
    return count
