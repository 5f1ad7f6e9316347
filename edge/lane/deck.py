"""Rows of the table while a truck is on the deck, until the deck is empty again."""

from dataclasses import replace
from typing import Literal

from edge.lane import offline
from edge.lane.effects import Close, Open, Texts, Write
from edge.lane.entry import RefusedBy, become_idle, decider, done, refusal
from edge.lane.events import (
    DecisionLate,
    DeckCleared,
    DeckTaken,
    Hold,
    Refuse,
    Release,
    TimedOut,
    WeightSettled,
)
from edge.lane.state import Lane, LaneContext, State, Step, Stop, enter, rearm, stop_of
from edge.lane.texts import reason_text, state_text
from edge.messages import (
    TruckLeft,
    TruckReleased,
    WeighingCompleted,
    WeighingVoided,
    sha256_hex,
)

DecidedBy = Literal["gateway", "offline", "dispatcher"]


def weigh(lane: Lane, event: WeightSettled, context: LaneContext) -> Step:
    """Put the weighing on record; its sending is the question to the gateway."""
    before = stop_of(lane)
    weighing_id = context.new_id()
    stop = replace(
        before,
        asked=weighing_id,
        weighing_id=weighing_id,
        weight_kg=event.weight_kg,
        release_from_ms=context.at.mono_ms,
    )
    content = {
        "stop_id": stop.stop_id,
        "tag": stop.tag,
        "weight_kg": event.weight_kg,
        "e_kg": context.e_kg,
        "zero_before_kg": stop.zero_before_kg,
        "frames": event.frames,
        "stable_ms": event.stable_ms,
        "protocol": context.protocol,
        "curve_sha256": sha256_hex(event.curve),
        "pictures": event.pictures,
        "cards_seen": event.cards_seen,
        "plates_seen": event.plates_seen,
    }
    weighed = enter(lane, State.WEIGHED, context, state_text("weighed"), stop)
    return weighed, (Write(WeighingCompleted, weighing_id, content, event.curve),)


def release(lane: Lane, event: Release, context: LaneContext) -> Step:
    command = event.command
    by = decider(command)
    if by == "dispatcher":
        lane = _unmeasured(lane)
    released, effects = _open_exit(lane, context, by, command.say)
    return released, (*effects, done(command))


def release_offline(lane: Lane, _: DecisionLate, context: LaneContext) -> Step:
    """Decide from the order list; too heavy is held, anything else waits for the gateway."""
    stop = stop_of(lane)
    assert stop.weight_kg is not None
    decision = offline.release(
        context.offline, stop.tag, stop.weight_kg, _late_plate(stop, context)
    )
    if isinstance(decision, offline.Allowed):
        return _open_exit(lane, context, "offline", state_text("released"))
    texts = reason_text(decision.reason)
    if decision.reason == "overweight":
        unmeasured = _unmeasured(lane)
        return enter(unmeasured, State.HELD_ON_DECK, context, texts, unmeasured.stop), ()
    waiting = replace(lane, texts=texts)
    return rearm(waiting, DecisionLate, context.rules.decision_ms, context), ()


def hold_on_deck(lane: Lane, event: Hold, context: LaneContext) -> Step:
    unmeasured = _unmeasured(lane)
    held = enter(unmeasured, State.HELD_ON_DECK, context, event.command.say, unmeasured.stop)
    return held, (done(event.command),)


def refuse_on_deck(lane: Lane, event: Refuse, context: LaneContext) -> Step:
    command = event.command
    sent, effects = _send_back(
        lane, context, command.reason or "refused", decider(command), command.say
    )
    return sent, (*effects, done(command))


def unweighable(lane: Lane, _: TimedOut, context: LaneContext) -> Step:
    reason = "scale_range" if context.deck.above_range else "weighing_timeout"
    return _send_back(lane, context, reason, "lane", reason_text(reason))


def give_up_on_deck(lane: Lane, _: TimedOut, context: LaneContext) -> Step:
    reason = "hold_timeout" if lane.state is State.HELD_ON_DECK else "decision_timeout"
    return _send_back(lane, context, reason, "lane", reason_text(reason))


