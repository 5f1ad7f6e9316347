"""Rows of the table before a truck is on the deck."""

from dataclasses import replace
from typing import Final, Literal

from edge.lane import offline
from edge.lane.effects import AskAgain, Close, Effect, Open, Reply, Texts, Write
from edge.lane.events import (
    Admit,
    AskDue,
    CardPresented,
    CardShownAgain,
    CardTooShort,
    DecisionLate,
    DroveOn,
    Hold,
    Refuse,
    ServiceBack,
    ServiceLost,
    SeveralTags,
    TimedOut,
    TruckGone,
)
from edge.lane.state import (
    HELD_ASK_FACTOR,
    Lane,
    LaneContext,
    State,
    Step,
    Stop,
    enter,
    rearm,
    stop_of,
)
from edge.lane.texts import reason_text, state_text
from edge.messages import Command, TruckArrived, TruckRefused

RefusedBy = Literal["gateway", "lane", "dispatcher"]

ZERO_TEXT_MS = 3_000
"""How long the display asks to wait for zero after a card came too early."""

TAGS_TEXT_MS = 3_000
"""How long the display says why no card counts, after the last read that showed it."""

_GIVEN_UP: Final = {
    State.ARRIVED: "decision_timeout",
    State.HELD_AT_ENTRY: "hold_timeout",
}


def decider(command: Command) -> Literal["gateway", "dispatcher"]:
    """Return who decided: a dispatcher's command answers no record."""
    return "dispatcher" if command.in_reply_to is None else "gateway"


def done(command: Command) -> Reply:
    return Reply(command.command_id, "done")


def refusal(stop: Stop, context: LaneContext, reason: str, by: RefusedBy) -> Write:
    """Return the record that turns this truck away."""
    content = {"stop_id": stop.stop_id, "reason": reason, "refused_by": by}
    return Write(TruckRefused, context.new_id(), content)


def become_idle(lane: Lane, context: LaneContext) -> Lane:
    return enter(lane, State.IDLE, context, state_text("idle"), None)


def service_lost(lane: Lane, event: ServiceLost, context: LaneContext) -> Step:
    return enter(lane, State.OUT_OF_SERVICE, context, reason_text(event.reason), None), ()


def service_back(lane: Lane, _: ServiceBack, context: LaneContext) -> Step:
    return become_idle(lane, context), ()


def back_to_idle(lane: Lane, _: TimedOut, context: LaneContext) -> Step:
    return become_idle(lane, context), ()


def arrive(lane: Lane, event: CardPresented, context: LaneContext) -> Step:
    """Put the arrival on record; its sending is the question to the gateway."""
    if context.deck.zero_kg is None:
        waiting = replace(lane, texts=reason_text("zero_not_ready"))
        return rearm(waiting, TimedOut, ZERO_TEXT_MS, context), ()
    stop = Stop(
        stop_id=context.new_id(),
        tag=event.tag,
        zero_before_kg=context.deck.zero_kg,
        plate=event.plate,
        asked=context.new_id(),
        arrived_ms=event.read_ms,
        admit_from_ms=event.read_ms,
    )
    content = {
        "stop_id": stop.stop_id,
        "tag": stop.tag,
        "zero_before_kg": stop.zero_before_kg,
        "plate": stop.plate,
    }
    arrived = enter(lane, State.ARRIVED, context, state_text("arrived"), stop)
    assert stop.asked is not None
    return arrived, (Write(TruckArrived, stop.asked, content),)


def change_card(lane: Lane, event: CardPresented, context: LaneContext) -> Step:
    """End the stop of a truck whose place another card took, and begin that card's own."""
    record = refusal(stop_of(lane), context, "other_card", "lane")
    following, effects = arrive(become_idle(lane, context), event, context)
    return following, (record, *effects, *_shut_if_open(lane))


def drove_on_unasked(lane: Lane, _: TruckGone, context: LaneContext) -> Step:
    """Send back a truck that is on the deck though the arm should be down."""
    record = refusal(stop_of(lane), context, "truck_gone", "lane")
    texts = reason_text("deck_taken")
    return enter(lane, State.BACKING_OUT, context, texts, lane.stop), (record, Open("entry"))


