"""What a proposal starts from: what its register says, and the money that waits for a change."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select

from settlement.deciding import in_register
from settlement.guard.registers import REASONS
from settlement.messages import PayoutState
from settlement.register_forms import Kind
from settlement.tables import STOPPED, payouts
from taigan.approvals.drafting import Ground
from taigan.approvals.rules import Rules
from taigan.approvals.store import Hearing

_WAITING: Final = select(func.count(), func.coalesce(func.sum(payouts.c.amount_minor), 0)).where(
    STOPPED, payouts.c.state == PayoutState.HELD, payouts.c.reason.in_(REASONS)
)
_BY_KIND: Final = {
    Kind.PAYEE.value: _WAITING.where(payouts.c.driver_id == bindparam("whose")),
    Kind.CONTRACT.value: _WAITING.where(payouts.c.contract_id == bindparam("whose")),
}


def ground_for(hearing: Hearing, rules: Rules, kind: str, subject: str) -> Ground:
    """Return what a proposal about a subject starts from. Raises Untrue."""
    now = datetime.fromtimestamp(hearing.now_ms / 1000, UTC)
    return Ground(
        before=in_register(hearing, kind, subject),
        consequence=_consequence(hearing, kind, subject),
        expires_at=now + timedelta(milliseconds=rules.expires_after_ms),
    )


def _consequence(hearing: Hearing, kind: str, subject: str) -> str:
    query = _BY_KIND.get(kind)
    if query is None:
        return "decides who may sign; moves no money by itself"
    whose = subject.partition("/")[0]
    count, amount_minor = hearing.connection.execute(query, {"whose": whose}).one()
    if not count:
        return "no payout waits for it now"
    return f"payouts that wait for it: {count}, together {amount_minor} fen"
