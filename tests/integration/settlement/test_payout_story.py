"""Tickets and payouts on both engines, from the ticket to what the bank said last."""

import pytest
from sqlalchemy import select

from settlement.messages import PayoutState, SettlementUpdated
from settlement.payouts.holds import pause_rails, resume_rails
from settlement.payouts.states import RailOutcome
from settlement.pricing.contracts import TermsDiffer
from settlement.pricing.price import TotalBelowZero
from settlement.settle import TicketDiffers
from settlement.tables import attempts, journals, notices, payouts, settlements
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.payout_steps import (
    answer,
    answer_due,
    balance,
    books,
    claim,
    make_due,
    now,
    rows,
    sent,
    settle,
)
from tests.unit.settlement.tickets import terms, ticket

S = PayoutState
MINUTE_MS = 60_000


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
    call = sent(funded, ticket())
    assert balance(funded, "bank_in_transit:sandbox") == call.amount_minor
    assert answer(funded, call, RailOutcome.PAID) is S.PAID
    assert balance(funded, "bank_in_transit:sandbox") == 0
    assert balance(funded, "driver_payable:driver-1") == 0
    assert balance(funded, "prefund:C1") == 100_000_000 - call.amount_minor
    assert books(funded).bank_minor == 100_000_000 - call.amount_minor


def test_a_final_refusal_leaves_the_debt_standing(funded: Desk) -> None:
    call = sent(funded, ticket())
    assert answer(funded, call, RailOutcome.FAILED, "account_closed") is S.FAILED
    assert balance(funded, "driver_payable:driver-1") == call.amount_minor
    assert balance(funded, "prefund:C1") == 100_000_000
    assert now(funded, ticket()).payout.reason == "account_closed"


def test_money_sent_back_after_payment_is_a_state_with_its_own_journal(funded: Desk) -> None:
    call = sent(funded, ticket())
    answer(funded, call, RailOutcome.PAID)
    make_due(funded)
    (asked,) = claim(funded)
    assert answer(funded, asked, RailOutcome.FAILED, "returned") is S.RETURNED
    assert balance(funded, "driver_payable:driver-1") == call.amount_minor
    assert books(funded).bank_minor == 100_000_000


@pytest.mark.parametrize("earlier", [(RailOutcome.FAILED,), (RailOutcome.PAID, RailOutcome.FAILED)])
def test_money_that_leaves_after_its_end_goes_to_suspense_and_a_person(
    funded: Desk, earlier: tuple[RailOutcome, ...]
) -> None:
    call = sent(funded, ticket())
    for outcome in earlier:
        answer(funded, call, outcome)
        make_due(funded)
        (call,) = claim(funded)
    assert answer(funded, call, RailOutcome.PAID) is S.MANUAL
    assert balance(funded, "suspense") == -call.amount_minor
    make_due(funded, states=(S.READY,))
    assert claim(funded) == []


def test_an_expired_lease_is_unknown_and_is_asked_about_not_sent(funded: Desk) -> None:
    sent(funded, ticket())
    funded.ahead_ms += 31_000
    (call,) = claim(funded)
    assert call.kind == "ask"
    assert now(funded, ticket()).payout.state is S.UNKNOWN


def test_an_answer_under_an_old_fence_changes_nothing(funded: Desk) -> None:
    late = sent(funded, ticket())
    funded.ahead_ms += 31_000
    (call,) = claim(funded)
    assert answer(funded, late, RailOutcome.FAILED) is None
    assert answer(funded, call, RailOutcome.PAID) is S.PAID


def test_not_found_counts_only_after_the_quarantine_and_then_the_same_bytes_go_again(
    funded: Desk,
) -> None:
    first = sent(funded, ticket())
    answer(funded, first, RailOutcome.UNKNOWN)
    funded.ahead_ms += 14 * MINUTE_MS
    (asked,) = claim(funded)
    assert answer(funded, asked, RailOutcome.NOT_FOUND) is S.UNKNOWN
    funded.ahead_ms += 2 * MINUTE_MS
    (asked,) = claim(funded)
    assert answer(funded, asked, RailOutcome.NOT_FOUND) is S.READY
    (again,) = claim(funded)
    assert (again.kind, again.request_body) == ("send", first.request_body)


def test_the_quarantine_begins_anew_with_every_send(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), RailOutcome.UNKNOWN)
    funded.ahead_ms += 16 * MINUTE_MS
    (asked,) = claim(funded)
    answer(funded, asked, RailOutcome.NOT_FOUND)
    (again,) = claim(funded)
    answer(funded, again, RailOutcome.UNKNOWN)
    funded.ahead_ms += 14 * MINUTE_MS
    (asked,) = claim(funded)
    assert answer(funded, asked, RailOutcome.NOT_FOUND) is S.UNKNOWN