def left_the_entry(lane: Lane, _: TruckGone, context: LaneContext) -> Step:
    """End the stop of a truck that was in the entry and left it backwards.

    Where the scale felt nothing it may have been a person: then the card is asked for again.
    """
    shut = Close("entry")
    if not context.deck.is_empty:
        return _ask_for_card(lane, context), (shut,)
    record = refusal(stop_of(lane), context, "truck_gone", "lane")
    away = enter(lane, State.TURNED_AWAY, context, reason_text("truck_gone"), None)
    return away, (record, shut)


def several_tags(lane: Lane, _: SeveralTags, context: LaneContext) -> Step:
    """Say why no tag counts."""
    asking = replace(lane, texts=state_text("several_tags"))
    return rearm(asking, TimedOut, TAGS_TEXT_MS, context), ()


def card_too_short(lane: Lane, _: CardTooShort, context: LaneContext) -> Step:
    """Ask for a card that was hardly read; where it was noise, nobody is there to mind."""
    asking = replace(lane, texts=state_text("card_asked"))
    return rearm(asking, TimedOut, TAGS_TEXT_MS, context), ()


def admit(lane: Lane, event: Admit, context: LaneContext) -> Step:
    """Open the entry barrier, unless the scale or the lane is not ready for a truck."""
    obstacle = _obstacle(context)
    if obstacle is not None:
        reply = Reply(event.command.command_id, "out_of_turn")
        return replace(lane, texts=reason_text(obstacle)), (reply,)
    if decider(event.command) == "dispatcher":
        lane = _unmeasured(lane)
    admitted, effects = _let_on(lane, context, event.command.say)
    return admitted, (*effects, done(event.command))


def still_asked(lane: Lane, event: Admit, _: LaneContext) -> Step:
    """Take a repeated permission for what it is; the card is still missing."""
    return lane, (done(event.command),)


def admit_shown(lane: Lane, _: CardShownAgain, context: LaneContext) -> Step:
    """Open the entry barrier for a card that was asked for again; if it cannot be, ask anew."""
    obstacle = _obstacle(context)
    if obstacle is not None:
        return enter(lane, State.CARD_ASKED, context, reason_text(obstacle), lane.stop), ()
    return _open_entry(lane, context, state_text("admitted"))


def admit_offline(lane: Lane, _: DecisionLate, context: LaneContext) -> Step:
    """Decide from the order list; without permission go on waiting for the gateway."""
    plate = context.deck.plate or stop_of(lane).plate
    decision = offline.admit(context.offline, stop_of(lane).tag, plate)
    obstacle = decision.reason if isinstance(decision, offline.Denied) else _obstacle(context)
    if obstacle is None:
        return _let_on(lane, context, state_text("admitted"))
    waiting = replace(lane, texts=reason_text(obstacle))
    return rearm(waiting, DecisionLate, context.rules.decision_ms, context), ()


def hold_at_entry(lane: Lane, event: Hold, context: LaneContext) -> Step:
    unmeasured = _unmeasured(lane)
    held = enter(unmeasured, State.HELD_AT_ENTRY, context, event.command.say, unmeasured.stop)
    return held, (done(event.command),)


def still_held(lane: Lane, event: Hold, _: LaneContext) -> Step:
    """Show the new text; the time the truck has waited goes on counting."""
    return replace(lane, texts=event.command.say), (done(event.command),)


def refuse_at_entry(lane: Lane, event: Refuse, context: LaneContext) -> Step:
    command = event.command
    record = refusal(stop_of(lane), context, command.reason or "refused", decider(command))
    away = enter(lane, State.TURNED_AWAY, context, command.say, None)
    return away, (record, done(command))


def give_up_at_entry(lane: Lane, _: TimedOut, context: LaneContext) -> Step:
    reason = _GIVEN_UP[lane.state]
    record = refusal(stop_of(lane), context, reason, "lane")
    return enter(lane, State.TURNED_AWAY, context, reason_text(reason), None), (record,)


