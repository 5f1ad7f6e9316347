"""Who is paid where is what two people signed; until then a payout waits, and says for whom."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DatabaseError

from settlement.config import ApprovalSettings
from settlement.deciding import propose
from settlement.messages import TicketToSettle
from settlement.payouts.states import RailOutcome
from settlement.register_forms import Kind, card_of, payout_of
from settlement.registers.people import APPROVALS, NotAFounder, add_founder, hearing_of
from settlement.tables import approvals, founders, notices
from taigan.approvals.cases import Case, Untrue
from taigan.approvals.drafting import Wish
from taigan.approvals.forms import Refused, Verdict
from taigan.approvals.signatures import BadSignature, public_key, sign
from taigan.approvals.states import NotPossible, State
from tests import people
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.payout_steps import S, answer, claim, now
from tests.unit.settlement.tickets import terms, ticket

DAY_MS = 86_400_000


def entry(**changes: Any) -> dict[str, Any]:
    payee = ticket().payee
    known = {"name": payee.name, "account": payee.account, "bank_code": payee.bank_code}
    return {**known, "phone": payee.phone, "proof": "", **changes}


def held(desk: Desk, one: TicketToSettle) -> str | None:
    """Let the worker look at what is due; return why the payout waits."""
    claim(desk)
    claim(desk)
    return now(desk, one).payout.reason


def waiting(desk: Desk) -> list[Case]:
    with desk.database.snapshot() as connection:
        page = APPROVALS.page(
            hearing_of(connection, desk.database.now_ms(connection)), waiting=True
        )
    return [case for case in page if isinstance(case, Case)]


def run(desk: Desk, work: Any, *given: Any) -> Any:
    return desk.database.run(lambda c: work(desk.transaction(c), *given))


def detail(desk: Desk) -> str:
    query = text("SELECT detail FROM payouts")
    with desk.database.snapshot() as connection:
        return str(connection.execute(query).scalar_one())


@pytest.fixture
def yard(funded: Desk) -> Desk:
    run(funded, people.enter_founders)
    return funded


def test_what_nobody_entered_waits_until_two_people_have_signed_all_of_it(yard: Desk) -> None:
    one = ticket()
    yard.settle_unknown(one)
    assert held(yard, one) == "payee_unknown"
    card, contract, payee = sorted(waiting(yard), key=lambda case: case.proposal.kind)
    assert [case.proposal.kind for case in (card, contract, payee)] == ["card", "contract", "payee"]
    assert str(payee.proposal.proposal_id) in detail(yard)
    run(yard, people.said, payee, "wang")
    assert held(yard, one) == "payee_unknown"
    run(yard, people.said, payee, "zhou")
    assert held(yard, one) == "card_unknown"
    run(yard, people.approved, card)
    assert held(yard, one) == "contract_unknown"
    run(yard, people.approved, contract)
    claim(yard)
    (call,) = claim(yard)
    answer(yard, call, RailOutcome.PAID)
    assert now(yard, one).payout.state is S.PAID


def test_what_was_refused_is_not_proposed_again(yard: Desk) -> None:
    one = ticket()
    yard.settle_unknown(one)
    held(yard, one)
    for case in waiting(yard):
        run(yard, people.said, case, "zhou", Verdict.REFUSE)
    yard.settle_unknown(ticket(number=2, payee=one.payee))
    assert held(yard, one) == "payee_unknown"
    assert [case.proposal.kind for case in waiting(yard)] == [Kind.CARD], "its card is another"


def test_a_new_account_cools_off_is_told_to_the_old_phone_and_then_settles_by_itself(
    yard: Desk,
) -> None:
    run(yard, people.agree_on, ticket())
    yard.rules(approvals=ApprovalSettings().in_force())
    other = entry(account="6222999999999", phone="+8613900000000")
    payee = ticket().payee.model_copy(update={"account": other["account"]})
    new = ticket(payee=payee)
    yard.settle_unknown(new)
    assert held(yard, new) == "payee_differs"
    (case,) = waiting(yard)
    assert case.proposal.before == entry()
    run(yard, people.approved, case)
    assert held(yard, new) == "payee_cooling_off"
    assert "takes effect at" in detail(yard)
    with yard.database.snapshot() as connection:
        told = connection.execute(select(notices).where(notices.c.settlement_id.is_(None))).one()
    assert told.recipient == ticket().payee.phone
    assert "9999" in told.body
    yard.ahead_ms += DAY_MS
    claim(yard)
    (call,) = claim(yard)
    assert other["account"] in call.request_body


def test_who_is_harmed_stops_it_while_it_cools_off(yard: Desk) -> None:
    run(yard, people.agree_on, ticket())
    yard.rules(approvals=ApprovalSettings().in_force())
    new = ticket(payee=ticket().payee.model_copy(update={"account": "6222999999999"}))
    yard.settle_unknown(new)
    held(yard, new)
    (case,) = waiting(yard)
    run(yard, people.approved, case)
    assert held(yard, new) == "payee_cooling_off"
    run(yard, people.said, case, "zhou", Verdict.REFUSE)
    assert held(yard, new) == "payee_differs"
    yard.ahead_ms += 2 * DAY_MS
    assert held(yard, new) == "payee_differs"


def test_what_was_settled_before_a_change_goes_to_the_account_of_before(yard: Desk) -> None:
    old = ticket()
    run(yard, people.agree_on, old)
    yard.settle_unknown(old)
    yard.ahead_ms += 1000
    run(yard, people.agree, Kind.PAYEE, old.payee.driver_id, entry(account="6222999999999"))
    (call,) = claim(yard)
    assert old.payee.account in call.request_body
    later = ticket(number=2, payee=old.payee)
    yard.settle_unknown(later)
    assert held(yard, later) == "payee_differs"


def test_other_terms_under_a_known_version_are_held(yard: Desk) -> None:
    dearer = ticket(contract=terms(rate_per_tonne_minor=84_000))
    run(yard, people.agree_on_contract, terms())
    run(yard, people.agree_on_payee, dearer.payee)
    run(yard, people.agree_on_card, dearer)
    yard.settle_unknown(dearer)
    assert held(yard, dearer) == "contract_differs"
    assert "rate_per_tonne_minor 12000 there, 84000 in the ticket" in detail(yard)


def test_a_contract_cools_off_too(yard: Desk) -> None:
    run(yard, people.agree_on_payee, ticket().payee)
    run(yard, people.agree_on_card, ticket())
    yard.rules(approvals=ApprovalSettings().in_force())
    run(yard, people.agree_on_contract, terms())
    yard.settle_unknown(ticket())
    assert held(yard, ticket()) == "contract_cooling_off"
    yard.ahead_ms += DAY_MS
    claim(yard)
    assert len(claim(yard)) == 1


def test_an_order_that_names_another_known_driver_than_the_card_is_held(yard: Desk) -> None:
    """A dispatcher alone redirects an order: both drivers are known, the card is the other's."""
    honest, other = ticket(1), ticket(2)
    run(yard, people.agree_on, honest)
    run(yard, people.agree_on, other)
    redirected = ticket(1, payee=other.payee)
    yard.settle_unknown(redirected)
    assert held(yard, redirected) == "payee_disputed"
    assert f"card {people.tag_of(honest)} of driver driver-1" in detail(yard)
    assert waiting(yard) == []
    relief = card_of(redirected)
    run(yard, people.agree, Kind.CARD, people.tag_of(honest), relief)
    claim(yard)
    (call,) = claim(yard)
    assert other.payee.account in call.request_body


