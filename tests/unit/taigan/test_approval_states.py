"""The life of a proposal: every row, everything that has none, and what time does."""

from itertools import product

import pytest

from taigan.approvals.forms import Verdict
from taigan.approvals.rules import Rule
from taigan.approvals.states import (
    TRANSITIONS,
    Event,
    NotPossible,
    Said,
    Standing,
    State,
    Terms,
    standing,
    transition,
)

A, R, W = Verdict.APPROVE, Verdict.REFUSE, Verdict.WITHDRAW


def terms(signer: str | None = "wang", needed: int = 2, cooling_off_ms: int = 100) -> Terms:
    return Terms(
        signer=signer,
        signers_needed=needed,
        cooling_off_ms=cooling_off_ms,
        proposed_ms=0,
        expires_ms=1000,
    )


def at(now_ms: int, *said: Said, of: Terms | None = None) -> Standing:
    return standing(of or terms(), said, now_ms)


@pytest.mark.parametrize(("state", "event"), sorted(product(State, Event)))
def test_what_has_no_row_is_refused(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert transition(state, event) in State
        return
    with pytest.raises(NotPossible, match=state):
        transition(state, event)


def test_the_proposer_and_one_other_agree_and_then_it_cools_off() -> None:
    yes = Said("zhou", A, 10)
    assert at(9).state is State.OPEN
    assert at(10, yes).state is State.COOLING_OFF
    assert at(109, yes).effective_ms == 110
    assert at(110, yes).state is State.IN_EFFECT
    assert at(110, yes).signers == ("wang", "zhou")


def test_nobody_signs_twice() -> None:
    with pytest.raises(NotPossible, match="needs another person"):
        at(10, Said("wang", A, 10))


def test_a_programs_proposal_needs_two_people_of_its_own() -> None:
    of = terms(signer=None)
    one, two = Said("wang", A, 10), Said("zhou", A, 20)
    assert at(10, one, of=of).state is State.OPEN
    assert at(20, one, two, of=of).state is State.COOLING_OFF


def test_one_owner_alone_agrees_with_himself_and_still_waits() -> None:
    of = terms(needed=1)
    assert at(99, of=of).state is State.COOLING_OFF
    assert at(100, of=of).state is State.IN_EFFECT


def test_without_cooling_off_it_takes_effect_at_once() -> None:
    assert at(10, Said("zhou", A, 10), of=terms(cooling_off_ms=0)).state is State.IN_EFFECT


def test_it_expires_when_nobody_signs() -> None:
    assert at(999).state is State.OPEN
    assert at(1000).state is State.EXPIRED
    with pytest.raises(NotPossible, match="expired"):
        at(1001, Said("zhou", A, 1001))


def test_what_was_agreed_in_time_does_not_expire() -> None:
    assert at(5000, Said("zhou", A, 999)).state is State.IN_EFFECT


def test_anybody_refuses_also_while_it_cools_off_but_not_later() -> None:
    assert at(20, Said("zhou", R, 10)).state is State.REFUSED
    assert at(20, Said("zhou", A, 10), Said("li", R, 20)).state is State.REFUSED
    with pytest.raises(NotPossible, match="in_effect"):
        at(200, Said("zhou", A, 10), Said("li", R, 110))
    with pytest.raises(NotPossible, match="refused"):
        at(30, Said("zhou", R, 10), Said("li", A, 20))


def test_only_its_proposer_withdraws() -> None:
    assert at(20, Said("wang", W, 10)).state is State.WITHDRAWN
    assert at(20, Said("zhou", A, 10), Said("wang", W, 20)).state is State.WITHDRAWN
    with pytest.raises(NotPossible, match="only whoever proposed"):
        at(20, Said("zhou", W, 10))


def test_a_yard_with_one_owner_keeps_the_waiting() -> None:
    assert [rule.for_one_person() for rule in Rule] == [
        Rule.ONE,
        Rule.ONE_COOLING_OFF,
        Rule.ONE,
        Rule.ONE_COOLING_OFF,
    ]
    assert [rule.signers_needed for rule in Rule] == [1, 1, 2, 2]
    assert [rule.cools_off for rule in Rule] == [False, True, False, True]
