"""A ticket's payee and terms against the registers: each reason, and what it tells people to do."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from settlement.guard.check import Doubt
from settlement.guard.registers import (
    REASONS,
    AtTimes,
    check_card,
    check_contract,
    check_payee,
    is_confirmed,
)
from settlement.messages import ContractTerms
from settlement.register_forms import payout_of
from taigan.approvals.cases import Case, Heard
from taigan.approvals.forms import Decision, Proposal, Verdict
from taigan.approvals.states import Terms
from tests.unit.settlement.tickets import NOON, terms, ticket

PAYEE = ticket().payee
ENTRY = {**PAYEE.model_dump(exclude={"driver_id"}), "proof": ""}
OTHER = {**ENTRY, "account": "6222999999999"}


def case(
    after: dict[str, Any] | None, *approvals_ms: int, proposed_ms: int = 0, cooling_off_ms: int = 0
) -> Case:
    """Return a program's proposal that was approved at these times."""
    proposal_id = uuid4()
    proposal = Proposal(
        proposal_id=proposal_id,
        kind="payee",
        subject="x",
        before=None,
        after=after,
        consequence="-",
        why="-",
        proposer=None,
        proposed_at=NOON,
        expires_at=NOON,
    )
    heard = [Heard(_yes(proposal_id, f"p{n}"), at) for n, at in enumerate(approvals_ms)]
    of = Terms(
        signer=None,
        signers_needed=2,
        cooling_off_ms=cooling_off_ms,
        proposed_ms=proposed_ms,
        expires_ms=10_000,
    )
    return Case(proposal=proposal, sha256="0" * 64, terms=of, heard=tuple(heard))


def _yes(proposal_id: UUID, person: str) -> Decision:
    return Decision(
        proposal_id=proposal_id,
        proposal_sha256="0" * 64,
        verdict=Verdict.APPROVE,
        person=person,
        why="-",
        decided_at=NOON,
    )


def agreed(after: dict[str, Any] | None, at_ms: int = 0, cooling_off_ms: int = 0) -> Case:
    return case(after, at_ms, at_ms, cooling_off_ms=cooling_off_ms)


def payee_doubt(*cases: Case, settled_ms: int = 50, now_ms: int = 100) -> Doubt:
    with pytest.raises(Doubt) as raised:
        check_payee(PAYEE, cases, AtTimes(settled_ms=settled_ms, now_ms=now_ms))
    return raised.value


def contract_doubt(ticket_terms: ContractTerms, *cases: Case) -> Doubt:
    with pytest.raises(Doubt) as raised:
        check_contract(ticket_terms, cases, 100)
    return raised.value


def test_the_account_of_the_register_is_paid() -> None:
    check_payee(PAYEE, [agreed(ENTRY)], AtTimes(settled_ms=50, now_ms=100))


def test_a_payee_whom_nobody_entered_is_unknown_and_people_are_told_what_to_do() -> None:
    found = payee_doubt()
    assert (found.reason, found.until_ms) == ("payee_unknown", None)
    assert "one person proposes it, another approves" in str(found)


@pytest.mark.parametrize(("signed", "left"), [((), "2 people"), ((10,), "another person")])
def test_a_waiting_proposal_is_named_with_who_is_missing(
    signed: tuple[int, ...], left: str
) -> None:
    waiting = case(ENTRY, *signed)
    found = payee_doubt(waiting)
    assert found.reason == "payee_unknown"
    assert left in str(found)
    assert str(waiting.proposal.proposal_id) in str(found)


def test_another_account_differs() -> None:
    found = payee_doubt(agreed(OTHER))
    assert found.reason == "payee_differs"
    assert OTHER["account"] in str(found)


def test_a_new_account_waits_until_it_takes_effect() -> None:
    found = payee_doubt(agreed(OTHER), agreed(ENTRY, at_ms=90, cooling_off_ms=500))
    assert (found.reason, found.until_ms) == ("payee_cooling_off", 590)


def test_the_account_of_before_is_paid_for_what_was_settled_before() -> None:
    cases = [agreed(ENTRY), agreed(OTHER, at_ms=60)]
    check_payee(PAYEE, cases, AtTimes(settled_ms=50, now_ms=100))
    assert payee_doubt(*cases, settled_ms=70).reason == "payee_differs"


def test_a_payee_who_has_ended_is_unknown() -> None:
    assert payee_doubt(agreed(ENTRY), agreed(None, at_ms=40)).reason == "payee_unknown"


CARD = {"driver_id": PAYEE.driver_id, "plate": ticket().plate}


def card_doubt(*cases: Case) -> Doubt:
    with pytest.raises(Doubt) as raised:
        check_card("0A", ticket(), cases, 100)
    return raised.value


def test_the_driver_of_the_card_is_paid() -> None:
    check_card("0A", ticket(), [agreed(CARD)], 100)


@pytest.mark.parametrize("other", [{"driver_id": "D9"}, {"plate": "蒙K99999"}])
def test_another_driver_or_truck_than_the_cards_is_disputed(other: dict[str, str]) -> None:
    found = card_doubt(agreed(CARD | other))
    assert found.reason == "payee_disputed"
    assert next(iter(other.values())) in str(found)


def test_a_card_that_nobody_entered_or_that_has_ended_is_unknown() -> None:
    assert card_doubt().reason == "card_unknown"
    assert card_doubt(agreed(CARD), agreed(None, at_ms=1)).reason == "card_unknown"


def test_a_new_owner_of_a_card_waits_until_it_takes_effect() -> None:
    former = agreed(CARD | {"driver_id": "D9"})
    found = card_doubt(former, agreed(CARD, at_ms=90, cooling_off_ms=500))
    assert (found.reason, found.until_ms) == ("card_cooling_off", 590)


def test_people_confirm_one_payout_with_its_account_and_amount() -> None:
    signed = agreed(payout_of(ticket(), 500))
    assert is_confirmed(ticket(), 500, [signed], 100)
    assert not is_confirmed(ticket(), 501, [signed], 100)
    assert not is_confirmed(ticket(2), 500, [signed], 100)
    assert not is_confirmed(ticket(), 500, [], 100)
    assert not is_confirmed(ticket(), 500, [signed, agreed(None, at_ms=1)], 100)


def test_agreed_terms_are_paid_by() -> None:
    check_contract(terms(), [agreed(terms().model_dump(mode="json"))], 100)


def test_terms_that_nobody_agreed_on_are_unknown() -> None:
    assert contract_doubt(terms()).reason == "contract_unknown"


def test_other_terms_are_named() -> None:
    found = contract_doubt(
        terms(rate_per_tonne_minor=84_000), agreed(terms().model_dump(mode="json"))
    )
    assert found.reason == "contract_differs"
    assert "rate_per_tonne_minor 12000 there, 84000 in the ticket" in str(found)


def test_new_terms_wait_until_they_take_effect() -> None:
    waiting = agreed(terms().model_dump(mode="json"), at_ms=90, cooling_off_ms=500)
    found = contract_doubt(terms(), waiting)
    assert (found.reason, found.until_ms) == ("contract_cooling_off", 590)


def test_every_reason_is_listed() -> None:
    assert len(set(REASONS)) == 9
