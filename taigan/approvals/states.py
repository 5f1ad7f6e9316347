"""The life of a proposal as one table: pure, no I/O, no clock.

Its state is never stored. It is folded from what people said, and from the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from taigan.approvals.forms import Verdict


class State(StrEnum):
    OPEN = "open"
    """Not enough people have signed yet."""
    COOLING_OFF = "cooling_off"
    """Approved; until it takes effect anybody may still refuse it."""
    IN_EFFECT = "in_effect"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Event(StrEnum):
    SIGNED = "signed"
    """By one of several who are needed."""
    AGREED = "agreed"
    """By the last of those who are needed."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    COOLED_OFF = "cooled_off"
    EXPIRED = "expired"


_S, _E = State, Event

TRANSITIONS: Final[dict[tuple[State, Event], State]] = {
    (_S.OPEN, _E.SIGNED): _S.OPEN,
    (_S.OPEN, _E.AGREED): _S.COOLING_OFF,
    (_S.OPEN, _E.REFUSED): _S.REFUSED,
    (_S.OPEN, _E.WITHDRAWN): _S.WITHDRAWN,
    (_S.OPEN, _E.EXPIRED): _S.EXPIRED,
    (_S.COOLING_OFF, _E.REFUSED): _S.REFUSED,
    (_S.COOLING_OFF, _E.WITHDRAWN): _S.WITHDRAWN,
    (_S.COOLING_OFF, _E.COOLED_OFF): _S.IN_EFFECT,
}


class NotPossible(Exception):
    """The table has no row for this event in this state; the text is for the person."""


def transition(state: State, event: Event) -> State:
    """Return where `event` leads; raise NotPossible if there is no row."""
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise NotPossible(f"a proposal that is {state} cannot be {event}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What settings asked of a proposal on the day it was made. Times in epoch ms."""

    signer: str | None
    """Who signed the proposal itself; None for a program's."""
    signers_needed: int
    cooling_off_ms: int
    proposed_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said, and when by the database's clock."""

    person: str
    verdict: Verdict
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a proposal stands at an instant."""

    state: State
    signers: tuple[str, ...]
    agreed_ms: int | None = None
    effective_ms: int | None = None
    """When an approved one takes effect, or took it."""


def standing(terms: Terms, said: Sequence[Said], now_ms: int) -> Standing:
    """Return how a proposal stands at `now_ms`; raise NotPossible for a word that had no row."""
    signers = () if terms.signer is None else (terms.signer,)
    found = Standing(state=State.OPEN, signers=())
    if signers:
        found = _signed(found, terms, signers[0], terms.proposed_ms)
    for one in said:
        found = _hear(_by_time(found, terms, one.at_ms), terms, one)
    return _by_time(found, terms, now_ms)


def _hear(now: Standing, terms: Terms, one: Said) -> Standing:
    if one.verdict is Verdict.APPROVE:
        return _signed(now, terms, one.person, one.at_ms)
    if one.verdict is Verdict.WITHDRAW and one.person != terms.signer:
        raise NotPossible("only whoever proposed it can withdraw it; others refuse")
    event = Event.REFUSED if one.verdict is Verdict.REFUSE else Event.WITHDRAWN
    return Standing(state=transition(now.state, event), signers=now.signers)


def _signed(now: Standing, terms: Terms, person: str, at_ms: int) -> Standing:
    if person in now.signers:
        raise NotPossible(f"{person} has signed it already: it needs another person")
    signers = (*now.signers, person)
    if len(signers) < terms.signers_needed:
        return Standing(state=transition(now.state, Event.SIGNED), signers=signers)
    return Standing(
        state=transition(now.state, Event.AGREED),
        signers=signers,
        agreed_ms=at_ms,
        effective_ms=at_ms + terms.cooling_off_ms,
    )


def _by_time(now: Standing, terms: Terms, at_ms: int) -> Standing:
    if now.state is State.OPEN and at_ms >= terms.expires_ms:
        return Standing(state=transition(now.state, Event.EXPIRED), signers=now.signers)
    if now.state is State.COOLING_OFF and now.effective_ms is not None:
        if at_ms < now.effective_ms:
            return now
        return Standing(
            state=transition(now.state, Event.COOLED_OFF),
            signers=now.signers,
            agreed_ms=now.agreed_ms,
            effective_ms=now.effective_ms,
        )
    return now
