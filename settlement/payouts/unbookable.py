"""An answer of the bank that the books refuse: tried a few times, then left to a person.

Asking for ever would hide it. The rail is paused with it: books that refuse one answer may refuse
the next one too, and money must not go on leaving meanwhile.
"""

from typing import Final

import structlog
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import OperationalError

from settlement.messages import PayoutState
from settlement.payouts import controls
from settlement.payouts.changes import Columns, PayoutRow, change, write_columns
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.service import CLAIMED, RailCall
from settlement.payouts.states import ENDS, Event
from settlement.tables import attempts

log = structlog.get_logger()

TRIES_MAX: Final = 3
_OUTCOME: Final = "unbookable"

_NOTE: Final = (
    update(attempts)
    .where(attempts.c.payout_id == bindparam("payout"), attempts.c.n == bindparam("number"))
    .values(finished_ms=bindparam("now"), outcome=_OUTCOME, evidence=bindparam("seen"))
)
_COUNT: Final = select(func.count()).where(
    attempts.c.payout_id == bindparam("payout"), attempts.c.outcome == _OUTCOME
)


def note_unbookable(tx: MoneyTransaction, call: RailCall, answer: RailAnswer, why: str) -> bool:
    """Write down that an answer could not be booked; return whether it is a person's now.

    After TRIES_MAX the payout is MANUAL and its rail paused. Nothing is changed if another worker
    has the payout.
    """
    key = {"payout": call.payout_id, "fence": call.fence}
    payout = tx.connection.execute(CLAIMED, key).one_or_none()
    if payout is None:
        return False
    seen = f"{why}; the bank: {answer.outcome}: {answer.evidence}"
    note = {"payout": call.payout_id, "number": call.fence, "now": tx.now_ms, "seen": seen}
    tx.connection.execute(_NOTE, note)
    if tx.connection.execute(_COUNT, {"payout": payout.id}).scalar_one() < TRIES_MAX:
        return False
    _leave_to_person(tx, payout, seen)
    told = f"what the bank said of {call.provider_no} cannot be booked"
    controls.switch(tx.connection, payout.rail, paused=True, why=told, now_ms=tx.now_ms)
    return True


def _leave_to_person(tx: MoneyTransaction, payout: PayoutRow, seen: str) -> None:
    """Stop asking and tell everybody; if even that cannot be told, stop asking."""
    state = PayoutState(payout.state)
    reason = f"unbookable_after_{state}" if state in ENDS else "unbookable"
    columns: Columns = {"reason": reason, "detail": seen, "due_ms": None}
    try:
        with tx.connection.begin_nested():
            change(tx, payout, Event.UNBOOKABLE, **columns)
    except OperationalError:  # the database's own trouble: the whole transaction is repeated
        raise
    except Exception:
        log.exception("A payout that became manual could not be announced", payout=str(payout.id))
        write_columns(tx, payout, {"state": PayoutState.MANUAL, **columns})