def test_a_card_that_nobody_has_any_more_pays_nobody(yard: Desk) -> None:
    run(yard, people.agree_on, ticket())
    run(yard, people.agree, Kind.CARD, people.tag_of(ticket()), None)
    yard.settle_unknown(ticket())
    assert held(yard, ticket()) == "card_unknown"


def test_two_people_let_one_payout_go_although_the_registers_differ(yard: Desk) -> None:
    """An order named the wrong rate: the driver is paid what he was promised, once."""
    run(yard, people.agree_on, ticket())
    wrong = ticket(contract=terms(rate_per_tonne_minor=11_000))
    state, _ = yard.settle_unknown(wrong)
    assert held(yard, wrong) == "contract_differs"
    subject = str(state.payout.payout_id)
    lower = payout_of(wrong, state.payout.amount_minor - 1)
    run(yard, people.agree, Kind.PAYOUT, subject, lower)
    assert held(yard, wrong) == "contract_differs"
    run(yard, people.agree, Kind.PAYOUT, subject, payout_of(wrong, state.payout.amount_minor))
    claim(yard)
    (call,) = claim(yard)
    assert call.amount_minor == state.payout.amount_minor


@pytest.mark.parametrize("subject", ["P1", "00000000-0000-0000-0000-000000000000"])
def test_a_payout_that_is_not_there_cannot_be_let_go(yard: Desk, subject: str) -> None:
    with pytest.raises(Refused, match="subject: "):
        run(yard, people.propose_as, "wang", Wish(Kind.PAYOUT, subject, {}, "x"))


