"""The real payout service against a small reference bank, under every fault that money meets.

Hypothesis plays tickets, deposits, lost requests, lost answers, 5xx after moving, requests still
under way, crashes on both sides of a send, late answers, returns and jumps of the clock. The bank
forgets a number after 24 hours. After every step: nobody is paid twice, the books balance.
"""

from dataclasses import dataclass, field, replace
from functools import cache

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection, select, update

from settlement.ledger.books import read_books
from settlement.messages import PayoutState, TicketToSettle
from settlement.migrations import upgrade
from settlement.payouts.funding import Deposit, deposit
from settlement.payouts.holds import pause_rails, resume_rails
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.service import RailCall, claim_due, record
from settlement.payouts.states import RailOutcome
from settlement.settle import settle_ticket
from settlement.tables import payouts
from taigan.transactions import Database
from tests.integration.settlement.conftest import POLICY, RAIL_POLICY, limits
from tests.people import agree_on
from tests.unit.settlement.tickets import ticket

S = PayoutState
WINDOW_MS = RAIL_POLICY.window_ms
UNDER_WAY_MS_MAX = RAIL_POLICY.quarantine_ms - 1
SETTLED_STATES = {S.PAID, S.FAILED, S.RETURNED, S.MANUAL}
FAULTS = (
    "none",
    "request lost",
    "answer lost",
    "5xx after moving",
    "under way",
    "crash before send",
    "crash after send",
    "answer late",
    "not found yet",
)
PATIENT_MS = (*[31_000] * 40, 3_600_000, *[300] * 20)
"""An ended payout is asked about again an hour after a question that was not answered."""
NOTHING = RailAnswer(outcome=RailOutcome.UNKNOWN, evidence="no answer")


@cache
def numbered(number: int) -> TicketToSettle:
    return ticket(number)


@dataclass
class Known:
    status: RailOutcome
    since_ms: int


@dataclass
class ReferenceBank:
    """Idempotent by number for 24 hours, then it has forgotten; `moved` is physical truth."""

    now_ms: int = 0
    known: dict[str, Known] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)

    def take(self, number: str, body: str, verdict: RailOutcome) -> RailAnswer:
        assert self.bodies.setdefault(number, body) == body, "other bytes under the same number"
        if self.has_forgotten(number):
            self.known[number] = Known(verdict, self.now_ms)
            self.moved[number] = self.moved.get(number, 0) + (verdict is RailOutcome.PAID)
        return self.ask(number)

    def ask(self, number: str) -> RailAnswer:
        if self.has_forgotten(number):
            return RailAnswer(outcome=RailOutcome.NOT_FOUND, evidence="404")
        return RailAnswer(outcome=self.known[number].status, evidence="200")

    def decide(self, number: str, status: RailOutcome) -> None:
        known = self.known[number]
        if known.status is RailOutcome.ACCEPTED:
            self.moved[number] += status is RailOutcome.PAID
            known.status = status
        elif known.status is RailOutcome.PAID and status is RailOutcome.FAILED:
            self.moved[number] -= 1
            known.status = status

    def has_forgotten(self, number: str) -> bool:
        known = self.known.get(number)
        return known is None or self.now_ms - known.since_ms >= WINDOW_MS


