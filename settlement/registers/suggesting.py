"""Proposes what a ticket names and a register lacks, so that people only have to look and sign.

The proposal is a program's. It counts for nobody, and is made once for the same content: what was
refused is not asked again.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from settlement.messages import TicketToSettle
from settlement.register_forms import Kind, PayeeEntry, card_of, contract_subject, payee_of
from settlement.registers.people import APPROVALS
from settlement.registers.versions import newest, versions
from taigan.approvals.cases import Case
from taigan.approvals.forms import Content, Proposal
from taigan.approvals.rules import Rules
from taigan.approvals.states import State
from taigan.approvals.store import Hearing

Cases = tuple[Case, ...]

_NAMESPACE: Final = UUID("3f0a1d52-7c53-5b6e-9a51-4f8c1f2b7d11")
SUGGESTIONS_MAX: Final = 20
"""About one subject; then people propose it themselves, so that nobody floods their list."""

_NOT_AGAIN: Final = {State.OPEN, State.COOLING_OFF, State.REFUSED}
"""States in which the same content is not proposed once more."""


@dataclass(frozen=True, slots=True)
class _Missing:
    kind: Kind
    subject: str
    content: Content
    cases: Cases
    """What was proposed about the subject so far."""


def payee_cases(hearing: Hearing, ticket: TicketToSettle, cases: Cases, rules: Rules) -> Cases:
    """Return the proposals about a ticket's driver; propose his account if none ever named it.

    Raises Untrue.
    """
    payee = ticket.payee
    known = versions(cases, hearing.now_ms)
    entries = (PayeeEntry.model_validate(one.content) for one in known if one.content is not None)
    if any(entry.pays(payee) for entry in entries):
        return cases
    _suggest(hearing, rules, _Missing(Kind.PAYEE, payee.driver_id, payee_of(ticket), cases), ticket)
    return APPROVALS.about(hearing, Kind.PAYEE, payee.driver_id)


def card_cases(
    hearing: Hearing, ticket: TicketToSettle, card: str, cases: Cases, rules: Rules
) -> Cases:
    """Return the proposals about the card of a trip; propose whose it is if nobody has said.

    A card that is another's is proposed to nobody: whoever redirected an order would gain by it.
    Raises Untrue.
    """
    if versions(cases, hearing.now_ms):
        return cases
    _suggest(hearing, rules, _Missing(Kind.CARD, card, card_of(ticket), cases), ticket)
    return APPROVALS.about(hearing, Kind.CARD, card)


def contract_cases(hearing: Hearing, ticket: TicketToSettle, cases: Cases, rules: Rules) -> Cases:
    """Return the proposals about a ticket's version of a contract; propose it if there is none.

    Raises Untrue.
    """
    if versions(cases, hearing.now_ms):
        return cases
    subject = contract_subject(ticket.contract)
    terms = ticket.contract.model_dump(mode="json")
    _suggest(hearing, rules, _Missing(Kind.CONTRACT, subject, terms, cases), ticket)
    return APPROVALS.about(hearing, Kind.CONTRACT, subject)


def _suggest(hearing: Hearing, rules: Rules, what: _Missing, ticket: TicketToSettle) -> None:
    for case in what.cases:
        same = case.proposal.after == what.content
        if same and case.standing(hearing.now_ms).state in _NOT_AGAIN:
            return
    if len(what.cases) >= SUGGESTIONS_MAX:
        return
    name = f"{what.kind}:{what.subject}:{len(what.cases)}:{json.dumps(what.content)}"
    now = datetime.fromtimestamp(hearing.now_ms / 1000, UTC)
    proposal = Proposal(
        proposal_id=uuid5(_NAMESPACE, name),
        kind=what.kind,
        subject=what.subject,
        before=newest(versions(what.cases, hearing.now_ms)),
        after=what.content,
        consequence=f"the freight of order {ticket.order_no} waits for it",
        why=f"ticket {ticket.ticket_id} names it",
        proposer=None,
        proposed_at=now,
        expires_at=now + timedelta(milliseconds=rules.expires_after_ms),
    )
    APPROVALS.take_unsigned(hearing, proposal, rules)
