"""What a proposal starts from: what its register says, and the money that waits for a change."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select

from settlement.deciding import in_register
from settlement.guard.registers import REASONS
from settlement.messages import PayoutState, TicketToSettle
from settlement.register_forms import Kind, payout_of
from settlement.tables import STOPPED, payouts, settlements
from taigan.approvals.drafting import Ground
from taigan.approvals.forms import Content, Refused
from taigan.approvals.rules import Rules
from taigan.approvals.store import Hearing

_WAITING: Final = select(func.count(), func.coalesce(func.sum(payouts.c.amount_minor), 0)).where(
    STOPPED, payouts.c.state == PayoutState.HELD, payouts.c.reason.in_(REASONS)
)
_ONE: Final = (
    select(payouts.c.amount_minor, payouts.c.state, payouts.c.reason, settlements.c.ticket)
    .join(settlements, settlements.c.id == payouts.c.settlement_id)
    .where(payouts.c.id == bindparam("payout", type_=Uuid()))
)
_BY_KIND: Final = {
    Kind.PAYEE.value: _WAITING.where(payouts.c.driver_id == bindparam("whose")),
    Kind.CONTRACT.value: _WAITING.where(payouts.c.contract_id == bindparam("whose")),
}


def ground_for(hearing: Hearing, rules: Rules, kind: str, subject: str) -> Ground:
    """Return what a proposal about a subject starts from. Raises Untrue."""
    now = datetime.fromtimestamp(hearing.now_ms / 1000, UTC)
    payout = _payout(hearing, subject) if kind == Kind.PAYOUT else None
    return Ground(
        before=in_register(hearing, kind, subject),
        consequence=_consequence(hearing, kind, subject) if payout is None else payout.comes_to,
        expires_at=now + timedelta(milliseconds=rules.expires_after_ms),
        suggested=None if payout is None else payout.content,
    )


class _Payout(NamedTuple):
    content: Content
    comes_to: str


def _payout(hearing: Hearing, subject: str) -> _Payout:
    """Return what letting one payout go means. Raises Refused."""
    try:
        found = hearing.connection.execute(_ONE, {"payout": UUID(subject)}).one_or_none()
    except ValueError as error:
        raise Refused("subject: is not the id of a payout, as `payout list` shows it") from error
    if found is None:
        raise Refused(f"subject: there is no payout {subject}")
    content = payout_of(TicketToSettle.model_validate_json(found.ticket), found.amount_minor)
    why = f"{found.state} {found.reason or ''}".strip()
    comes_to = f"{found.amount_minor} fen go to account {content['account']}, now {why}"
    return _Payout(content, comes_to)


def _consequence(hearing: Hearing, kind: str, subject: str) -> str:
    query = _BY_KIND.get(kind)
    if query is None:
        return "decides who may sign; moves no money by itself"
    whose = subject.partition("/")[0]
    count, amount_minor = hearing.connection.execute(query, {"whose": whose}).one()
    if not count:
        return "no payout waits for it now"
    return f"payouts that wait for it: {count}, together {amount_minor} fen"