def test_a_payee_that_has_ended_is_paid_no_more(yard: Desk) -> None:
    run(yard, people.agree_on, ticket())
    run(yard, people.agree, Kind.PAYEE, ticket().payee.driver_id, None)
    yard.ahead_ms += 1
    yard.settle_unknown(ticket())
    assert held(yard, ticket()) == "payee_unknown"


def test_one_person_alone_approves_nothing(yard: Desk) -> None:
    wish = Wish(Kind.PAYEE, "D1", entry(account="6222666666666"), "mine")
    case = run(yard, people.propose_as, "wang", wish)
    with pytest.raises(NotPossible, match="another person"):
        run(yard, people.said, case, "wang")
    with pytest.raises(BadSignature, match="may not sign"):
        run(yard, people.said, case, "stranger")
    assert [one.proposal for one in waiting(yard)] == [case.proposal]


def test_a_third_person_is_proposed_and_then_signs_and_one_who_left_does_not(yard: Desk) -> None:
    with pytest.raises(NotAFounder, match="propose person"):
        run(yard, lambda tx: add_founder(tx.connection, "li", public_key(people.KEYS["li"]), 1))
    key = {"key": public_key(people.KEYS["li"]).model_dump()}
    run(yard, people.agree, Kind.PERSON, "li", key)
    gone = Wish(Kind.PERSON, "wang", None, "has left")
    case = run(yard, people.propose_as, "li", gone)
    run(yard, people.said, case, "zhou")
    with pytest.raises(BadSignature, match="any more; it was wang's"):
        run(yard, people.propose_as, "wang", Wish(Kind.PAYEE, "D1", entry(), "?"))
    with pytest.raises(Refused, match="2 people must remain"):
        run(yard, people.propose_as, "li", Wish(Kind.PERSON, "zhou", None, "alone"))
    old = {"key": public_key(people.KEYS["wang"]).model_dump()}
    with pytest.raises(Refused, match="or was, wang's key"):
        run(yard, people.propose_as, "li", Wish(Kind.PERSON, "ma", old, "again"))


@pytest.mark.parametrize(
    ("kind", "subject", "after", "named"),
    [
        ("payee", "D1", entry(account="?"), "after.account"),
        ("payee", "D1", entry(bonus=1), "after.bonus"),
        ("payee", "D1", None, "nothing in effect"),
        ("contract", "C1/2", terms().model_dump(mode="json"), "those of C1/1"),
        ("lunch", "D1", {}, "none of person, payee, card, contract, payout"),
    ],
)
def test_what_has_no_proper_form_is_refused_by_name(
    yard: Desk, kind: str, subject: str, after: Any, named: str
) -> None:
    with pytest.raises(Refused, match=named):
        run(yard, people.propose_as, "wang", Wish(kind, subject, after, "x"))


def test_a_version_of_a_contract_never_changes(yard: Desk) -> None:
    run(yard, people.agree_on_contract, terms())
    dearer = terms(rate_per_tonne_minor=84_000).model_dump(mode="json")
    with pytest.raises(Refused, match="never changes"):
        run(yard, people.propose_as, "wang", Wish("contract", "C1/1", dearer, "x"))


