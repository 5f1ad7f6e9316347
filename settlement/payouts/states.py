"""The life of a payout as one table: pure, no I/O, no clock.

What the bank documents as final is final; everything else is UNKNOWN and is asked about. An event
without a row is refused loudly, the state stays.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from settlement.messages import PayoutState


class RailOutcome(StrEnum):
    """What an exchange with the bank has shown."""

    ACCEPTED = "accepted"
    PAID = "paid"
    FAILED = "failed"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    """The bank knows the number with other content."""
    UNKNOWN = "unknown"
    """Timeout, 5xx, an undocumented code, an unreadable body: proves nothing."""


class Event(StrEnum):
    """What can happen to a payout."""

    HELD = "held"
    FUNDED = "funded"
    RELEASED = "released"
    SENT = "sent"
    LEASE_EXPIRED = "lease_expired"
    BANK_ACCEPTED = "bank_accepted"
    BANK_PAID = "bank_paid"
    BANK_FAILED = "bank_failed"
    BANK_SILENT = "bank_silent"
    BANK_NEVER_SAW_IT = "bank_never_saw_it"
    """NOT_FOUND after quarantine, inside the idempotency window."""
    BANK_CONTRADICTS = "bank_contradicts"
    UNBOOKABLE = "unbookable"
    """The bank's answer could not be booked, several times."""
    WINDOW_PASSED = "window_passed"
    """NOT_FOUND when the bank may already have forgotten the number: sending could pay twice."""


class Booking(StrEnum):
    """Which journal a transition posts."""

    NONE = "none"
    RESERVE = "reserve"
    PAY = "pay"
    VOID = "void"
    RETURN = "return"
    SUSPEND_FAILED = "suspend_failed"
    SUSPEND_RETURNED = "suspend_returned"


@dataclass(frozen=True, slots=True)
class Transition:
    state: PayoutState
    booking: Booking = Booking.NONE


class UnexpectedEvent(Exception):
    """The table has no row for this event in this state."""


_S = PayoutState
_E = Event

TRANSITIONS: Final[dict[tuple[PayoutState, Event], Transition]] = {
    (_S.HELD, _E.FUNDED): Transition(_S.READY, Booking.RESERVE),
    (_S.HELD, _E.RELEASED): Transition(_S.READY),
    (_S.READY, _E.HELD): Transition(_S.HELD),
    (_S.READY, _E.SENT): Transition(_S.SENDING),
    (_S.READY, _E.WINDOW_PASSED): Transition(_S.MANUAL),
    (_S.SENDING, _E.LEASE_EXPIRED): Transition(_S.UNKNOWN),
    (_S.SENDING, _E.BANK_ACCEPTED): Transition(_S.ACCEPTED),
    (_S.SENDING, _E.BANK_PAID): Transition(_S.PAID, Booking.PAY),
    (_S.SENDING, _E.BANK_FAILED): Transition(_S.FAILED, Booking.VOID),
    (_S.SENDING, _E.BANK_SILENT): Transition(_S.UNKNOWN),
    (_S.SENDING, _E.BANK_CONTRADICTS): Transition(_S.MANUAL),
    (_S.UNKNOWN, _E.BANK_ACCEPTED): Transition(_S.ACCEPTED),
    (_S.UNKNOWN, _E.BANK_PAID): Transition(_S.PAID, Booking.PAY),
    (_S.UNKNOWN, _E.BANK_FAILED): Transition(_S.FAILED, Booking.VOID),
    (_S.UNKNOWN, _E.BANK_SILENT): Transition(_S.UNKNOWN),
    (_S.UNKNOWN, _E.BANK_NEVER_SAW_IT): Transition(_S.READY),
    (_S.UNKNOWN, _E.BANK_CONTRADICTS): Transition(_S.MANUAL),
    (_S.UNKNOWN, _E.WINDOW_PASSED): Transition(_S.MANUAL),
    (_S.ACCEPTED, _E.BANK_ACCEPTED): Transition(_S.ACCEPTED),
    (_S.ACCEPTED, _E.BANK_PAID): Transition(_S.PAID, Booking.PAY),
    (_S.ACCEPTED, _E.BANK_FAILED): Transition(_S.FAILED, Booking.VOID),
    (_S.ACCEPTED, _E.BANK_SILENT): Transition(_S.ACCEPTED),
    (_S.ACCEPTED, _E.BANK_CONTRADICTS): Transition(_S.MANUAL),
    # Final states stay open for what a bank may still say days later.
    (_S.PAID, _E.BANK_PAID): Transition(_S.PAID),
    (_S.PAID, _E.BANK_FAILED): Transition(_S.RETURNED, Booking.RETURN),
    (_S.PAID, _E.BANK_ACCEPTED): Transition(_S.PAID),
    (_S.PAID, _E.BANK_SILENT): Transition(_S.PAID),
    (_S.PAID, _E.BANK_CONTRADICTS): Transition(_S.PAID),
    (_S.FAILED, _E.BANK_FAILED): Transition(_S.FAILED),
    (_S.FAILED, _E.BANK_PAID): Transition(_S.MANUAL, Booking.SUSPEND_FAILED),
    (_S.FAILED, _E.BANK_ACCEPTED): Transition(_S.FAILED),
    (_S.FAILED, _E.BANK_SILENT): Transition(_S.FAILED),
    (_S.FAILED, _E.BANK_CONTRADICTS): Transition(_S.FAILED),
    (_S.RETURNED, _E.BANK_FAILED): Transition(_S.RETURNED),
    (_S.RETURNED, _E.BANK_PAID): Transition(_S.MANUAL, Booking.SUSPEND_RETURNED),
    (_S.RETURNED, _E.BANK_ACCEPTED): Transition(_S.RETURNED),
    (_S.RETURNED, _E.BANK_SILENT): Transition(_S.RETURNED),
    (_S.RETURNED, _E.BANK_CONTRADICTS): Transition(_S.RETURNED),
    # Nothing is booked: that is what failed.
    (_S.SENDING, _E.UNBOOKABLE): Transition(_S.MANUAL),
    (_S.UNKNOWN, _E.UNBOOKABLE): Transition(_S.MANUAL),
    (_S.ACCEPTED, _E.UNBOOKABLE): Transition(_S.MANUAL),
    (_S.PAID, _E.UNBOOKABLE): Transition(_S.MANUAL),
    (_S.FAILED, _E.UNBOOKABLE): Transition(_S.MANUAL),
    (_S.RETURNED, _E.UNBOOKABLE): Transition(_S.MANUAL),
}


