"""Tickets and payouts on both engines: the real service, a bank whose answers the test decides."""

from uuid import UUID

import pytest
from sqlalchemy import Table, func, select, update

from settlement.books import Books, read_books
from settlement.messages import PayoutState, SettlementState, TicketToSettle
from settlement.payouts.changes import report
from settlement.payouts.funding import KeyReused
from settlement.payouts.holds import NotReleasable, pause_rail, release_held, resume_rail
from settlement.payouts.instruction import settlement_id
from settlement.payouts.rails import Answer
from settlement.payouts.service import Task, claim_due, record
from settlement.payouts.states import Outcome
from settlement.pricing.contracts import TermsDiffer
from settlement.pricing.price import TotalBelowZero
from settlement.settle import TicketDiffers
from settlement.tables import attempts, journals, notices, payouts, settlements
from tests.integration.settlement.conftest import Desk
from tests.unit.settlement.tickets import LANE_KEYS, terms, ticket

S = PayoutState
MINUTE_MS = 60_000


def settle(desk: Desk, one: TicketToSettle) -> tuple[SettlementState, bool]:
    return desk.settle(one)


def claim(desk: Desk) -> list[Task]:
    return desk.database.run(lambda connection: claim_due(desk.turn(connection), 10)).tasks


def answer(desk: Desk, task: Task, outcome: Outcome, reason: str | None = None) -> S | None:
    said = Answer(outcome=outcome, reason=reason, evidence="test")
    return desk.database.run(lambda connection: record(desk.turn(connection), task, said))


def now(desk: Desk, one: TicketToSettle) -> SettlementState:
    with desk.database.snapshot() as connection:
        state = report(connection, settlement_id(one.ticket_id))
    assert state is not None
    return state


def books(desk: Desk) -> Books:
    with desk.database.snapshot() as connection:
        found = read_books(connection)
    assert found.balanced, found.checks
    return found


def balance(desk: Desk, account: str) -> int:
    return next((a.balance_minor for a in books(desk).accounts if a.id == account), 0)


def rows(desk: Desk, table: Table) -> int:
    with desk.database.snapshot() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def funded(desk: Desk) -> Desk:
    desk.deposit(100_000_000)
    return desk


def sent(desk: Desk, one: TicketToSettle) -> Task:
    settle(desk, one)
    (task,) = claim(desk)
    assert task.kind == "send"
    return task


def test_a_ticket_is_settled_once_and_a_repeat_gets_the_same_answer(funded: Desk) -> None:
    first, created = settle(funded, ticket())
    again, created_again = settle(funded, ticket())
    assert (created, created_again) == (True, False)
    assert again == first
    assert rows(funded, settlements) == rows(funded, payouts) == 1


def test_the_same_ticket_with_other_content_is_refused_and_changes_nothing(funded: Desk) -> None:
    settle(funded, ticket())
    before = books(funded)
    with pytest.raises(TicketDiffers):
        settle(funded, ticket(plate="蒙K99999"))
    assert books(funded) == before


def test_a_version_of_a_contract_keeps_its_first_terms(funded: Desk) -> None:
    settle(funded, ticket(1))
    with pytest.raises(TermsDiffer):
        settle(funded, ticket(2, contract=terms(rate_per_tonne_minor=12_001)))
    assert settle(funded, ticket(2, contract=terms(version=2, rate_per_tonne_minor=12_001)))[1]


def test_a_loss_dearer_than_the_freight_is_refused_and_changes_nothing(funded: Desk) -> None:
    with pytest.raises(TotalBelowZero):
        settle(funded, ticket(delivered_kg=20_000))
    assert rows(funded, settlements) == 0


def test_a_paid_payout_moves_the_deposit_to_the_bank_and_clears_the_debt(funded: Desk) -> None:
    task = sent(funded, ticket())
    assert balance(funded, "bank_in_transit:sandbox") == task.amount_minor
    assert answer(funded, task, Outcome.PAID) is S.PAID
    assert balance(funded, "bank_in_transit:sandbox") == 0
    assert balance(funded, "driver_payable:driver-1") == 0
    assert balance(funded, "prefund:C1") == 100_000_000 - task.amount_minor
    assert books(funded).bank_minor == 100_000_000 - task.amount_minor