def test_what_was_overtaken_cannot_be_approved(yard: Desk) -> None:
    first = run(yard, people.propose_as, "wang", Wish("payee", "D1", entry(), "x"))
    other = Wish("payee", "D1", entry(account="6222777777777"), "y")
    second = run(yard, people.propose_as, "wang", other)
    run(yard, people.said, first, "zhou")
    with pytest.raises(Refused, match="propose it anew"):
        run(yard, people.said, second, "zhou")


def test_a_repeat_changes_nothing(yard: Desk) -> None:
    written = run(yard, people.written, "wang", Wish("payee", "D1", entry(), "x"))
    case = run(yard, propose, written)
    assert run(yard, propose, written) == case
    done = run(yard, people.said, case, "zhou")
    assert run(yard, propose, written).standing(now_ms(yard)).state is State.IN_EFFECT
    assert len(done.heard) == 1


def now_ms(desk: Desk) -> int:
    with desk.database.snapshot() as connection:
        return desk.database.now_ms(connection)


def test_a_proposal_that_would_never_expire_is_refused(yard: Desk) -> None:
    yard.rules(approvals=ApprovalSettings(expires_after_s=90 * 86_400).in_force())
    written = run(yard, people.written, "wang", Wish("payee", "D1", entry(), "x"))
    yard.rules(approvals=ApprovalSettings().in_force())
    with pytest.raises(Refused, match="within 7 days"):
        run(yard, propose, written)


def test_rows_that_nobody_signed_give_no_rights(yard: Desk) -> None:
    """A writer of the database approves for zhou, with wang's stolen word."""
    one = ticket()
    run(yard, people.agree_on_contract, one.contract)
    run(yard, people.agree_on_card, one)
    case = run(yard, people.propose_as, "wang", Wish("payee", one.payee.driver_id, entry(), "x"))
    stolen = sign(case.proposal.model_dump_json(), people.KEYS["wang"])
    row = {
        "proposal_id": case.proposal.proposal_id,
        "n": 1,
        "verdict": "approve",
        "person": "zhou",
        "at_ms": 1,
        **stolen.model_dump(),
    }
    with yard.database.write() as connection:
        connection.execute(insert(approvals.decisions), row)
    yard.settle_unknown(one)
    assert held(yard, one) == "guard"
    assert "cannot be believed" in detail(yard)
    with yard.database.snapshot() as connection:
        hearing = hearing_of(connection, yard.database.now_ms(connection))
        assert any(isinstance(found, Untrue) for found in APPROVALS.page(hearing, waiting=False))


@pytest.mark.parametrize("table", [approvals.proposals, approvals.decisions, founders])
def test_nothing_of_it_is_changed_or_deleted(yard: Desk, table: Any) -> None:
    run(yard, people.agree_on, ticket())
    column = list(table.c)[-1]
    for statement in (update(table).values({column: column}), table.delete()):
        with (
            pytest.raises(DatabaseError, match=r"are (only ever|never)"),
            yard.database.write() as c,
        ):
            c.execute(statement)


def test_there_is_no_third_founder_even_by_hand(yard: Desk) -> None:
    row = {"name": "eve", "key_id": "0" * 16, "public": "x", "entered_ms": 1}
    with (
        pytest.raises(DatabaseError, match="first two people"),
        yard.database.write() as connection,
    ):
        connection.execute(insert(founders), row)


def test_a_yard_with_one_owner_pays_after_the_waiting(funded: Desk) -> None:
    funded.rules(approvals=ApprovalSettings(profile="small_yard").in_force())
    key = public_key(people.KEYS["wang"])
    run(funded, lambda tx: add_founder(tx.connection, "wang", key, tx.now_ms))
    one = ticket()
    funded.settle_unknown(one)
    held(funded, one)
    for case in waiting(funded):
        run(funded, people.said, case, "wang")
    assert held(funded, one) == "payee_cooling_off"
    funded.ahead_ms += int(timedelta(days=1).total_seconds() * 1000)
    claim(funded)
    assert len(claim(funded)) == 1
