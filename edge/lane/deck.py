"""Rows of the table while a truck is on the deck, until the deck is empty again."""

from dataclasses import replace
from typing import Literal

from edge.lane import offline
from edge.lane.effects import Close, Open, Texts, Write
from edge.lane.entry import RefusedBy, become_idle, decider, done, refusal
from edge.lane.events import (
    DecisionLate,
    DeckCleared,
    Hold,
    Refuse,
    Release,
    TimedOut,
    WeightSettled,
)
from edge.lane.state import Here, Lane, State, Step, Stop, enter, rearm, stop_of
from edge.lane.texts import reason_text, state_text
from edge.messages import (
    TruckLeft,
    TruckReleased,
    WeighingCompleted,
    WeighingVoided,
    sha256_hex,
)

DecidedBy = Literal["gateway", "offline", "dispatcher"]


def weigh(lane: Lane, event: WeightSettled, here: Here) -> Step:
    """Put the weighing on record; its sending is the question to the gateway."""
    before = stop_of(lane)
    weighing_id = here.new_id()
    stop = replace(
        before,
        asked=weighing_id,
        weighing_id=weighing_id,
        weight_kg=event.weight_kg,
        release_from_ms=here.at.mono_ms,
    )
    content = {
        "stop_id": stop.stop_id,
        "tag": stop.tag,
        "weight_kg": event.weight_kg,
        "e_kg": here.e_kg,
        "zero_before_kg": stop.zero_before_kg,
        "frames": event.frames,
        "stable_ms": event.stable_ms,
        "protocol": here.protocol,
        "curve_sha256": sha256_hex(event.curve),
        "pictures": event.pictures,
    }
    weighed = enter(lane, State.WEIGHED, here, state_text("weighed"), stop)
    return weighed, (Write(WeighingCompleted, weighing_id, content, event.curve),)


def release(lane: Lane, event: Release, here: Here) -> Step:
    command = event.command
    by = decider(command)
    if by == "dispatcher":
        lane = _unmeasured(lane)
    released, effects = _open_exit(lane, here, by, command.say)
    return released, (*effects, done(command))


def release_offline(lane: Lane, _: DecisionLate, here: Here) -> Step:
    """Decide from the order list; too heavy is held, anything else waits for the gateway."""
    stop = stop_of(lane)
    assert stop.weight_kg is not None
    decision = offline.release(here.desk, stop.tag, stop.weight_kg)
    if isinstance(decision, offline.Allowed):
        return _open_exit(lane, here, "offline", state_text("released"))
    texts = reason_text(decision.reason)
    if decision.reason == "overweight":
        unmeasured = _unmeasured(lane)
        return enter(unmeasured, State.HELD_ON_DECK, here, texts, unmeasured.stop), ()
    waiting = replace(lane, texts=texts)
    return rearm(waiting, DecisionLate, here.rules.decision_ms, here), ()


def hold_on_deck(lane: Lane, event: Hold, here: Here) -> Step:
    unmeasured = _unmeasured(lane)
    held = enter(unmeasured, State.HELD_ON_DECK, here, event.command.say, unmeasured.stop)
    return held, (done(event.command),)


def refuse_on_deck(lane: Lane, event: Refuse, here: Here) -> Step:
    command = event.command
    sent, effects = _send_back(
        lane, here, command.reason or "refused", decider(command), command.say
    )
    return sent, (*effects, done(command))


def unweighable(lane: Lane, _: TimedOut, here: Here) -> Step:
    reason = "scale_range" if here.deck.above_range else "weighing_timeout"
    return _send_back(lane, here, reason, "lane", reason_text(reason))


def give_up_on_deck(lane: Lane, _: TimedOut, here: Here) -> Step:
    reason = "hold_timeout" if lane.state is State.HELD_ON_DECK else "decision_timeout"
    return _send_back(lane, here, reason, "lane", reason_text(reason))


def left_unweighed(lane: Lane, event: DeckCleared, here: Here) -> Step:
    """Close a stop whose truck went away before its weight settled."""
    stop = stop_of(lane)
    records = (refusal(stop, here, "left_deck", "lane"), _left(stop, here, None, event.zero_kg))
    return become_idle(lane, here), (*records, Close("entry"))


def left_unreleased(lane: Lane, event: DeckCleared, here: Here) -> Step:
    """Void a weighing whose truck went away with both barriers shut."""
    record = voiding(stop_of(lane), here, "left_without_release", event.zero_kg)
    return become_idle(lane, here), (record,)


def leave(lane: Lane, event: DeckCleared, here: Here) -> Step:
    stop = stop_of(lane)
    record = _left(stop, here, stop, event.zero_kg)
    return become_idle(lane, here), (record, Close("exit"))


def back_out(lane: Lane, event: DeckCleared, here: Here) -> Step:
    """Close a turned-away truck's stop; a voided one is already closed on record."""
    shut = Close("entry")
    if lane.stop is None:
        return become_idle(lane, here), (shut,)
    return become_idle(lane, here), (_left(lane.stop, here, None, event.zero_kg), shut)


def remind(lane: Lane, _: TimedOut, here: Here) -> Step:
    """Say it once more: the barrier is open and the truck is still there."""
    name = "leave" if lane.state is State.RELEASED else "backing_out"
    return rearm(replace(lane, texts=state_text(name)), TimedOut, here.rules.leave_ms, here), ()


def voiding(stop: Stop, here: Here, reason: str, found_kg: int) -> Write:
    """Return the record that takes a weighing back."""
    content = {
        "stop_id": stop.stop_id,
        "weighing_id": stop.weighing_id,
        "reason": reason,
        "found_kg": found_kg,
    }
    return Write(WeighingVoided, here.new_id(), content)


def _left(stop: Stop, here: Here, timed: Stop | None, zero_kg: int) -> Write:
    content = {
        "stop_id": stop.stop_id,
        "weighing_id": timed.weighing_id if timed else None,
        "zero_after_kg": zero_kg,
        "cycle_ms": _span(timed.arrived_ms, timed.released_ms) if timed else None,
        "admit_ms": _span(stop.admit_from_ms, stop.admitted_ms),
        "release_ms": _span(stop.release_from_ms, stop.released_ms),
    }
    return Write(TruckLeft, here.new_id(), content)


def _span(from_ms: int | None, to_ms: int | None) -> int | None:
    return None if from_ms is None or to_ms is None else max(0, to_ms - from_ms)


def _open_exit(lane: Lane, here: Here, by: DecidedBy, texts: Texts) -> Step:
    stop = stop_of(lane)
    content = {"stop_id": stop.stop_id, "weighing_id": stop.weighing_id, "decided_by": by}
    record = Write(TruckReleased, here.new_id(), content)
    return enter(lane, State.RELEASED, here, texts, stop), (record, Open("exit"))


def _send_back(lane: Lane, here: Here, reason: str, by: RefusedBy, texts: Texts) -> Step:
    stop = stop_of(lane)
    record = refusal(stop, here, reason, by)
    return enter(lane, State.BACKING_OUT, here, texts, stop), (record, Open("entry"))


def _unmeasured(lane: Lane) -> Lane:
    """Leave this release out of the software's timings: a person had a part in it."""
    return replace(lane, stop=replace(stop_of(lane), release_from_ms=None))
