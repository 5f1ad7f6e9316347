"""The lane's table: (state, event) to the row that says what follows.

All that changes a lane's state is in this table. A row returns the next lane and the effects; it
performs nothing, so a caller that could not make the records durable simply keeps the old lane.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from edge.lane import deck, entry, start
from edge.lane.effects import CommandOutcome, Reply
from edge.lane.events import (
    Admit,
    AskDue,
    CardPresented,
    CardShownAgain,
    CardTooShort,
    DecisionLate,
    DeckCleared,
    DeckKnown,
    DeckTaken,
    DroveOn,
    Event,
    Hold,
    Refuse,
    Release,
    ServiceBack,
    ServiceLost,
    SeveralTags,
    TimedOut,
    TruckGone,
    WeightSettled,
)
from edge.lane.state import COMMANDS_REMEMBERED, Lane, LaneContext, State, Step
from edge.lane.texts import state_text
from edge.messages import Action, ClockQuality, Command

TableRow = Callable[[Lane, Any, LaneContext], Step]
"""The key's event type is the row's event type: the tests hold every row to that."""

TABLE: Final[dict[tuple[State, type], TableRow]] = {
    (State.STARTING, DeckKnown): start.resume,
    (State.STARTING, ServiceLost): entry.service_lost,
    (State.IDLE, CardPresented): entry.arrive,
    (State.IDLE, SeveralTags): entry.several_tags,
    (State.IDLE, CardTooShort): entry.card_too_short,
    (State.IDLE, DeckTaken): deck.turn_back_taken,
    (State.IDLE, ServiceLost): entry.service_lost,
    (State.IDLE, TimedOut): entry.back_to_idle,
    (State.OUT_OF_SERVICE, ServiceBack): entry.service_back,
    (State.OUT_OF_SERVICE, DeckKnown): start.resume,
    (State.ARRIVED, CardPresented): entry.change_card,
    (State.ARRIVED, TruckGone): entry.drove_on_unasked,
    (State.ARRIVED, Admit): entry.admit,
    (State.ARRIVED, Refuse): entry.refuse_at_entry,
    (State.ARRIVED, Hold): entry.hold_at_entry,
    (State.ARRIVED, AskDue): entry.ask_again,
    (State.ARRIVED, DecisionLate): entry.admit_offline,
    (State.ARRIVED, TimedOut): entry.give_up_at_entry,
    (State.HELD_AT_ENTRY, CardPresented): entry.change_card,
    (State.HELD_AT_ENTRY, TruckGone): entry.drove_on_unasked,
    (State.HELD_AT_ENTRY, Admit): entry.admit,
    (State.HELD_AT_ENTRY, Refuse): entry.refuse_at_entry,
    (State.HELD_AT_ENTRY, Hold): entry.still_held,
    (State.HELD_AT_ENTRY, AskDue): entry.ask_again,
    (State.HELD_AT_ENTRY, TimedOut): entry.give_up_at_entry,
    (State.CARD_ASKED, CardShownAgain): entry.admit_shown,
    (State.CARD_ASKED, CardPresented): entry.change_card,
    (State.CARD_ASKED, TruckGone): entry.drove_on_unasked,
    (State.CARD_ASKED, Admit): entry.still_asked,
    (State.CARD_ASKED, Refuse): entry.refuse_at_entry,
    (State.CARD_ASKED, Hold): entry.hold_at_entry,
    (State.CARD_ASKED, TimedOut): entry.card_not_shown,
    (State.ADMITTED, CardPresented): entry.change_card,
    (State.ADMITTED, TruckGone): entry.left_the_entry,
    (State.ADMITTED, DroveOn): entry.drive_on,
    (State.ADMITTED, Refuse): entry.call_off,
    (State.ADMITTED, TimedOut): entry.no_show,
    (State.ON_DECK, WeightSettled): deck.weigh,
    (State.ON_DECK, Refuse): deck.refuse_on_deck,
    (State.ON_DECK, DeckCleared): deck.left_unweighed,
    (State.ON_DECK, TimedOut): deck.unweighable,
    (State.WEIGHED, Release): deck.release,
    (State.WEIGHED, Refuse): deck.refuse_on_deck,
    (State.WEIGHED, Hold): deck.hold_on_deck,
    (State.WEIGHED, AskDue): entry.ask_again,
    (State.WEIGHED, DecisionLate): deck.release_offline,
    (State.WEIGHED, DeckCleared): deck.left_unreleased,
    (State.WEIGHED, TimedOut): deck.give_up_on_deck,
    (State.HELD_ON_DECK, Release): deck.release,
    (State.HELD_ON_DECK, Refuse): deck.refuse_on_deck,
    (State.HELD_ON_DECK, Hold): entry.still_held,
    (State.HELD_ON_DECK, AskDue): entry.ask_again,
    (State.HELD_ON_DECK, DeckCleared): deck.left_unreleased,
    (State.HELD_ON_DECK, TimedOut): deck.give_up_on_deck,
    (State.RELEASED, DeckCleared): deck.leave,
    (State.RELEASED, TimedOut): deck.remind,
    (State.BACKING_OUT, DeckCleared): deck.back_out,
    (State.BACKING_OUT, TimedOut): deck.remind,
    (State.TURNED_AWAY, TimedOut): entry.back_to_idle,
}

DECISIONS: Final[dict[Action, type[Admit] | type[Release] | type[Refuse] | type[Hold]]] = {
    Action.ADMIT: Admit,
    Action.RELEASE: Release,
    Action.REFUSE: Refuse,
    Action.HOLD: Hold,
}


ASKING: Final = {State.ARRIVED, State.WEIGHED}
"""The states that begin with a question to the gateway."""

AT_ONCE: Final = timedelta(seconds=2)
"""An answer this quick tells what time it is at the gateway, as well as that."""


class UnexpectedEvent(Exception):
    """The table has no row for this event in this state; the lane stays as it was."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"no row for {type(event).__name__} in state {state.value}")
        self.state = state
        self.event = event