class PayoutMachine(RuleBasedStateMachine):
    policy = replace(POLICY, limits=limits())

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 1_700_000_000_000
        self.database = Database("sqlite://", clock=lambda _: self.now_ms)
        upgrade(self.database)
        self.bank = ReferenceBank(now_ms=self.now_ms)
        self.under_way: list[tuple[int, RailCall, RailOutcome]] = []
        self.late: list[tuple[RailCall, RailAnswer]] = []
        self.tickets = 0
        self.deposited = 0
        self.at_once = 2
        """How many payouts one worker takes."""

    def transaction(self, connection: Connection) -> MoneyTransaction:
        return MoneyTransaction(connection, self.now_ms, self.policy)

    @rule()
    def a_ticket_comes(self) -> None:
        self.tickets += 1
        one = numbered(self.tickets)
        self.database.run(lambda c: agree_on(self.transaction(c), one))
        self.database.run(lambda c: settle_ticket(self.transaction(c), one))

    @rule(again=st.integers(1, 5))
    def a_ticket_comes_again(self, again: int) -> None:
        if again <= self.tickets:
            one = numbered(again)
            assert not self.database.run(lambda c: settle_ticket(self.transaction(c), one))[1]

    @rule(amount=st.sampled_from([100_000, 574_800, 3_000_000]))
    def a_deposit_comes(self, amount: int) -> None:
        self.deposited += 1
        paid_in = Deposit(contract_id="C1", amount_minor=amount, reference="")
        self.database.run(
            lambda c: deposit(
                self.transaction(c), f"k{self.deposited}", paid_in, opens_contract=True
            )
        )

    @rule(
        fault=st.sampled_from(FAULTS),
        verdict=st.sampled_from([RailOutcome.PAID, RailOutcome.ACCEPTED, RailOutcome.FAILED]),
    )
    def a_worker_works(self, fault: str, verdict: RailOutcome) -> None:
        for call in self.database.run(lambda c: claim_due(self.transaction(c), self.at_once)).calls:
            answer = self._exchange(call, fault, verdict)
            if answer is not None:
                self._record(call, answer)

    def _exchange(self, call: RailCall, fault: str, verdict: RailOutcome) -> RailAnswer | None:
        """Return what the worker sees; None: it never gets to record anything."""
        if fault == "crash before send":
            return None
        if fault == "request lost":
            return NOTHING
        if call.kind == "ask":
            missing = RailAnswer(outcome=RailOutcome.NOT_FOUND, evidence="404 too early")
            return missing if fault == "not found yet" else self.bank.ask(call.provider_no)
        if fault == "under way":
            self.under_way.append((self.now_ms, call, verdict))
            return NOTHING
        answer = self.bank.take(call.provider_no, call.request_body, verdict)
        if fault == "answer late":
            self.late.append((call, answer))
        lost = {"crash after send": None, "answer late": None}
        unseen = {"answer lost": NOTHING, "5xx after moving": NOTHING}
        return lost.get(fault, unseen.get(fault, answer)) if fault in lost | unseen else answer

    @rule()
    def requests_under_way_arrive(self) -> None:
        for _, call, verdict in self.under_way:
            self.bank.take(call.provider_no, call.request_body, verdict)
        self.under_way.clear()

    @rule()
    def late_answers_are_recorded(self) -> None:
        for call, answer in self.late:
            self._record(call, answer)
        self.late.clear()

    @rule(
        which=st.integers(0, 10),
        status=st.sampled_from([RailOutcome.PAID, RailOutcome.FAILED]),
    )
    def the_bank_decides_or_money_comes_back(self, which: int, status: RailOutcome) -> None:
        if self.bank.known:
            number = sorted(self.bank.known)[which % len(self.bank.known)]
            self.bank.decide(number, status)
            self._hint(number)

    @rule(ms=st.sampled_from([300, 31_000, 300_000, 901_000, 43_200_000]))
    def time_passes(self, ms: int) -> None:
        if any(self.now_ms + ms - since > UNDER_WAY_MS_MAX for since, _, _ in self.under_way):
            self.requests_under_way_arrive()
        self.now_ms += ms
        self.bank.now_ms = self.now_ms

    @rule(paused=st.booleans())
    def a_person_turns_the_kill_switch(self, *, paused: bool) -> None:
        if paused:
            self.database.run(lambda c: pause_rails(c, None, "drill", self.database.now_ms(c)))
        else:
            self.database.run(lambda c: resume_rails(self.transaction(c), None))

    def _record(self, call: RailCall, answer: RailAnswer) -> None:
        self.database.run(lambda c: record(self.transaction(c), call, answer))

    def _hint(self, number: str) -> None:
        with self.database.write() as connection:
            connection.execute(
                update(payouts)
                .where(
                    payouts.c.provider_no == number,
                    payouts.c.state.not_in([S.SENDING, S.HELD, S.READY, S.MANUAL]),
                )
                .values(due_ms=self.now_ms)
            )

    @invariant()
    def nobody_is_paid_twice(self) -> None:
        assert all(0 <= times <= 1 for times in self.bank.moved.values()), self.bank.moved

    @invariant()
    def the_books_balance(self) -> None:
        with self.database.snapshot() as connection:
            books = read_books(connection)
        assert books.balanced, books.checks

    def teardown(self) -> None:
        """Faults stop: every payout must come to an end, and bank and books must agree."""
        self.requests_under_way_arrive()
        self.a_person_turns_the_kill_switch(paused=False)
        for number in list(self.bank.known):
            self.bank.decide(number, RailOutcome.PAID)
        self.at_once = self.tickets  # however many there are, each has all the time
        for pause_ms in PATIENT_MS:
            self.time_passes(pause_ms)
            self.a_worker_works("none", RailOutcome.PAID)
        self._everything_has_ended()
        self.nobody_is_paid_twice()
        self.the_books_balance()
        self.database.close()

    def _everything_has_ended(self) -> None:
        with self.database.snapshot() as connection:
            for payout in connection.execute(select(payouts)):
                state = S(payout.state)
                waits = state is S.HELD and payout.reason == "funds"
                assert state in SETTLED_STATES or waits, (state, payout.reason)
                if state is S.PAID and not self.bank.has_forgotten(payout.provider_no):
                    assert self.bank.moved[payout.provider_no] == 1
                if state in {S.FAILED, S.HELD}:
                    assert not self.bank.moved.get(payout.provider_no)


class TrustsTheBankForEver(PayoutMachine):
    """A planted fault: believes that the bank never forgets a number."""

    policy = replace(
        PayoutMachine.policy,
        rails={"sandbox": replace(RAIL_POLICY, window_ms=10**15)},
    )


PLAY = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
PayoutMachine.TestCase.settings = PLAY
TestNobodyIsPaidTwice = PayoutMachine.TestCase


def test_the_machine_finds_a_planted_double_payment() -> None:
    steps = TrustsTheBankForEver()
    steps.a_deposit_comes(3_000_000)
    steps.a_ticket_comes()
    steps.a_worker_works("answer lost", RailOutcome.PAID)
    steps.time_passes(43_200_000)
    steps.time_passes(43_200_000)
    steps.a_worker_works("none", RailOutcome.PAID)
    steps.a_worker_works("none", RailOutcome.PAID)
    with pytest.raises(AssertionError, match="2"):
        steps.nobody_is_paid_twice()
    steps.database.close()


def test_a_question_about_returned_money_that_got_lost_is_asked_again() -> None:
    steps = PayoutMachine()
    steps.a_deposit_comes(3_000_000)
    steps.a_ticket_comes()
    steps.a_worker_works("none", RailOutcome.PAID)
    steps.the_bank_decides_or_money_comes_back(0, RailOutcome.FAILED)
    steps.a_worker_works("request lost", RailOutcome.FAILED)
    steps.teardown()