def test_a_final_refusal_leaves_the_debt_standing(funded: Desk) -> None:
    task = sent(funded, ticket())
    assert answer(funded, task, Outcome.FAILED, "account_closed") is S.FAILED
    assert balance(funded, "driver_payable:driver-1") == task.amount_minor
    assert balance(funded, "prefund:C1") == 100_000_000
    assert now(funded, ticket()).payout.reason == "account_closed"


def test_money_sent_back_after_payment_is_a_state_with_its_own_journal(funded: Desk) -> None:
    task = sent(funded, ticket())
    answer(funded, task, Outcome.PAID)
    make_due(funded)
    (asked,) = claim(funded)
    assert answer(funded, asked, Outcome.FAILED, "returned") is S.RETURNED
    assert balance(funded, "driver_payable:driver-1") == task.amount_minor
    assert books(funded).bank_minor == 100_000_000


@pytest.mark.parametrize("earlier", [(Outcome.FAILED,), (Outcome.PAID, Outcome.FAILED)])
def test_money_that_leaves_after_its_end_goes_to_suspense_and_a_person(
    funded: Desk, earlier: tuple[Outcome, ...]
) -> None:
    task = sent(funded, ticket())
    for outcome in earlier:
        answer(funded, task, outcome)
        make_due(funded)
        (task,) = claim(funded)
    assert answer(funded, task, Outcome.PAID) is S.MANUAL
    assert balance(funded, "suspense") == -task.amount_minor
    make_due(funded, states=(S.READY,))
    assert claim(funded) == []


def test_an_expired_lease_is_unknown_and_is_asked_about_not_sent(funded: Desk) -> None:
    sent(funded, ticket())
    funded.ahead_ms += 31_000
    (task,) = claim(funded)
    assert task.kind == "ask"
    assert now(funded, ticket()).payout.state is S.UNKNOWN


def test_an_answer_under_an_old_fence_changes_nothing(funded: Desk) -> None:
    late = sent(funded, ticket())
    funded.ahead_ms += 31_000
    (task,) = claim(funded)
    assert answer(funded, late, Outcome.FAILED) is None
    assert answer(funded, task, Outcome.PAID) is S.PAID


def test_not_found_counts_only_after_the_quarantine_and_then_the_same_bytes_go_again(
    funded: Desk,
) -> None:
    first = sent(funded, ticket())
    answer(funded, first, Outcome.UNKNOWN)
    funded.ahead_ms += 14 * MINUTE_MS
    (asked,) = claim(funded)
    assert answer(funded, asked, Outcome.NOT_FOUND) is S.UNKNOWN
    funded.ahead_ms += 2 * MINUTE_MS
    (asked,) = claim(funded)
    assert answer(funded, asked, Outcome.NOT_FOUND) is S.READY
    (again,) = claim(funded)
    assert (again.kind, again.request_body) == ("send", first.request_body)


def test_the_quarantine_begins_anew_with_every_send(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), Outcome.UNKNOWN)
    funded.ahead_ms += 16 * MINUTE_MS
    (asked,) = claim(funded)
    answer(funded, asked, Outcome.NOT_FOUND)
    (again,) = claim(funded)
    answer(funded, again, Outcome.UNKNOWN)
    funded.ahead_ms += 14 * MINUTE_MS
    (asked,) = claim(funded)
    assert answer(funded, asked, Outcome.NOT_FOUND) is S.UNKNOWN


def test_past_the_idempotency_window_nothing_is_sent_and_a_person_decides(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), Outcome.UNKNOWN)
    funded.ahead_ms += 86_400_000
    (asked,) = claim(funded)
    assert answer(funded, asked, Outcome.NOT_FOUND) is S.MANUAL
    assert now(funded, ticket()).payout.reason == "window_passed"


def test_a_repeat_that_waited_past_the_window_is_not_sent(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), Outcome.UNKNOWN)
    funded.ahead_ms += 16 * MINUTE_MS
    (asked,) = claim(funded)
    assert answer(funded, asked, Outcome.NOT_FOUND) is S.READY
    funded.database.run(lambda c: pause_rail(funded.turn(c), "sandbox", "long drill"))
    claim(funded)
    funded.ahead_ms += 86_400_000
    funded.database.run(lambda c: resume_rail(funded.turn(c), "sandbox"))
    assert claim(funded) == []
    assert now(funded, ticket()).payout.state is S.MANUAL
    books(funded)


