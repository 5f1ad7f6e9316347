"""The bank's answer is there and the books refuse it: a person must look, and nothing goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import delete, select, text, update

from settlement.ledger.posting import paid
from settlement.ledger.service import post
from settlement.messages import PayoutState
from settlement.metrics import Metrics
from settlement.payouts import controls
from settlement.payouts.changes import owed_of
from settlement.payouts.holds import resume_rails
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.states import RailOutcome
from settlement.payouts.unbookable import TRIES_MAX
from settlement.tables import attempts, journals, payouts, settlements
from settlement.workers.payouts import PayoutWorker
from tests.integration.settlement.conftest import RAIL_POLICY, Desk
from tests.integration.settlement.payout_steps import claim, now, settle
from tests.integration.settlement.tampering import without_triggers, write
from tests.unit.settlement.tickets import ticket


@dataclass
class SaysPaid:
    """A bank that pays everything at once."""

    sent: list[str] = field(default_factory=list)

    def send(self, number: str, request_body: str, amount_minor: int) -> RailAnswer:
        self.sent.append(request_body)
        return self.ask(number, amount_minor)

    def ask(self, number: str, amount_minor: int) -> RailAnswer:
        return RailAnswer(outcome=RailOutcome.PAID, evidence=f"200 {number} {amount_minor}")

    def close(self) -> None:
        self.sent.clear()


@contextmanager
def worker_of(
    desk: Desk, counted: Metrics | None = None
) -> Iterator[tuple[PayoutWorker, SaysPaid]]:
    bank = SaysPaid()
    yield PayoutWorker(desk.database, desk.policy, {"sandbox": bank}, counted or Metrics()), bank


def book_paid_before(desk: Desk) -> None:
    """Let somebody book by hand what the worker will want to book: its journal is closed then."""
    with desk.database.write() as connection:
        (payout,) = connection.execute(select(payouts)).all()
        post(connection, paid(owed_of(payout)), 1, payout.settlement_id)


def rounds(desk: Desk, worker: PayoutWorker, most: int) -> None:
    for _ in range(most):
        for call in worker.claim(10):
            worker.perform(call, time.monotonic())
        desk.ahead_ms += RAIL_POLICY.lease_ms


def test_an_answer_that_cannot_be_booked_stops_after_a_few_tries(funded: Desk) -> None:
    """Attack 11: 889 errors in 37 minutes, and no alarm."""
    settle(funded, ticket())
    counted = Metrics()
    with worker_of(funded, counted) as (worker, bank):
        calls = worker.claim(10)
        book_paid_before(funded)
        for call in calls:
            worker.perform(call, time.monotonic())
        funded.ahead_ms += RAIL_POLICY.lease_ms
        rounds(funded, worker, TRIES_MAX + 5)
        assert len(bank.sent) == 1
        assert 'taigan_alarms_total{what="payout_unbookable"} 1.0' in counted.render().decode()
    payout = now(funded, ticket()).payout
    assert (payout.state, payout.reason) == (PayoutState.MANUAL, "unbookable")
    with funded.database.snapshot() as connection:
        tried = connection.execute(select(attempts).order_by(attempts.c.n)).all()
        ((rail, is_paused, why),) = controls.switches(connection)
        (row,) = connection.execute(select(payouts)).all()
    assert [one.outcome for one in tried] == ["unbookable"] * TRIES_MAX
    assert "the bank: paid: 200" in tried[-1].evidence
    assert (rail, is_paused) == ("sandbox", True)
    assert row.provider_no in why
    assert row.due_ms is None


def test_the_next_payout_waits_until_a_person_lets_the_rail_run(funded: Desk) -> None:
    settle(funded, ticket(1))
    with worker_of(funded) as (worker, bank):
        calls = worker.claim(10)
        book_paid_before(funded)
        for call in calls:
            worker.perform(call, time.monotonic())
        funded.ahead_ms += RAIL_POLICY.lease_ms
        rounds(funded, worker, TRIES_MAX)
        settle(funded, ticket(2))
        rounds(funded, worker, 2)
        assert len(bank.sent) == 1
        assert now(funded, ticket(2)).payout.reason == "rail_paused"
        funded.database.run(lambda c: resume_rails(funded.transaction(c), None))
        rounds(funded, worker, 2)
        assert len(bank.sent) == 2


def test_one_failure_that_passes_is_forgiven(funded: Desk) -> None:
    settle(funded, ticket())
    with worker_of(funded) as (worker, _):
        calls = worker.claim(10)
        book_paid_before(funded)
        for call in calls:
            worker.perform(call, time.monotonic())
        take_back_the_booking(funded)
        funded.ahead_ms += RAIL_POLICY.lease_ms
        rounds(funded, worker, 2)
    assert now(funded, ticket()).payout.state is PayoutState.PAID


def take_back_the_booking(desk: Desk) -> None:
    without_triggers(desk)
    entries = (
        "DELETE FROM entries WHERE journal_id IN (SELECT id FROM journals WHERE kind = 'paid')"
    )
    write(
        desk,
        text(
            "UPDATE accounts SET version = version - 1, balance_minor = balance_minor - ("
            "SELECT amount_minor FROM entries JOIN journals ON journals.id = journal_id"
            " WHERE account_id = accounts.id AND kind = 'paid') WHERE id IN ("
            "SELECT account_id FROM entries JOIN journals ON journals.id = journal_id"
            " WHERE kind = 'paid')"
        ),
        text(entries),
        delete(journals).where(journals.c.kind == "paid"),
    )


def test_what_cannot_even_be_announced_stops_all_the_same(funded: Desk) -> None:
    settle(funded, ticket())
    with worker_of(funded) as (worker, _):
        calls = worker.claim(10)
        without_triggers(funded)
        write(funded, update(settlements).values(price="{}"))
        for call in calls:
            worker.perform(call, time.monotonic())
        write(funded, update(payouts).values(state="unknown"))  # its lease's end, unannounced
        funded.ahead_ms += RAIL_POLICY.lease_ms
        rounds(funded, worker, TRIES_MAX)
    with funded.database.snapshot() as connection:
        (row,) = connection.execute(select(payouts)).all()
    assert (row.state, row.due_ms) == (PayoutState.MANUAL, None)
    assert claim(funded) == []
