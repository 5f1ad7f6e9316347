"""One party alone directs money to itself: 0 fen move, the reason is shown; the honest one is paid.

Numbers as in the report of the attacks on the first whole version: 1 a dispatcher alone, 4 a writer
of the gateway's database or a thief of settlement's token, 6 a finance user alone. The trucks are
real: each weighing is signed by its lane.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from settlement.config import ApprovalSettings
from settlement.deciding import decide
from settlement.messages import TicketToSettle
from settlement.payouts.states import RailOutcome
from settlement.register_forms import Kind, PayeeEntry, card_of, payout_of
from settlement.registers.people import APPROVALS, hearing_of
from taigan.approvals.cases import Case
from taigan.approvals.drafting import Wish, draft_decision
from taigan.approvals.forms import Refused, Verdict
from taigan.approvals.signatures import BadSignature, public_key, sign
from taigan.approvals.states import NotPossible
from tests import people
from tests.fakes_bank import eventually
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.payout_steps import answer, claim, now
from tests.integration.settlement.program import Program
from tests.unit.settlement.tickets import terms, ticket

HONEST = ticket(1)
ACCOMPLICE = ticket(2).payee
"""Another driver, whom two people have entered as well."""
OWN = HONEST.payee.model_copy(update={"account": "6222666666666", "name": "attacker"})
DAY_MS = 86_400_000
DEAR = 84_000


@pytest.fixture
def yard(funded: Desk) -> Desk:
    """Return a yard that works: its payees, cards and contracts were entered, and are in effect."""
    for one in (HONEST, ticket(2)):
        run(funded, people.agree_on, one)
    funded.rules(approvals=ApprovalSettings().in_force())
    return funded


def run(desk: Desk, work: Callable[..., Any], *given: Any) -> Any:
    return desk.database.run(lambda c: work(desk.transaction(c), *given))


def moved_minor(desk: Desk, days: int = 3) -> int:
    """Let the workers work for some days; return what the bank was told to pay."""
    sent = 0
    for _ in range(2 * days):
        for call in [*claim(desk), *claim(desk)]:
            answer(desk, call, RailOutcome.PAID)
            sent += call.amount_minor if call.kind == "send" else 0
        desk.ahead_ms += DAY_MS // 2
    return sent


def held(desk: Desk, one: TicketToSettle) -> tuple[int, str | None]:
    desk.settle_unknown(one)
    return moved_minor(desk), now(desk, one).payout.reason


def waiting(desk: Desk) -> list[Case]:
    with desk.database.snapshot() as connection:
        page = APPROVALS.page(
            hearing_of(connection, desk.database.now_ms(connection)), waiting=True
        )
    return [case for case in page if isinstance(case, Case)]


def test_the_honest_truck_is_paid_at_once(yard: Desk) -> None:
    yard.settle_unknown(HONEST)
    (call,) = claim(yard)
    assert HONEST.payee.account in call.request_body


# --- 1: a dispatcher alone ------------------------------------------------------------------------


def test_1_an_order_for_another_driver_of_the_yard_pays_nobody(yard: Desk) -> None:
    assert held(yard, ticket(1, payee=ACCOMPLICE)) == (0, "payee_disputed")
    assert waiting(yard) == []


def test_1_an_order_for_another_truck_pays_nobody(yard: Desk) -> None:
    assert held(yard, ticket(1, plate="蒙K99999")) == (0, "payee_disputed")


def test_1_a_driver_made_up_for_it_pays_nobody(yard: Desk) -> None:
    made_up = OWN.model_copy(update={"driver_id": "made-up"})
    assert held(yard, ticket(1, payee=made_up)) == (0, "payee_unknown")


def test_1_a_contract_made_up_for_it_pays_nobody(yard: Desk) -> None:
    dear = terms(contract_id="C1-DEAR", rate_per_tonne_minor=DEAR)
    yard.deposit(100_000_000, "dear", "C1-DEAR")
    assert held(yard, ticket(1, contract=dear)) == (0, "contract_unknown")


def test_1_a_relief_driver_is_paid_when_two_people_say_so(yard: Desk) -> None:
    relieved = ticket(1, payee=ACCOMPLICE)
    yard.settle_unknown(relieved)
    claim(yard)
    run(yard, people.agree, Kind.CARD, people.tag_of(HONEST), card_of(relieved))
    assert moved_minor(yard) == now(yard, relieved).payout.amount_minor


# --- 4: a writer of the gateway's database, a thief of settlement's token -------------------------


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (ticket(1, payee=OWN), "payee_differs"),
        (ticket(1, contract=terms(rate_per_tonne_minor=DEAR)), "contract_differs"),
        (ticket(1, contract=terms(rate_per_tonne_minor=DEAR, version=777)), "contract_unknown"),
    ],
    ids=["account", "rate", "version 777"],
)
def test_4_what_the_gateway_says_is_not_believed(
    yard: Desk, one: TicketToSettle, reason: str
) -> None:
    assert held(yard, one) == (0, reason)


def test_4_what_it_proposes_by_a_ticket_is_approved_by_no_key_but_the_peoples(yard: Desk) -> None:
    yard.settle_unknown(ticket(1, payee=OWN))
    claim(yard)
    (case,) = waiting(yard)
    own = Ed25519PrivateKey.generate()

    def approve(tx: Any, name: str) -> None:
        about, author = case.proposal.proposal_id, people.author(tx, name)
        text = draft_decision(about, case.sha256, Verdict.APPROVE, "mine", author)
        decide(tx, sign(text, own))

    for name in ("wang", "attacker"):
        with pytest.raises(BadSignature, match="may not sign"):
            run(yard, approve, name)
    assert moved_minor(yard) == 0


def test_4_a_thief_of_the_token_moves_nothing_over_http(program: Program) -> None:
    program.services.run(lambda tx: people.agree_on(tx, HONEST))
    program.deposit(100_000_000)
    stolen = ticket(1, payee=OWN)
    program.put_unknown(stolen)
    eventually(lambda: program.payout(stolen)["reason"] == "payee_differs")
    (shown,) = program.client.get("/api/v1/proposals").json()["items"]
    own = Ed25519PrivateKey.generate()
    about = UUID(shown["proposal"]["proposal_id"])
    author = program.services.run(lambda tx: people.author(tx, "wang"))
    text = draft_decision(about, shown["sha256"], Verdict.APPROVE, "mine", author)
    path = f"/api/v1/proposals/{about}/decisions"
    forged = program.client.post(path, json=sign(text, own).model_dump())
    assert (forged.status_code, forged.json()["type"]) == (401, "urn:taigan:problem:bad_signature")
    unsigned = {"body": text, "key_id": "0" * 16, "signature": ""}
    assert program.client.post(path, json=unsigned).status_code == 401
    elsewhere = program.client.post(path.replace(str(about), str(uuid4())), json=unsigned)
    assert elsewhere.status_code == 422
    assert program.bank.movements == []
    honest = ticket(4, payee=HONEST.payee)
    program.services.run(lambda tx: people.agree_on_card(tx, honest))
    program.put_unknown(honest)
    eventually(lambda: program.payout(honest)["state"] == "paid")


# --- 6: a finance user alone, who is one of the two people ----------------------------------------


def own_account() -> dict[str, Any]:
    return PayeeEntry.model_validate(OWN.model_dump(exclude={"driver_id"})).model_dump(mode="json")


def test_6_the_own_account_needs_another_person(yard: Desk) -> None:
    wish = Wish(Kind.PAYEE, OWN.driver_id, own_account(), "new card")
    case = run(yard, people.propose_as, "wang", wish)
    with pytest.raises(NotPossible, match="needs another person"):
        run(yard, people.said, case, "wang")
    assert held(yard, ticket(1, payee=OWN)) == (0, "payee_differs")


def test_6_typing_it_at_the_gateway_makes_nobody_a_second_person(yard: Desk) -> None:
    yard.settle_unknown(ticket(1, payee=OWN))
    claim(yard)
    (case,) = waiting(yard)
    run(yard, people.said, case, "wang")
    with pytest.raises(NotPossible, match="needs another person"):
        run(yard, people.said, case, "wang")
    assert moved_minor(yard) == 0


def test_6_a_second_self_needs_another_person_too(yard: Desk) -> None:
    key = {"key": public_key(people.KEYS["stranger"]).model_dump()}
    run(yard, people.propose_as, "wang", Wish(Kind.PERSON, "wang2", key, "me again"))
    with pytest.raises(BadSignature, match="may not sign"):
        run(yard, people.propose_as, "stranger", Wish(Kind.PAYEE, "D", own_account(), "x"))


def test_6_a_rate_eight_times_as_high_needs_another_person(yard: Desk) -> None:
    dear = terms(version=2, rate_per_tonne_minor=8 * 12_000)
    wish = Wish(Kind.CONTRACT, "C1/2", dear.model_dump(mode="json"), "new prices")
    run(yard, people.propose_as, "wang", wish)
    assert held(yard, ticket(1, contract=dear)) == (0, "contract_unknown")


def test_6_letting_a_payout_go_needs_another_person(yard: Desk) -> None:
    one = ticket(1, payee=OWN)
    state, _ = yard.settle_unknown(one)
    claim(yard)
    content = payout_of(one, state.payout.amount_minor)
    wish = Wish(Kind.PAYOUT, str(state.payout.payout_id), content, "urgent")
    case = run(yard, people.propose_as, "wang", wish)
    with pytest.raises(NotPossible, match="needs another person"):
        run(yard, people.said, case, "wang")
    assert moved_minor(yard) == 0


def test_6_the_other_person_cannot_be_removed_to_be_alone(yard: Desk) -> None:
    with pytest.raises(Refused, match="2 people must remain"):
        run(yard, people.propose_as, "wang", Wish(Kind.PERSON, "zhou", None, "has left"))


def test_6_an_account_that_two_people_signed_is_paid_after_a_day_and_not_before(yard: Desk) -> None:
    changed = ticket(1, payee=OWN)
    run(yard, people.agree, Kind.PAYEE, OWN.driver_id, own_account())
    yard.settle_unknown(changed)
    claim(yard)
    claim(yard)
    assert now(yard, changed).payout.reason == "payee_cooling_off"
    assert moved_minor(yard) == now(yard, changed).payout.amount_minor
