"""The row that follows a start: the open stop, if there is one, is finished or voided by rule."""

from collections.abc import Callable
from typing import Final

from edge.lane.deck import voiding
from edge.lane.effects import AskAgain, Close, Open, Write
from edge.lane.entry import become_idle, refusal
from edge.lane.events import DeckKnown
from edge.lane.recovery import Resume, Way
from edge.lane.state import Lane, LaneContext, State, Step, Stop, enter
from edge.lane.texts import reason_text, state_text
from edge.messages import TruckLeft

_SHUT: Final = (Close("entry"), Close("exit"))
"""The power may have failed before the barriers got the order to shut."""

_Path = Callable[[Lane, Resume, LaneContext], Step]


def resume(lane: Lane, event: DeckKnown, context: LaneContext) -> Step:
    """Take up the stop that the journal left open."""
    return WAYS[event.resume.way](lane, event.resume, context)


def _nothing(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    """Shut both arms, but none that somebody raised and may stand under.

    The orders also tell at once whether the relay board takes any.
    """
    left_up = frozenset() if resume.moved_lately else context.deck.up
    shut = tuple(one for one in _SHUT if one.barrier not in left_up)
    return become_idle(lane, context), shut if resume.found.is_empty else ()


def _refuse(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    record = refusal(_stop(resume), context, "lane_restarted", "lane")
    away = enter(lane, State.TURNED_AWAY, context, reason_text("lane_restarted"), None)
    return away, (record, *_SHUT)


def _turn_back(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    stop = _stop(resume)
    back, effects = _back_out(lane, resume, context)
    return back, (refusal(stop, context, "lane_restarted", "lane"), *effects)


def _decide(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    stop = _stop(resume)
    assert stop.weighing_id is not None
    weighed = enter(lane, State.WEIGHED, context, state_text("weighed"), stop)
    return weighed, (AskAgain(stop.weighing_id),)


def _void(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    record = voiding(_stop(resume), context, "deck_empty_after_restart", resume.found.kg)
    return become_idle(lane, context), (record, *_SHUT)


def _void_and_turn_back(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    record = voiding(_stop(resume), context, "other_weight_after_restart", resume.found.kg)
    back, effects = _back_out_unknown(lane, resume, context)
    return back, (record, *effects)


def _release(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    released = enter(lane, State.RELEASED, context, state_text("released"), _stop(resume))
    return released, (Open("exit"),)


def _left(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    record = _unseen_leaving(_stop(resume), context, with_weighing=True)
    return become_idle(lane, context), (record, *_SHUT)


def _back_out(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    texts = state_text("backing_out")
    return enter(lane, State.BACKING_OUT, context, texts, _stop(resume)), (Open("entry"),)


def _back_out_unknown(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    """Let out what stands there; its stop is closed on record already, or it never had one."""
    del resume
    texts = state_text("backing_out")
    return enter(lane, State.BACKING_OUT, context, texts, None), (Open("entry"),)


def _backed_out(lane: Lane, resume: Resume, context: LaneContext) -> Step:
    record = _unseen_leaving(_stop(resume), context, with_weighing=False)
    return become_idle(lane, context), (record, *_SHUT)


def _unseen_leaving(stop: Stop, context: LaneContext, *, with_weighing: bool) -> Write:
    content = {
        "stop_id": stop.stop_id,
        "weighing_id": stop.weighing_id if with_weighing else None,
        "zero_after_kg": None,
        "cycle_ms": None,
        "admit_ms": None,
        "release_ms": None,
    }
    return Write(TruckLeft, context.new_id(), content)


def _stop(resume: Resume) -> Stop:
    if resume.stop_id is None:
        raise ValueError(f"nothing to resume for {resume.way!r}")
    return Stop(
        stop_id=resume.stop_id,
        tag=resume.tag,
        zero_before_kg=resume.zero_before_kg,
        asked=resume.weighing_id,
        weighing_id=resume.weighing_id,
        weight_kg=resume.weight_kg,
    )


WAYS: Final[dict[Way, _Path]] = {
    "nothing": _nothing,
    "refuse": _refuse,
    "turn_back": _turn_back,
    "decide": _decide,
    "void": _void,
    "void_and_turn_back": _void_and_turn_back,
    "release": _release,
    "left": _left,
    "back_out": _back_out,
    "back_out_unknown": _back_out_unknown,
    "backed_out": _backed_out,
}
