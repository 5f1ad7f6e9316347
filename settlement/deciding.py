"""Proposals and decisions come in; what they decide takes effect, and those who wait are told.

The registers are what the people signed. So nothing is applied: payouts that waited are looked at
again when it takes effect, and a driver whose account changes is told at his old phone.
"""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from settlement.guard.registers import CARD_REASONS, REASONS
from settlement.messages import PayoutState
from settlement.notices.service import queue_for_payee
from settlement.notices.texts import account_changes
from settlement.payouts.changes import write_columns
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.register_forms import Kind, PayeeEntry, PersonEntry, check_content
from settlement.registers.people import APPROVALS, hearing_of
from settlement.registers.versions import newest, versions
from settlement.tables import STOPPED, payouts
from taigan.approvals.cases import Case
from taigan.approvals.forms import (
    Content,
    Decision,
    Proposal,
    Refused,
    Signed,
    Verdict,
    read_signed,
)
from taigan.approvals.signatures import key_id
from taigan.approvals.states import State
from taigan.approvals.store import Hearing

_HELD: Final = select(payouts).where(
    STOPPED, payouts.c.state == PayoutState.HELD, payouts.c.reason.in_(REASONS)
)
_OF_DRIVER: Final = _HELD.where(payouts.c.driver_id == bindparam("whose")).with_for_update()
_OF_CARDS: Final = (
    select(payouts)
    .where(
        STOPPED,
        payouts.c.state == PayoutState.HELD,
        payouts.c.reason.in_(CARD_REASONS),
    )
    .with_for_update()
)
"""Which card a trip had stands in its records alone: all that wait for one are looked at."""
_OF_CONTRACT: Final = _HELD.where(payouts.c.contract_id == bindparam("whose")).with_for_update()
_THIS_ONE: Final = _HELD.where(payouts.c.id == bindparam("whose", type_=Uuid())).with_for_update()
_HELD_FOR: Final = {
    Kind.PAYEE.value: _OF_DRIVER,
    Kind.CARD.value: _OF_CARDS,
    Kind.CONTRACT.value: _OF_CONTRACT,
    Kind.PAYOUT.value: _THIS_ONE,
}


def propose(tx: MoneyTransaction, signed: Signed) -> Case:
    """Take a person's proposal; a repeat changes nothing. Raises Refused, BadSignature, Untrue."""
    hearing = hearing_of(tx.connection, tx.now_ms)
    proposal = read_signed(Proposal, signed.body)
    if not APPROVALS.has(hearing, proposal.proposal_id):
        check_content(proposal)
        _check_register(hearing, proposal)
        _check_people(tx, hearing, proposal)
    case = APPROVALS.take(hearing, signed, tx.policy.approvals)
    _follow(tx, case, State.OPEN)
    return case


def decide(tx: MoneyTransaction, signed: Signed) -> Case:
    """Take what a person says to a proposal; a repeat changes nothing.

    Raises NoSuchProposal, Refused, BadSignature, NotPossible, Untrue.
    """
    hearing = hearing_of(tx.connection, tx.now_ms)
    decision = read_signed(Decision, signed.body)
    case = APPROVALS.find(hearing, decision.proposal_id, lock=True)
    before = case.standing(tx.now_ms).state
    if decision.verdict is Verdict.APPROVE and before is State.OPEN:
        _check_register(hearing, case.proposal)
        _check_people(tx, hearing, case.proposal)
    case = APPROVALS.hear(hearing, signed)
    _follow(tx, case, before)
    return case


def in_register(hearing: Hearing, kind: str, subject: str) -> Content | None:
    """Return what a proposal about a subject must name as `before`. Raises Untrue."""
    known = versions(APPROVALS.about(hearing, kind, subject), hearing.now_ms)
    if known or kind != Kind.PERSON:
        return newest(known)
    founder = hearing.people.find(subject)
    return None if founder is None else PersonEntry(key=founder.key).model_dump(mode="json")


def _check_register(hearing: Hearing, proposal: Proposal) -> None:
    """Refuse what was proposed about a state that is over: nobody approves what he has not seen."""
    own = in_register(hearing, proposal.kind, proposal.subject)
    if proposal.kind == Kind.CONTRACT and own is not None:
        raise Refused(
            f"subject: {proposal.subject} was agreed on already, and a version of a contract never"
            " changes; propose the next version"
        )
    if proposal.before != own:
        raise Refused(
            f"before: the register says otherwise by now of {proposal.kind} {proposal.subject};"
            " propose it anew"
        )


def _check_people(tx: MoneyTransaction, hearing: Hearing, proposal: Proposal) -> None:
    if proposal.kind != Kind.PERSON:
        return
    if proposal.after is None:
        needed = max(rule.signers_needed for rule in tx.policy.approvals.by_kind.values())
        if len(hearing.people.active) <= needed:
            raise Refused(f"after: {needed} people must remain, or nothing can be approved")
        return
    key = PersonEntry.model_validate(proposal.after).key
    known = hearing.people.ever.get(key_id(key))
    if known is not None:
        raise Refused(f"after.key: is, or was, {known.name}'s key: make a new one")


def _follow(tx: MoneyTransaction, case: Case, before: State) -> None:
    """Look again at those who waited for it; tell whose account changes."""
    now = case.standing(tx.now_ms)
    if now.state is before:
        return
    if now.effective_ms is not None or before is State.COOLING_OFF:
        _examine(tx, case.proposal)
    if now.effective_ms is not None:
        _tell_old_phone(tx, case.proposal, now.effective_ms)


def _examine(tx: MoneyTransaction, proposal: Proposal) -> None:
    """Let the guard look again; it says until when what cools off waits, and looks then."""
    held = _HELD_FOR.get(proposal.kind)
    if held is None:
        return
    subject = proposal.subject.partition("/")[0]
    whose = {"whose": UUID(subject) if proposal.kind == Kind.PAYOUT else subject}
    for payout in tx.connection.execute(held, whose).all():
        write_columns(tx, payout, {"due_ms": tx.now_ms})


def _tell_old_phone(tx: MoneyTransaction, proposal: Proposal, effective_ms: int) -> None:
    """Tell the phone of before: who takes a driver's money would change his number as well."""
    language = tx.policy.channels.sms_language
    if proposal.kind != Kind.PAYEE or proposal.before is None or language is None:
        return
    old = PayeeEntry.model_validate(proposal.before)
    account = None if proposal.after is None else str(proposal.after["account"])
    text = account_changes(language, account, datetime.fromtimestamp(effective_ms / 1000, UTC))
    queue_for_payee(tx.connection, str(proposal.proposal_id), old.phone, text, tx.now_ms)
