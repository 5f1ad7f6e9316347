"""Where a lane stands, and what its rows are given and return."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from edge.config import Rules
from edge.lane.effects import Barrier, Effect, Open, Texts
from edge.lane.events import AskDue, DecisionLate, TimedOut, Timer
from edge.lane.offline import OfflineFacts
from edge.lane.signals import BarrierTold, Instant
from edge.messages import PlateRead


class State(StrEnum):
    STARTING = "starting"
    """Scale and photocells have not answered yet, so the last stop cannot be judged."""
    IDLE = "idle"
    OUT_OF_SERVICE = "out_of_service"
    ARRIVED = "arrived"
    """A card is on record; the gateway decides whether its truck may drive on."""
    HELD_AT_ENTRY = "held_at_entry"
    CARD_ASKED = "card_asked"
    """It may drive on, but its card was last seen too long ago: it must be shown again first."""
    ADMITTED = "admitted"
    """The entry barrier is open."""
    ON_DECK = "on_deck"
    WEIGHED = "weighed"
    """The weighing is on record; the gateway decides whether the truck may leave."""
    HELD_ON_DECK = "held_on_deck"
    RELEASED = "released"
    """The release is on record and the exit barrier is open."""
    BACKING_OUT = "backing_out"
    """Turned away from the deck; the entry barrier is open."""
    TURNED_AWAY = "turned_away"
    """Turned away before the deck; the display says why."""


TIMERS: Final[Mapping[State, Mapping[Timer, Callable[[Rules], int]]]] = {
    State.ARRIVED: {
        AskDue: lambda rules: rules.ask_again_ms,
        DecisionLate: lambda rules: rules.decision_ms,
        TimedOut: lambda rules: rules.give_up_ms,
    },
    State.HELD_AT_ENTRY: {
        AskDue: lambda rules: rules.ask_again_ms * HELD_ASK_FACTOR,
        TimedOut: lambda rules: rules.hold_ms,
    },
    State.CARD_ASKED: {TimedOut: lambda rules: rules.card_again_ms},
    State.ADMITTED: {TimedOut: lambda rules: rules.drive_on_ms},
    State.ON_DECK: {TimedOut: lambda rules: rules.weighing_ms},
    State.WEIGHED: {
        AskDue: lambda rules: rules.ask_again_ms,
        DecisionLate: lambda rules: rules.decision_ms,
        TimedOut: lambda rules: rules.give_up_ms,
    },
    State.HELD_ON_DECK: {
        AskDue: lambda rules: rules.ask_again_ms * HELD_ASK_FACTOR,
        TimedOut: lambda rules: rules.hold_ms,
    },
    State.RELEASED: {TimedOut: lambda rules: rules.leave_ms},
    State.BACKING_OUT: {TimedOut: lambda rules: rules.leave_ms},
    State.TURNED_AWAY: {TimedOut: lambda rules: rules.refusal_ms},
}

HELD_ASK_FACTOR: Final = 5
"""A held truck waits for a person: asking five times less often loses nothing."""

COMMANDS_REMEMBERED: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One truck's stop. Times are None where a restart or a person lies in between."""

    stop_id: UUID
    tag: str
    zero_before_kg: int
    plate: PlateRead | None = None
    """With the card."""
    judged_plate: str | None = None
    """The plate that was known when it was admitted."""
    asked: UUID | None = None
    """The record that waits for the gateway's decision."""
    weighing_id: UUID | None = None
    weight_kg: int | None = None
    arrived_ms: int | None = None
    admit_from_ms: int | None = None
    admitted_ms: int | None = None
    release_from_ms: int | None = None
    released_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Everything the lane remembers between two events."""

    state: State
    since_ms: int
    texts: Texts
    stop: Stop | None = None
    timers: Mapping[Timer, int] = field(default_factory=dict)
    """When each timer fires."""
    obeyed: tuple[UUID, ...] = ()
    """The last commands that were done, so that a repeat gets the same answer."""
    gateway_began: datetime | None = None
    """What the gateway's clock showed when the box's monotonic clock stood at nought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckView:
    """What the sensors say at this moment."""

    zero_kg: int | None
    """The zero, while the scale stands within its zero limits."""
    is_empty: bool
    entry_clear: bool
    trouble: str | None
    """Why the lane cannot serve a truck now."""
    up: frozenset[Barrier] = frozenset()
    """The arms that are up, by their limits."""
    above_range: bool = False
    card_ms: int | None = None
    """When the stop's card was last read."""
    plate: PlateRead | None = None
    """The last plate that was read of the stop's truck before it was on the deck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneContext:
    """What a row may look at besides the lane and the event."""

    at: Instant
    """When the cause of the event came. See `edge.box.lane_clock`."""
    now: Instant
    """When the lane gets round to it."""
    deck: DeckView
    rules: Rules
    offline: OfflineFacts
    new_id: Callable[[], UUID]
    yard: str
    lane: str
    e_kg: int
    protocol: str


Step = tuple[Lane, tuple[Effect, ...]]


def enter(lane: Lane, state: State, context: LaneContext, texts: Texts, stop: Stop | None) -> Lane:
    """Return the lane in a new state, with that state's timers started."""
    waits = TIMERS.get(state, {})
    timers = {timer: context.now.mono_ms + wait(context.rules) for timer, wait in waits.items()}
    return replace(
        lane, state=state, since_ms=context.at.mono_ms, texts=texts, stop=stop, timers=timers
    )


def rearm(lane: Lane, timer: Timer, wait_ms: int, context: LaneContext) -> Lane:
    """Return the lane with one timer started anew."""
    return replace(lane, timers={**lane.timers, timer: context.now.mono_ms + wait_ms})


def begins(before: Lane, after: Lane) -> bool:
    """Tell whether a truck's stop begins, be it in place of another one's."""
    new = after.stop is not None and after.state is State.ARRIVED
    return new and (before.stop is None or before.stop.stop_id != stop_of(after).stop_id)


def postponed(lane: Lane, by_ms: int) -> Lane:
    """Return the lane with its timers later by the time in which it stood still."""
    return replace(lane, timers={timer: due + by_ms for timer, due in lane.timers.items()})


def stop_of(lane: Lane) -> Stop:
    """Return the stop in progress; only states that have one ask."""
    if lane.stop is None:
        raise ValueError(f"state {lane.state} has no stop")
    return lane.stop


def note_pulse(lane: Lane, signal: BarrierTold) -> Lane:
    """Note when a barrier's first pulse for this stop reached the output module."""
    stop = lane.stop
    if stop is None:
        return lane
    match lane.state, signal.order:
        case State.ADMITTED, Open("entry") if stop.admitted_ms is None:
            return replace(lane, stop=replace(stop, admitted_ms=signal.mono_ms))
        case State.RELEASED, Open("exit") if stop.released_ms is None:
            return replace(lane, stop=replace(stop, released_ms=signal.mono_ms))
        case _:
            return lane


def greens(state: State) -> dict[Barrier, bool]:
    """Return which of the two traffic lights are green; the other is red."""
    return {"entry": state is State.ADMITTED, "exit": state is State.RELEASED}