def test_the_bank_is_asked_at_growing_distances(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), Outcome.ACCEPTED)
    assert claim(funded) == []
    for pause_ms in (200, 500, 1000, 2000, 5000):
        funded.ahead_ms += pause_ms
        (asked,) = claim(funded)
        answer(funded, asked, Outcome.ACCEPTED)


def test_a_ticket_without_deposit_waits_and_is_released_oldest_first(desk: Desk) -> None:
    held = [settle(desk, ticket(number))[0].payout for number in (1, 2, 3)]
    assert [(p.state, p.reason) for p in held] == [(S.HELD, "funds")] * 3
    assert claim(desk) == []
    receipt = desk.deposit(held[0].amount_minor + held[1].amount_minor + 1)
    assert (receipt.released, receipt.free_minor) == (2, 1)
    assert {task.payout_id for task in claim(desk)} == {p.payout_id for p in held[:2]}


def test_a_later_ticket_does_not_pass_one_that_waits_for_funds(desk: Desk) -> None:
    big, small = ticket(1), ticket(2, loaded_kg=2_000, delivered_kg=2_000)
    desk.deposit(30_000)
    assert settle(desk, big)[0].payout.state is S.HELD
    assert settle(desk, small)[0].payout.state is S.HELD


def test_a_deposit_is_booked_once_per_key(desk: Desk) -> None:
    first, again = desk.deposit(500, "k"), desk.deposit(500, "k")
    assert (first.repeated, again.repeated, again.deposit_id) == (False, True, first.deposit_id)
    assert balance(desk, "prefund:C1") == 500
    with pytest.raises(KeyReused):
        desk.deposit(501, "k")


def test_a_refusal_gives_its_funds_to_the_next_who_waits(desk: Desk) -> None:
    amount = settle(desk, ticket(1))[0].payout.amount_minor
    settle(desk, ticket(2))
    desk.deposit(amount)
    (task,) = claim(desk)
    answer(desk, task, Outcome.FAILED)
    (next_task,) = claim(desk)
    assert next_task.payout_id != task.payout_id


def test_a_paused_rail_holds_and_a_resumed_one_releases(funded: Desk) -> None:
    settle(funded, ticket())
    funded.database.run(lambda c: pause_rail(funded.turn(c), "sandbox", "drill"))
    assert claim(funded) == []
    assert now(funded, ticket()).payout.reason == "rail_paused"
    assert funded.database.run(lambda c: resume_rail(funded.turn(c), "sandbox")) == 1
    assert [task.kind for task in claim(funded)] == ["send"]


def test_a_payout_above_the_limit_waits_until_a_person_raises_it(funded: Desk) -> None:
    funded.rules(payout_minor_max=100)
    payout = settle(funded, ticket())[0].payout
    assert claim(funded) == []
    assert now(funded, ticket()).payout.reason == "limit"
    funded.rules(payout_minor_max=None)
    funded.database.run(lambda c: release_held(funded.turn(c), payout.payout_id))
    assert len(claim(funded)) == 1


def test_a_day_above_its_limit_goes_on_the_next_day(funded: Desk) -> None:
    amount = settle(funded, ticket(1))[0].payout.amount_minor
    settle(funded, ticket(2))
    funded.rules(day_minor_max=amount)
    (task,) = claim(funded)
    answer(funded, task, Outcome.PAID)
    assert books(funded).in_transit_minor == amount
    funded.ahead_ms += 86_400_000
    assert release_and_claim(funded)
    assert claim(funded) == []


def release_and_claim(desk: Desk) -> bool:
    """Claim twice: a held payout becomes ready in one turn and is sent in the next."""
    found = [*claim(desk), *claim(desk)]
    return any(task.kind == "send" for task in found)


def test_what_is_not_held_by_guard_or_limit_cannot_be_released(desk: Desk) -> None:
    payout = settle(desk, ticket())[0].payout
    with pytest.raises(NotReleasable, match="funds"):
        desk.database.run(lambda c: release_held(desk.turn(c), payout.payout_id))
    with pytest.raises(NotReleasable, match="no payout"):
        desk.database.run(lambda c: release_held(desk.turn(c), UUID(int=9)))