def new_lane(now_ms: int) -> Lane:
    """Return a lane that has just been switched on."""
    return Lane(state=State.STARTING, since_ms=now_ms, texts=state_text("starting"))


def step(lane: Lane, event: Event, context: LaneContext) -> Step:
    """Return what follows from an event; UnexpectedEvent if the table has no row for it."""
    row = TABLE.get((lane.state, type(event)))
    if row is None:
        raise UnexpectedEvent(lane.state, event)
    if isinstance(event, AskDue | DecisionLate | TimedOut):
        timers = {timer: due for timer, due in lane.timers.items() if timer is not type(event)}
        lane = replace(lane, timers=timers)
    return row(lane, event, context)


def obey(lane: Lane, command: Command, context: LaneContext) -> Step:
    """Return what follows from a command: it is done, or answered with why it is not."""
    if command.command_id in lane.obeyed:
        return lane, (Reply(command.command_id, "done"),)
    objection = _objection(lane, command, context)
    event = DECISIONS[command.action](command)
    if objection is None and (lane.state, type(event)) not in TABLE:
        objection = "out_of_turn"
    if objection is not None:
        return lane, (Reply(command.command_id, objection),)
    following, effects = step(_learnt(lane, command, context), event, context)
    if Reply(command.command_id, "done") in effects:
        obeyed = (*following.obeyed, command.command_id)[-COMMANDS_REMEMBERED:]
        following = replace(following, obeyed=obeyed)
    return following, effects


def _objection(lane: Lane, command: Command, context: LaneContext) -> CommandOutcome | None:
    """Name what forbids a command."""
    if _is_late(lane, command, context):
        return "late"
    stop = lane.stop
    fits = (
        (command.yard, command.lane) == (context.yard, context.lane)
        and stop is not None
        and command.stop_id == stop.stop_id
        and command.in_reply_to in {None, stop.asked}
    )
    return None if fits else "out_of_turn"


def _is_late(lane: Lane, command: Command, context: LaneContext) -> bool:
    """Tell whether a command has expired.

    No answer is older than its question: if it came within its lifetime it is in time, by any
    clock. The gateway's own clock judges the rest, as its answers have shown it; the box's wall
    clock where there was none since the start, unless it was never set.
    """
    age = _age_of_question(lane, command, context)
    if age is not None and age < command.expires_at - command.issued_at:
        return False
    if lane.gateway_began is not None:
        return _since_boot(context) >= command.expires_at - lane.gateway_began
    return context.now.clock is not ClockQuality.UNSET and context.now.utc >= command.expires_at


def _age_of_question(lane: Lane, command: Command, context: LaneContext) -> timedelta | None:
    """Return how long ago the lane asked what this answers.

    None if it did not ask, or if the question is older than this start.
    """
    stop = lane.stop
    resumed = stop is None or stop.arrived_ms is None
    if lane.state not in ASKING or resumed or command.in_reply_to is None:
        return None
    return timedelta(milliseconds=context.at.mono_ms - lane.since_ms)


def _learnt(lane: Lane, command: Command, context: LaneContext) -> Lane:
    """Read the gateway's clock from an answer that came at once."""
    age = _age_of_question(lane, command, context)
    if age is None or age > AT_ONCE:
        return lane
    return replace(lane, gateway_began=command.issued_at - _since_boot(context))


def _since_boot(context: LaneContext) -> timedelta:
    return timedelta(milliseconds=context.now.mono_ms)
