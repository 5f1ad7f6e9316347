"""The life of a payout: its table, what answers mean, when it wants attention."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.messages import PayoutState
from settlement.payouts.states import (
    TRANSITIONS,
    Booking,
    Event,
    RailOutcome,
    RailPolicy,
    Sending,
    UnexpectedEvent,
    ask_end_again_ms,
    interpret,
    next_due_ms,
    transition,
)

S, E = PayoutState, Event
ENDS = frozenset(Booking) - {Booking.NONE, Booking.RESERVE}
POLICY = RailPolicy(lease_ms=30_000, quarantine_ms=1_000, window_ms=10_000)
SENT = Sending(first_sent_ms=0, last_sent_ms=0, asks=0)


def test_an_event_without_a_row_is_refused_by_name() -> None:
    with pytest.raises(UnexpectedEvent, match="held does not expect bank_paid"):
        transition(S.HELD, E.BANK_PAID)


def test_money_is_only_sent_from_ready() -> None:
    assert {state for state, event in TRANSITIONS if event is E.SENT} == {S.READY}


def test_only_a_final_answer_books_an_end() -> None:
    ends = {Booking.PAY: S.PAID, Booking.VOID: S.FAILED, Booking.RETURN: S.RETURNED}
    for row in TRANSITIONS.values():
        assert ends.get(row.booking, row.state) is row.state


def test_a_payout_is_paid_and_voided_at_most_once_on_every_path() -> None:
    seen: set[tuple[PayoutState, frozenset[Booking]]] = set()
    todo = [(PayoutState.HELD, frozenset[Booking]())]
    while todo:
        state, booked = todo.pop()
        for (source, _), row in TRANSITIONS.items():
            if source is state:
                assert row.booking not in booked, (state, row)
                step = (row.state, booked | ({row.booking} & ENDS))
                if step not in seen:
                    seen.add(step)
                    todo.append(step)
    assert not any({Booking.PAY, Booking.VOID} <= booked for _, booked in seen)


def test_nothing_leaves_manual_by_itself() -> None:
    assert not [event for state, event in TRANSITIONS if state is S.MANUAL]


def test_every_state_the_bank_is_asked_about_expects_every_answer() -> None:
    answers = {
        E.BANK_ACCEPTED, E.BANK_PAID, E.BANK_FAILED, E.BANK_SILENT, E.BANK_CONTRADICTS
    }  # fmt: skip
    for state in (S.SENDING, S.UNKNOWN, S.ACCEPTED, S.PAID, S.FAILED, S.RETURNED):
        assert {event for source, event in TRANSITIONS if source is state} >= answers


@pytest.mark.parametrize(
    ("outcome", "event"),
    [
        (RailOutcome.ACCEPTED, E.BANK_ACCEPTED),
        (RailOutcome.PAID, E.BANK_PAID),
        (RailOutcome.FAILED, E.BANK_FAILED),
        (RailOutcome.CONFLICT, E.BANK_CONTRADICTS),
        (RailOutcome.UNKNOWN, E.BANK_SILENT),
    ],
)
def test_what_the_bank_says_counts_at_once(outcome: RailOutcome, event: Event) -> None:
    assert interpret(S.UNKNOWN, outcome, SENT, 0, POLICY) is event


@pytest.mark.parametrize(
    ("now_ms", "event"),
    [
        (999, E.BANK_SILENT),
        (1_000, E.BANK_NEVER_SAW_IT),
        (8_999, E.BANK_NEVER_SAW_IT),
        (9_000, E.WINDOW_PASSED),
    ],
)
def test_not_found_counts_between_quarantine_and_the_windows_end(now_ms: int, event: Event) -> None:
    assert interpret(S.UNKNOWN, RailOutcome.NOT_FOUND, SENT, now_ms, POLICY) is event


def test_a_rail_that_takes_no_repeat_leaves_not_found_to_a_person() -> None:
    once = replace(POLICY, repeats=False)
    found = interpret(S.UNKNOWN, RailOutcome.NOT_FOUND, SENT, 1_000, once)
    assert found is E.WINDOW_PASSED


def test_not_found_about_a_transfer_that_was_accepted_proves_nothing() -> None:
    assert interpret(S.ACCEPTED, RailOutcome.NOT_FOUND, SENT, 5_000, POLICY) is E.BANK_SILENT


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_repeat_never_leaves_outside_the_window(first: int, wait: int, more: int) -> None:
    sending = Sending(first_sent_ms=first, last_sent_ms=first + wait, asks=0)
    now_ms = first + wait + more
    event = interpret(S.UNKNOWN, RailOutcome.NOT_FOUND, sending, now_ms, POLICY)
    if event is E.BANK_NEVER_SAW_IT:
        assert now_ms + POLICY.quarantine_ms < first + POLICY.window_ms


@pytest.mark.parametrize(("quarantine", "window"), [(0, 10), (10, 10), (-1, 10)])
def test_a_quarantine_must_lie_inside_the_window(quarantine: int, window: int) -> None:
    with pytest.raises(ValueError, match="quarantine"):
        RailPolicy(lease_ms=30_000, quarantine_ms=quarantine, window_ms=window)


def test_attention_comes_at_growing_distances_and_ends_where_nothing_is_open() -> None:
    assert next_due_ms(S.READY, 0, 7, POLICY) == 7
    assert [next_due_ms(S.UNKNOWN, n, 0, POLICY) for n in range(10)] == list(POLICY.ask_delays_ms)
    assert next_due_ms(S.ACCEPTED, 99, 0, POLICY) == POLICY.ask_delays_ms[-1]
    assert next_due_ms(S.PAID, 0, 1, POLICY) == 1 + POLICY.return_checks_ms[0]
    assert next_due_ms(S.PAID, len(POLICY.return_checks_ms), 0, POLICY) is None
    for state in (S.HELD, S.FAILED, S.RETURNED, S.MANUAL):
        assert next_due_ms(state, 0, 0, POLICY) is None


def test_an_event_with_a_row_leads_where_the_row_says() -> None:
    row = transition(S.SENDING, E.BANK_PAID)
    assert (row.state, row.booking) == (S.PAID, Booking.PAY)


def test_an_unanswered_question_about_an_end_is_repeated_hourly_for_thirty_days() -> None:
    hour_ms, month_ms = 3_600_000, 30 * 86_400_000
    assert ask_end_again_ms(0, month_ms, POLICY) == month_ms + hour_ms
    assert ask_end_again_ms(0, month_ms + 1, POLICY) is None