def test_past_the_idempotency_window_nothing_is_sent_and_a_person_decides(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), RailOutcome.UNKNOWN)
    funded.ahead_ms += 86_400_000
    (asked,) = claim(funded)
    assert answer(funded, asked, RailOutcome.NOT_FOUND) is S.MANUAL
    assert now(funded, ticket()).payout.reason == "window_passed"


def test_a_repeat_that_waited_past_the_window_is_not_sent(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), RailOutcome.UNKNOWN)
    funded.ahead_ms += 16 * MINUTE_MS
    (asked,) = claim(funded)
    assert answer(funded, asked, RailOutcome.NOT_FOUND) is S.READY
    funded.database.run(lambda c: pause_rails(funded.transaction(c), "sandbox", "long drill"))
    claim(funded)
    funded.ahead_ms += 86_400_000
    funded.database.run(lambda c: resume_rails(funded.transaction(c), "sandbox"))
    assert claim(funded) == []
    assert now(funded, ticket()).payout.state is S.MANUAL
    books(funded)


def test_the_bank_is_asked_at_growing_distances(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), RailOutcome.ACCEPTED)
    assert claim(funded) == []
    for pause_ms in (200, 500, 1000, 2000, 5000):
        funded.ahead_ms += pause_ms
        (asked,) = claim(funded)
        answer(funded, asked, RailOutcome.ACCEPTED)


def test_a_load_with_nothing_due_is_done_without_the_bank(funded: Desk) -> None:
    free = terms(
        loss_charged="all", loss_allowance={"kind": "kg", "value": "0"}, rate_per_tonne_minor=50_000
    )
    state, _ = settle(funded, ticket(loaded_kg=40_000, delivered_kg=20_000, contract=free))
    assert (state.payout.state, state.payout.amount_minor) == (S.PAID, 0)
    assert claim(funded) == []
    books(funded)


def untold(desk: Desk) -> list[tuple[int, str]]:
    """Return revision and state of what waits to be told to the gateway."""
    with desk.database.snapshot() as connection:
        rows = connection.execute(
            select(notices.c.revision, notices.c.body).where(notices.c.channel == "webhook")
        ).all()
    return [
        (row.revision, SettlementUpdated.model_validate_json(row.body).data.payout.state)
        for row in rows
    ]


def test_every_change_raises_the_revision_and_the_newest_news_waits_for_the_gateway(
    funded: Desk,
) -> None:
    call = sent(funded, ticket())
    assert untold(funded) == []  # `ready` was the answer to the PUT, `sending` is over in no time
    answer(funded, call, RailOutcome.ACCEPTED)
    assert untold(funded) == [(3, S.ACCEPTED)]
    answer_due(funded, RailOutcome.PAID)
    assert untold(funded) == [(4, S.PAID)]
    assert now(funded, ticket()).revision == 4


def test_a_payout_that_starts_to_be_sent_leaves_what_is_untold_as_it_is(desk: Desk) -> None:
    settle(desk, ticket())
    assert untold(desk) == []
    desk.deposit(100_000_000)
    assert untold(desk) == [(2, S.READY)]
    claim(desk)
    assert untold(desk) == [(2, S.READY)]


def test_the_driver_is_written_to_once_when_paid(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), RailOutcome.PAID)
    make_due(funded)
    answer_due(funded, RailOutcome.PAID)
    with funded.database.snapshot() as connection:
        (text,) = connection.execute(select(notices.c.body).where(notices.c.channel == "sms"))
    assert "已付款" in text[0]
    assert ticket().receipt_url in text[0]


def test_every_exchange_with_the_bank_leaves_its_evidence(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), RailOutcome.ACCEPTED)
    answer_due(funded, RailOutcome.PAID)
    with funded.database.snapshot() as connection:
        kept = connection.execute(select(attempts).order_by(attempts.c.n)).all()
    assert [(a.kind, a.outcome, a.evidence) for a in kept] == [
        ("send", "accepted", "test"),
        ("ask", "paid", "test"),
    ]


def test_every_correction_names_the_journal_it_corrects(funded: Desk) -> None:
    answer(funded, sent(funded, ticket()), RailOutcome.PAID)
    make_due(funded)
    answer_due(funded, RailOutcome.FAILED)
    with funded.database.snapshot() as connection:
        found = {row.kind: row for row in connection.execute(select(journals))}
    assert found["paid"].corrects == found["reserved"].id
    assert found["returned"].corrects == found["paid"].id
