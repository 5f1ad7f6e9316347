"""Two people who decide about money, with keys of their own: they propose and approve for tests."""

import json
from datetime import UTC, datetime
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from settlement.consequences import ground_for
from settlement.deciding import decide, in_register, propose
from settlement.messages import ContractTerms, Payee, TicketToSettle
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.register_forms import Kind, PayeeEntry, card_of, contract_subject
from settlement.registers.people import add_founder, hearing_of
from taigan.approvals.cases import Case
from taigan.approvals.drafting import Author, Wish, draft_decision, draft_proposal
from taigan.approvals.forms import Content, Signed, Verdict
from taigan.approvals.signatures import public_key, sign

KEYS = {
    name: Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    for number, name in enumerate(("wang", "zhou", "li", "stranger"), start=101)
}


def enter_founders(tx: MoneyTransaction) -> None:
    """Enter the two people unless they are there."""
    if not hearing_of(tx.connection, tx.now_ms).people.active:
        for name in ("wang", "zhou"):
            add_founder(tx.connection, name, public_key(KEYS[name]), tx.now_ms)


def agree(tx: MoneyTransaction, kind: str, subject: str, after: Content | None) -> Case | None:
    """Propose by one, approve by the other; nothing if the register says so already."""
    enter_founders(tx)
    before = in_register(hearing_of(tx.connection, tx.now_ms), kind, subject)
    if before == after or (before is not None and kind == Kind.CONTRACT):
        return None
    return approved(tx, propose_as(tx, "wang", Wish(kind, subject, after, "for a test")))


def propose_as(tx: MoneyTransaction, person: str, wish: Wish) -> Case:
    return propose(tx, written(tx, person, wish))


def written(tx: MoneyTransaction, person: str, wish: Wish) -> Signed:
    """Return a proposal that a person signed and has not sent yet."""
    hearing = hearing_of(tx.connection, tx.now_ms)
    ground = ground_for(hearing, tx.policy.approvals, wish.kind, wish.subject)
    return sign(draft_proposal(uuid4(), wish, ground, author(tx, person)), KEYS[person])


def said(tx: MoneyTransaction, case: Case, person: str, verdict: Verdict = Verdict.APPROVE) -> Case:
    about, signer = case.proposal.proposal_id, author(tx, person)
    text = draft_decision(about, case.sha256, verdict, "looked at it", signer)
    return decide(tx, sign(text, KEYS[person]))


def approved(tx: MoneyTransaction, case: Case) -> Case:
    """Return a case after the other person, or both for a program's, has approved it."""
    for person in ("wang", "zhou"):
        if person != case.proposal.proposer:
            case = said(tx, case, person)
    return case


def author(tx: MoneyTransaction, person: str) -> Author:
    return Author(person, datetime.fromtimestamp(tx.now_ms / 1000, UTC))


def agree_on_payee(tx: MoneyTransaction, payee: Payee) -> Case | None:
    entry = PayeeEntry.model_validate(payee.model_dump(exclude={"driver_id"}))
    return agree(tx, Kind.PAYEE, payee.driver_id, entry.model_dump(mode="json"))


def agree_on_contract(tx: MoneyTransaction, terms: ContractTerms) -> Case | None:
    after = terms.model_dump(mode="json")
    return agree(tx, Kind.CONTRACT, contract_subject(terms), after)


def tag_of(ticket: TicketToSettle) -> str:
    """Return the tag of the card that was read at unloading."""
    return str(json.loads(ticket.unloading.gross_record.body)["tag"])


def agree_on_card(tx: MoneyTransaction, ticket: TicketToSettle) -> Case | None:
    return agree(tx, Kind.CARD, tag_of(ticket), card_of(ticket))


def agree_on(tx: MoneyTransaction, ticket: TicketToSettle) -> None:
    """Enter what a ticket names into the registers, as two people would before it comes."""
    agree_on_payee(tx, ticket.payee)
    agree_on_card(tx, ticket)
    agree_on_contract(tx, ticket.contract)