def test_the_guard_holds_a_payout_whose_lanes_it_does_not_know(funded: Desk) -> None:
    funded.rules(lane_keys={})
    settle(funded, ticket())
    assert claim(funded) == []
    assert now(funded, ticket()).payout.reason == "guard"
    funded.rules(lane_keys=LANE_KEYS)
    payout = now(funded, ticket()).payout
    funded.database.run(lambda c: release_held(funded.turn(c), payout.payout_id))
    assert len(claim(funded)) == 1


def test_the_guard_holds_a_second_ticket_that_uses_a_weighing_again(funded: Desk) -> None:
    first = ticket(1)
    second = ticket(2, loading=first.loading.model_copy(update={"ticket_id": UUID(int=7)}))
    settle(funded, first)
    assert len(claim(funded)) == 1
    settle(funded, second)
    assert claim(funded) == []
    assert now(funded, second).payout.reason == "guard"


@pytest.mark.parametrize(
    "tampering",
    [
        {"amount_minor": payouts.c.amount_minor - 1},
        {"request_body": func.replace(payouts.c.request_body, "6222", "9999")},
    ],
)
def test_the_guard_holds_a_payout_that_was_changed_in_the_database(
    funded: Desk, tampering: dict[str, object]
) -> None:
    settle(funded, ticket())
    with funded.database.write() as connection:
        connection.execute(update(payouts).values(tampering))
    assert claim(funded) == []
    assert now(funded, ticket()).payout.reason == "guard"


def test_a_load_with_nothing_due_is_done_without_the_bank(funded: Desk) -> None:
    free = terms(
        loss_charged="all", loss_allowance={"kind": "kg", "value": "0"}, rate_per_tonne_minor=50_000
    )
    state, _ = settle(funded, ticket(loaded_kg=40_000, delivered_kg=20_000, contract=free))
    assert (state.payout.state, state.payout.amount_minor) == (S.PAID, 0)
    assert claim(funded) == []
    books(funded)


def test_every_change_raises_the_revision_and_is_told_to_the_gateway(funded: Desk) -> None:
    task = sent(funded, ticket())
    answer(funded, task, Outcome.ACCEPTED)
    answer_due(funded, Outcome.PAID)
    with funded.database.snapshot() as connection:
        told = connection.execute(
            select(notices.c.revision)
            .where(notices.c.channel == "webhook")
            .order_by(notices.c.revision)
        ).scalars()
        assert list(told) == [1, 2, 3, 4]
    assert now(funded, ticket()).revision == 4


def test_the_driver_is_written_to_once_when_paid(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), Outcome.PAID)
    make_due(funded)
    answer_due(funded, Outcome.PAID)
    with funded.database.snapshot() as connection:
        (text,) = connection.execute(select(notices.c.body).where(notices.c.channel == "sms"))
    assert "已付款" in text[0]
    assert ticket().receipt_url in text[0]


def test_every_exchange_with_the_bank_leaves_its_evidence(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), Outcome.ACCEPTED)
    answer_due(funded, Outcome.PAID)
    with funded.database.snapshot() as connection:
        kept = connection.execute(select(attempts).order_by(attempts.c.n)).all()
    assert [(a.kind, a.outcome, a.evidence) for a in kept] == [
        ("send", "accepted", "test"),
        ("ask", "paid", "test"),
    ]


def test_every_correction_names_the_journal_it_corrects(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), Outcome.PAID)
    make_due(funded)
    answer_due(funded, Outcome.FAILED)
    with funded.database.snapshot() as connection:
        found = {row.kind: row for row in connection.execute(select(journals))}
    assert found["paid"].corrects == found["reserved"].id
    assert found["returned"].corrects == found["paid"].id


def make_due(desk: Desk, states: tuple[S, ...] = (S.PAID, S.FAILED, S.RETURNED)) -> None:
    """Do what a callback does: ask about payouts now."""
    with desk.database.write() as connection:
        connection.execute(
            update(payouts)
            .where(payouts.c.state.in_(states))
            .values(due_ms=desk.database.now_ms(connection))
        )


def answer_due(desk: Desk, outcome: Outcome) -> None:
    desk.ahead_ms += 250
    (task,) = claim(desk)
    answer(desk, task, outcome)