def left_unweighed(lane: Lane, event: DeckCleared, context: LaneContext) -> Step:
    """Close a stop whose truck went away before its weight settled."""
    stop = stop_of(lane)
    records = (
        refusal(stop, context, "left_deck", "lane"),
        _left(stop, context, None, event.zero_kg),
    )
    return become_idle(lane, context), (*records, Close("entry"))


def left_unreleased(lane: Lane, event: DeckCleared, context: LaneContext) -> Step:
    """Void a weighing whose truck went away with both barriers shut."""
    record = voiding(stop_of(lane), context, "left_without_release", event.zero_kg)
    return become_idle(lane, context), (record,)


def leave(lane: Lane, event: DeckCleared, context: LaneContext) -> Step:
    stop = stop_of(lane)
    record = _left(stop, context, stop, event.zero_kg)
    return become_idle(lane, context), (record, Close("exit"))


def back_out(lane: Lane, event: DeckCleared, context: LaneContext) -> Step:
    """Close a turned-away truck's stop; a voided one is already closed on record."""
    shut = Close("entry")
    if lane.stop is None:
        return become_idle(lane, context), (shut,)
    return become_idle(lane, context), (_left(lane.stop, context, None, event.zero_kg), shut)


def turn_back_taken(lane: Lane, _: DeckTaken, context: LaneContext) -> Step:
    """Let out backwards what stands on the deck of an idle lane.

    Whose truck it is nobody knows: it may have driven on late, or past a raised arm. So it is
    neither weighed nor let forward, whatever card is shown meanwhile.
    """
    texts = reason_text("deck_taken")
    return enter(lane, State.BACKING_OUT, context, texts, None), (Open("entry"),)


def remind(lane: Lane, _: TimedOut, context: LaneContext) -> Step:
    """Repeat the text: the barrier is open and the truck is still there."""
    name = "leave" if lane.state is State.RELEASED else "backing_out"
    return rearm(
        replace(lane, texts=state_text(name)), TimedOut, context.rules.leave_ms, context
    ), ()


def voiding(stop: Stop, context: LaneContext, reason: str, found_kg: int) -> Write:
    """Return the record that takes a weighing back."""
    content = {
        "stop_id": stop.stop_id,
        "weighing_id": stop.weighing_id,
        "reason": reason,
        "found_kg": found_kg,
    }
    return Write(WeighingVoided, context.new_id(), content)


def _left(stop: Stop, context: LaneContext, timed: Stop | None, zero_kg: int) -> Write:
    content = {
        "stop_id": stop.stop_id,
        "weighing_id": timed.weighing_id if timed else None,
        "zero_after_kg": zero_kg,
        "cycle_ms": _span(timed.arrived_ms, timed.released_ms) if timed else None,
        "admit_ms": _span(stop.admit_from_ms, stop.admitted_ms),
        "release_ms": _span(stop.release_from_ms, stop.released_ms),
    }
    return Write(TruckLeft, context.new_id(), content)


def _late_plate(stop: Stop, context: LaneContext) -> str | None:
    """Return a plate that was read after the admission, and that nobody has judged."""
    plate = context.deck.plate
    return None if plate is None or plate.text == stop.judged_plate else plate.text


def _span(from_ms: int | None, to_ms: int | None) -> int | None:
    return None if from_ms is None or to_ms is None else max(0, to_ms - from_ms)


def _open_exit(lane: Lane, context: LaneContext, by: DecidedBy, texts: Texts) -> Step:
    stop = stop_of(lane)
    content = {"stop_id": stop.stop_id, "weighing_id": stop.weighing_id, "decided_by": by}
    record = Write(TruckReleased, context.new_id(), content)
    return enter(lane, State.RELEASED, context, texts, stop), (record, Open("exit"))


def _send_back(lane: Lane, context: LaneContext, reason: str, by: RefusedBy, texts: Texts) -> Step:
    stop = stop_of(lane)
    record = refusal(stop, context, reason, by)
    return enter(lane, State.BACKING_OUT, context, texts, stop), (record, Open("entry"))


def _unmeasured(lane: Lane) -> Lane:
    """Leave this release out of the software's timings: a person had a part in it."""
    return replace(lane, stop=replace(stop_of(lane), release_from_ms=None))