def ask_again(lane: Lane, _: AskDue, context: LaneContext) -> Step:
    """Send the undecided record again; the gateway repeats its decision."""
    asked = stop_of(lane).asked
    assert asked is not None
    held = lane.state in {State.HELD_AT_ENTRY, State.HELD_ON_DECK}
    wait_ms = context.rules.ask_again_ms * (HELD_ASK_FACTOR if held else 1)
    return rearm(lane, AskDue, wait_ms, context), (AskAgain(asked),)


def drive_on(lane: Lane, _: DroveOn, context: LaneContext) -> Step:
    """Shut the entry behind a truck that is on, with both beams clear."""
    on_deck = enter(lane, State.ON_DECK, context, state_text("on_deck"), lane.stop)
    return on_deck, (Close("entry"),)


def call_off(lane: Lane, event: Refuse, context: LaneContext) -> Step:
    """Turn an admitted truck away after all."""
    command = event.command
    record = refusal(stop_of(lane), context, command.reason or "refused", decider(command))
    called_off, effects = _shut_or_back_out(lane, context, command.say)
    return called_off, (record, *effects, done(command))


def no_show(lane: Lane, _: TimedOut, context: LaneContext) -> Step:
    """Turn away a truck that did not drive on, or not far enough, in time."""
    record = refusal(stop_of(lane), context, "drive_on_timeout", "lane")
    called_off, effects = _shut_or_back_out(lane, context, reason_text("drive_on_timeout"))
    return called_off, (record, *effects)


def card_not_shown(lane: Lane, _: TimedOut, context: LaneContext) -> Step:
    """Turn away a truck whose card was asked for in vain; it may be on the deck by now."""
    record = refusal(stop_of(lane), context, "card_not_shown", "lane")
    if context.deck.is_empty:
        texts = reason_text("card_not_shown")
        return enter(lane, State.TURNED_AWAY, context, texts, None), (record,)
    texts = reason_text("deck_taken")
    return enter(lane, State.BACKING_OUT, context, texts, lane.stop), (record, Open("entry"))


def _shut_or_back_out(lane: Lane, context: LaneContext, texts: Texts) -> Step:
    if context.deck.is_empty:
        return enter(lane, State.TURNED_AWAY, context, texts, None), (Close("entry"),)
    return enter(lane, State.BACKING_OUT, context, texts, lane.stop), (Open("entry"),)


def _shut_if_open(lane: Lane) -> tuple[Effect, ...]:
    """Shut the entry only if it was opened for this stop: no other arm is this lane's to lower."""
    return (Close("entry"),) if lane.state is State.ADMITTED else ()


def _let_on(lane: Lane, context: LaneContext, texts: Texts) -> Step:
    """Open the entry, or ask for the card first: by now another truck may stand there."""
    card_ms = context.deck.card_ms
    if card_ms is not None and context.now.mono_ms - card_ms <= context.rules.card_fresh_ms:
        return _open_entry(lane, context, texts)
    return _ask_for_card(lane, context), ()


def _ask_for_card(lane: Lane, context: LaneContext) -> Lane:
    asked = _unmeasured(lane)
    return enter(asked, State.CARD_ASKED, context, state_text("card_asked"), asked.stop)


def _open_entry(lane: Lane, context: LaneContext, texts: Texts) -> Step:
    plate = context.deck.plate or stop_of(lane).plate
    stop = replace(stop_of(lane), judged_plate=plate.text if plate else None)
    return enter(lane, State.ADMITTED, context, texts, stop), (Open("entry"),)


def _obstacle(context: LaneContext) -> str | None:
    """Name what forbids any admission now, by the gateway, a dispatcher or the lane itself."""
    if context.deck.trouble is not None:
        return context.deck.trouble
    return "zero_not_ready" if context.deck.zero_kg is None else None


def _unmeasured(lane: Lane) -> Lane:
    """Leave this admission out of the software's timings: a person had a part in it."""
    return replace(lane, stop=replace(stop_of(lane), admit_from_ms=None))
