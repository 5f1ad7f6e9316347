"""Writes what a person is about to sign: a proposal with what it changes and what that comes to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, func, select

from settlement.deciding import in_register
from settlement.guard.registers import REASONS
from settlement.messages import PayoutState
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.register_forms import Kind
from settlement.registers.people import APPROVALS, hearing_of
from settlement.tables import payouts
from taigan.approvals.forms import Content, Decision, Proposal, Verdict

_WAITING: Final = select(func.count(), func.coalesce(func.sum(payouts.c.amount_minor), 0)).where(
    payouts.c.state == PayoutState.HELD, payouts.c.reason.in_(REASONS)
)
_BY_KIND: Final = {
    Kind.PAYEE: _WAITING.where(payouts.c.driver_id == bindparam("whose")),
    Kind.CONTRACT: _WAITING.where(payouts.c.contract_id == bindparam("whose")),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be otherwise; `after` None ends it."""

    kind: str
    subject: str
    after: Content | None
    why: str


def draft(tx: MoneyTransaction, proposal_id: UUID, key_id: str, wish: Wish) -> str:
    """Return the text of a proposal for the person of a key. Raises BadSignature, Untrue."""
    hearing = hearing_of(tx.connection, tx.now_ms)
    now = datetime.fromtimestamp(tx.now_ms / 1000, UTC)
    return Proposal(
        proposal_id=proposal_id,
        kind=wish.kind,
        subject=wish.subject,
        before=in_register(hearing, wish.kind, wish.subject),
        after=wish.after,
        consequence=_consequence(tx, wish),
        why=wish.why,
        proposer=hearing.people.name_of(key_id),
        proposed_at=now,
        expires_at=now + timedelta(milliseconds=tx.policy.approvals.expires_after_ms),
    ).model_dump_json()


def draft_decision(
    tx: MoneyTransaction, proposal_id: UUID, key_id: str, verdict: Verdict, why: str
) -> str:
    """Return the text of a decision for the person of a key.

    Raises NoSuchProposal, BadSignature, Untrue.
    """
    hearing = hearing_of(tx.connection, tx.now_ms)
    case = APPROVALS.find(hearing, proposal_id)
    return Decision(
        proposal_id=proposal_id,
        proposal_sha256=case.sha256,
        verdict=verdict,
        person=hearing.people.name_of(key_id),
        why=why,
        decided_at=datetime.fromtimestamp(tx.now_ms / 1000, UTC),
    ).model_dump_json()


def _consequence(tx: MoneyTransaction, wish: Wish) -> str:
    """Say what waits for it, in money."""
    query = _BY_KIND.get(Kind(wish.kind)) if wish.kind in set(Kind) else None
    if query is None:
        return "decides who may sign; moves no money by itself"
    whose = wish.subject.partition("/")[0]
    count, amount_minor = tx.connection.execute(query, {"whose": whose}).one()
    if not count:
        return "no payout waits for it now"
    return f"payouts that wait for it: {count}, together {amount_minor} fen"