def transition(state: PayoutState, event: Event) -> Transition:
    """Return where `event` leads and what it books; raise UnexpectedEvent if there is no row."""
    row = TRANSITIONS.get((state, event))
    if row is None:
        raise UnexpectedEvent(f"a payout that is {state} does not expect {event}")
    return row


_ASK_DELAYS_MS: Final = (200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000)
_RETURN_CHECKS_MS: Final = (86_400_000, 2 * 86_400_000, 4 * 86_400_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RailPolicy:
    """What a rail's documents promise, as far as the table asks. Durations in milliseconds."""

    lease_ms: int
    """How long one worker may take over one exchange; then another one asks."""
    quarantine_ms: int
    """Longer than any request can be under way: an earlier NOT_FOUND proves nothing."""
    window_ms: int
    """How long the rail is sure to recognise a repeated number."""
    repeats: bool = True
    """Whether NOT_FOUND after the quarantine lets the same bytes go again; no: a person decides."""
    ask_delays_ms: tuple[int, ...] = _ASK_DELAYS_MS
    """Pause before each question about an undecided payout; the last one repeats."""
    return_checks_ms: tuple[int, ...] = _RETURN_CHECKS_MS
    """Pauses before asking a paid payout again: a payee's bank returns money within some days."""
    end_unanswered_ms: int = 3_600_000
    """Pause before repeating a question about an ended payout that was not answered."""
    end_last_asked_ms: int = 30 * 86_400_000
    """Age of a payout after which such a question is not repeated; some rails forget it then."""

    def __post_init__(self) -> None:
        if not 0 < self.quarantine_ms < self.window_ms:
            raise ValueError("quarantine must be positive and shorter than the idempotency window")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """When a payout's number went to the bank, by the database's clock."""

    first_sent_ms: int
    last_sent_ms: int
    asks: int
    """Questions asked since the last send."""


_DIRECT: Final = {
    RailOutcome.ACCEPTED: Event.BANK_ACCEPTED,
    RailOutcome.PAID: Event.BANK_PAID,
    RailOutcome.FAILED: Event.BANK_FAILED,
    RailOutcome.CONFLICT: Event.BANK_CONTRADICTS,
    RailOutcome.UNKNOWN: Event.BANK_SILENT,
}


def interpret(
    state: PayoutState, outcome: RailOutcome, sending: Sending, now_ms: int, policy: RailPolicy
) -> Event:
    """Return what an answer means for a payout: only NOT_FOUND depends on the time."""
    if outcome is not RailOutcome.NOT_FOUND:
        return _DIRECT[outcome]
    quarantine_over = now_ms - sending.last_sent_ms >= policy.quarantine_ms
    if state is not PayoutState.UNKNOWN or not quarantine_over:
        return Event.BANK_SILENT
    if may_repeat(sending.first_sent_ms, now_ms, policy):
        return Event.BANK_NEVER_SAW_IT
    return Event.WINDOW_PASSED


def may_repeat(first_sent_ms: int, now_ms: int, policy: RailPolicy) -> bool:
    """Return whether the same bytes may go again under a number sent first at `first_sent_ms`.

    The margin of one quarantine before the window's end keeps a repeat from arriving after it.
    """
    return policy.repeats and now_ms < first_sent_ms + policy.window_ms - policy.quarantine_ms


ENDS: Final = frozenset({PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED})
"""Final, and yet asked about: money may come back, or leave after all."""

_ASKED_ABOUT: Final = frozenset({PayoutState.UNKNOWN, PayoutState.ACCEPTED})


def next_due_ms(state: PayoutState, asks: int, now_ms: int, policy: RailPolicy) -> int | None:
    """Return when a payout needs attention again, or None if it waits for an outside event."""
    if state is PayoutState.READY:
        return now_ms
    if state in _ASKED_ABOUT:
        return now_ms + policy.ask_delays_ms[min(asks, len(policy.ask_delays_ms) - 1)]
    if state is PayoutState.PAID and asks < len(policy.return_checks_ms):
        return now_ms + policy.return_checks_ms[asks]
    return None


def ask_end_again_ms(created_ms: int, now_ms: int, policy: RailPolicy) -> int | None:
    """Return when to repeat a question about an ended payout that the bank left unanswered.

    It ends some day; otherwise every old payout would be asked about every hour.
    """
    old = now_ms - created_ms > policy.end_last_asked_ms
    return None if old else now_ms + policy.end_unanswered_ms
