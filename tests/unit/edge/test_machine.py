"""The lane's table, row by row: what it writes before it moves anything, and what it refuses."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from edge.lane.effects import AskAgain, Close, Open, Reply
from edge.lane.events import (
    AskDue,
    CardPresented,
    DecisionLate,
    DeckCleared,
    DroveOn,
    ServiceBack,
    ServiceLost,
    SeveralTags,
    TimedOut,
    WeightSettled,
)
from edge.lane.machine import obey, step
from edge.lane.signals import BarrierTold
from edge.lane.state import State, greens, note_pulse, postponed, stop_of
from edge.lane.texts import reason_text, state_text
from edge.messages import Action, sha256_hex
from tests.unit.edge.lanes import (
    ARRIVAL_ID,
    EMPTY_DECK,
    LOADED_DECK,
    RULES,
    TAG,
    WEIGHING_ID,
    command,
    context,
    kinds,
    lane_in,
    offline_facts,
    weighed_stop,
    writes,
)

SETTLED = WeightSettled(weight_kg=48_000, frames=5, stable_ms=400, curve="[[0,0]]")
HELD = (State.HELD_AT_ENTRY, State.HELD_ON_DECK)


# --- arriving


def test_a_card_before_a_scale_at_zero_is_put_on_record() -> None:
    lane, effects = step(lane_in(State.IDLE), CardPresented(TAG, 900), context())
    stop = stop_of(lane)
    assert lane.state is State.ARRIVED
    assert kinds(effects) == ["TruckArrived"]
    assert writes(effects)[0].event_id == stop.asked
    assert writes(effects)[0].content == {
        "stop_id": stop.stop_id,
        "tag": TAG,
        "zero_before_kg": 0,
        "plate": None,
    }


def test_a_card_before_a_scale_that_is_not_at_zero_waits() -> None:
    lane, effects = step(
        lane_in(State.IDLE),
        CardPresented(TAG, 900),
        context(deck=replace(EMPTY_DECK, zero_kg=None)),
    )
    assert (lane.state, lane.texts) == (State.IDLE, reason_text("zero_not_ready"))
    assert effects == ()
    assert step(lane, TimedOut(), context(5_000))[0].texts == state_text("idle")


def test_while_a_lane_can_do_nothing_its_timers_stand_still() -> None:
    lane, _ = step(lane_in(State.IDLE), SeveralTags(), context(1_000))
    assert postponed(lane, 20_000) == replace(lane, timers={TimedOut: 24_000})


def test_a_lane_with_several_tags_says_so_for_a_while() -> None:
    lane, effects = step(lane_in(State.IDLE), SeveralTags(), context(1_000))
    assert (lane.state, lane.texts) == (State.IDLE, state_text("several_tags"))
    assert (effects, lane.timers) == ((), {TimedOut: 4_000})
    assert step(lane, TimedOut(), context(4_000))[0].texts == state_text("idle")


def test_a_lane_out_of_service_says_why_and_comes_back() -> None:
    lane, _ = step(lane_in(State.IDLE), ServiceLost("scale_silent"), context())
    assert (lane.state, lane.texts) == (State.OUT_OF_SERVICE, reason_text("scale_silent"))
    assert step(lane, ServiceBack(), context())[0].state is State.IDLE


@pytest.mark.parametrize("state", [State.ARRIVED, State.HELD_AT_ENTRY])
def test_admitting_opens_the_entry(state: State) -> None:
    lane, effects = obey(lane_in(state), command(Action.ADMIT), context())
    assert (lane.state, lane.texts["en"]) == (State.ADMITTED, "fine")
    assert effects == (Open("entry"), Reply(UUID(int=50), "done"))
    assert greens(lane.state) == {"entry": True, "exit": False}


@pytest.mark.parametrize("dispatcher", [True, False])
@pytest.mark.parametrize(
    ("deck", "reason"),
    [
        (replace(EMPTY_DECK, zero_kg=None), "zero_not_ready"),
        (replace(EMPTY_DECK, trouble="scale_silent"), "scale_silent"),
    ],
)
def test_no_truck_is_admitted_while_the_lane_is_not_ready(
    deck: Any, reason: str, *, dispatcher: bool
) -> None:
    admit = command(Action.ADMIT, in_reply_to=None if dispatcher else ARRIVAL_ID)
    lane, effects = obey(lane_in(State.ARRIVED), admit, context(deck=deck))
    assert (lane.state, lane.texts) == (State.ARRIVED, reason_text(reason))
    assert effects == (Reply(admit.command_id, "out_of_turn"),)
    assert obey(lane, admit, context())[0].state is State.ADMITTED


def test_a_refusal_at_the_entry_opens_nothing() -> None:
    lane, effects = obey(lane_in(State.ARRIVED), command(Action.REFUSE), context())
    assert lane.state is State.TURNED_AWAY
    assert kinds(effects) == ["TruckRefused", "Reply"]
    assert writes(effects)[0].content["refused_by"] == "gateway"
    assert step(lane, TimedOut(), context())[0].state is State.IDLE


def test_a_held_truck_waits_for_a_dispatcher_who_can_refuse_it() -> None:
    held, effects = obey(lane_in(State.ARRIVED), command(Action.HOLD), context())
    assert (held.state, kinds(effects)) == (State.HELD_AT_ENTRY, ["Reply"])
    again = command(Action.HOLD, command_id=UUID(int=51), say={"zh": "等", "en": "wait"})
    still, _ = obey(held, again, context(9_000))
    assert (still.texts["en"], still.timers) == ("wait", held.timers)
    by_hand = command(Action.REFUSE, command_id=UUID(int=52), in_reply_to=None)
    _, effects = obey(still, by_hand, context())
    assert writes(effects)[0].content["refused_by"] == "dispatcher"


def test_without_a_reason_a_refusal_is_just_refused() -> None:
    _, effects = obey(lane_in(State.ARRIVED), command(Action.REFUSE, reason=None), context())
    assert writes(effects)[0].content["reason"] == "refused"


@pytest.mark.parametrize(
    ("state", "reason", "following"),
    [
        (State.ARRIVED, "decision_timeout", State.TURNED_AWAY),
        (State.HELD_AT_ENTRY, "hold_timeout", State.TURNED_AWAY),
        (State.WEIGHED, "decision_timeout", State.BACKING_OUT),
        (State.HELD_ON_DECK, "hold_timeout", State.BACKING_OUT),
        (State.ON_DECK, "weighing_timeout", State.BACKING_OUT),
    ],
)
def test_a_lane_that_gives_up_turns_the_truck_away(
    state: State, reason: str, following: State
) -> None:
    lane, effects = step(lane_in(state), TimedOut(), context(deck=LOADED_DECK))
    record = writes(effects)[0]
    assert (lane.state, record.content["reason"]) == (following, reason)
    assert record.content["refused_by"] == "lane"


@pytest.mark.parametrize("state", [State.ARRIVED, State.WEIGHED, *HELD])
def test_a_record_without_a_decision_is_sent_again_and_again(state: State) -> None:
    lane, effects = step(lane_in(state), AskDue(), context(10_000))
    asked = WEIGHING_ID if state in {State.WEIGHED, State.HELD_ON_DECK} else ARRIVAL_ID
    assert effects == (AskAgain(asked),)
    assert lane.timers[AskDue] == 10_000 + RULES.ask_again_ms * (5 if state in HELD else 1)


# --- offline


def test_offline_a_truck_on_the_list_is_admitted() -> None:
    lane, effects = step(lane_in(State.ARRIVED), DecisionLate(), context())
    assert (lane.state, effects) == (State.ADMITTED, (Open("entry"),))


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({"offline": offline_facts(allowed=False)}, "offline_not_allowed"),
        ({"deck": replace(EMPTY_DECK, zero_kg=None)}, "zero_not_ready"),
    ],
)
def test_offline_all_others_wait(others: dict[str, Any], reason: str) -> None:
    lane, effects = step(lane_in(State.ARRIVED), DecisionLate(), context(2_000, **others))
    assert (lane.state, lane.texts, effects) == (State.ARRIVED, reason_text(reason), ())
    assert lane.timers[DecisionLate] == 2_000 + RULES.decision_ms


def test_offline_a_truck_within_its_gross_is_released() -> None:
    lane, effects = step(lane_in(State.WEIGHED), DecisionLate(), context(deck=LOADED_DECK))
    assert (lane.state, kinds(effects)) == (State.RELEASED, ["TruckReleased", "Open"])
    assert writes(effects)[0].content["decided_by"] == "offline"


def test_offline_a_truck_above_its_gross_is_held() -> None:
    heavy = lane_in(State.WEIGHED, stop=weighed_stop(weight_kg=49_020))
    lane, effects = step(heavy, DecisionLate(), context())
    assert (lane.state, lane.texts, effects) == (State.HELD_ON_DECK, reason_text("overweight"), ())


def test_offline_a_truck_that_may_not_leave_waits_for_the_gateway() -> None:
    lane, _ = step(
        lane_in(State.WEIGHED), DecisionLate(), context(offline=offline_facts(unconfirmed=9))
    )
    assert (lane.state, lane.texts) == (State.WEIGHED, reason_text("offline_cap_reached"))


# --- driving on


def test_the_entry_shuts_behind_a_truck_that_is_on() -> None:
    lane, effects = step(lane_in(State.ADMITTED), DroveOn(), context(deck=LOADED_DECK))
    assert (lane.state, effects) == (State.ON_DECK, (Close("entry"),))


def test_a_truck_that_does_not_come_is_turned_away_and_the_entry_shut() -> None:
    lane, effects = step(lane_in(State.ADMITTED), TimedOut(), context())
    assert (lane.state, kinds(effects)) == (State.TURNED_AWAY, ["TruckRefused", "Close"])


def test_a_truck_half_on_the_deck_is_sent_back_and_nothing_is_shut_on_it() -> None:
    lane, effects = step(lane_in(State.ADMITTED), TimedOut(), context(deck=LOADED_DECK))
    assert (lane.state, kinds(effects)) == (State.BACKING_OUT, ["TruckRefused", "Open"])


def test_a_dispatcher_can_call_an_admitted_truck_off() -> None:
    off = command(Action.REFUSE, in_reply_to=None)
    lane, effects = obey(lane_in(State.ADMITTED), off, context())
    assert kinds(effects) == ["TruckRefused", "Close", "Reply"]
    assert lane.state is State.TURNED_AWAY


# --- weighing and leaving


def test_the_weight_is_on_record_before_anything_else() -> None:
    lane, effects = step(lane_in(State.ON_DECK), SETTLED, context(deck=LOADED_DECK))
    [record] = writes(effects)
    assert (lane.state, kinds(effects)) == (State.WEIGHED, ["WeighingCompleted"])
    assert record.event_id == stop_of(lane).asked == stop_of(lane).weighing_id
    assert record.content["curve_sha256"] == sha256_hex(record.curve or "")
    assert record.content["weight_kg"] == 48_000


@pytest.mark.parametrize("state", [State.WEIGHED, State.HELD_ON_DECK])
@pytest.mark.parametrize(("reply_to", "by"), [(WEIGHING_ID, "gateway"), (None, "dispatcher")])
def test_the_release_is_on_record_before_the_exit_opens(
    state: State, reply_to: UUID | None, by: str
) -> None:
    lane, effects = obey(
        lane_in(state), command(Action.RELEASE, in_reply_to=reply_to), context(deck=LOADED_DECK)
    )
    assert kinds(effects) == ["TruckReleased", "Open", "Reply"]
    assert writes(effects)[0].content["decided_by"] == by
    assert (lane.state, greens(lane.state)["exit"]) == (State.RELEASED, True)


def test_a_weighed_truck_can_be_held_and_refused() -> None:
    hold = command(Action.HOLD, in_reply_to=WEIGHING_ID)
    held, _ = obey(lane_in(State.WEIGHED), hold, context())
    assert held.state is State.HELD_ON_DECK
    refuse = command(Action.REFUSE, command_id=UUID(int=51), in_reply_to=None)
    lane, effects = obey(held, refuse, context())
    assert kinds(effects) == ["TruckRefused", "Open", "Reply"]
    assert effects[1] == Open("entry")
    assert lane.state is State.BACKING_OUT


def test_a_truck_out_of_range_reads_why() -> None:
    deck = replace(LOADED_DECK, above_range=True)
    _, effects = step(lane_in(State.ON_DECK), TimedOut(), context(deck=deck))
    assert writes(effects)[0].content["reason"] == "scale_range"


def test_a_truck_that_left_is_timed_on_the_monotonic_clock() -> None:
    stop = weighed_stop(admitted_ms=80, released_ms=9_060, release_from_ms=9_000)
    lane, effects = step(lane_in(State.RELEASED, stop=stop), DeckCleared(20), context())
    [record] = writes(effects)
    assert (lane.state, lane.stop, effects[-1]) == (State.IDLE, None, Close("exit"))
    assert record.content["weighing_id"] == WEIGHING_ID
    assert [record.content[k] for k in ("zero_after_kg", "cycle_ms", "admit_ms", "release_ms")] == [
        20,
        9_060,
        80,
        60,
    ]


def test_people_and_restarts_are_left_out_of_the_softwares_timings() -> None:
    admitted, _ = obey(lane_in(State.ARRIVED), command(Action.ADMIT, in_reply_to=None), context())
    assert stop_of(admitted).admit_from_ms is None
    released, _ = obey(lane_in(State.WEIGHED), command(Action.RELEASE, in_reply_to=None), context())
    assert stop_of(released).release_from_ms is None


def test_a_truck_that_backed_out_left_unweighed() -> None:
    lane, effects = step(lane_in(State.BACKING_OUT), DeckCleared(0), context())
    assert (lane.state, kinds(effects)) == (State.IDLE, ["TruckLeft", "Close"])
    assert writes(effects)[0].content["weighing_id"] is None


def test_a_voided_stop_needs_no_second_end() -> None:
    lane, effects = step(lane_in(State.BACKING_OUT, stop=None), DeckCleared(0), context())
    assert (lane.state, effects) == (State.IDLE, (Close("entry"),))


def test_a_deck_that_empties_before_the_weight_settles_ends_the_stop() -> None:
    lane, effects = step(lane_in(State.ON_DECK), DeckCleared(0), context())
    assert (lane.state, kinds(effects)) == (State.IDLE, ["TruckRefused", "TruckLeft", "Close"])


@pytest.mark.parametrize("state", [State.WEIGHED, State.HELD_ON_DECK])
def test_a_weighing_whose_truck_left_unreleased_does_not_stand(state: State) -> None:
    lane, effects = step(lane_in(state), DeckCleared(0), context())
    assert (lane.state, kinds(effects)) == (State.IDLE, ["WeighingVoided"])


@pytest.mark.parametrize(
    ("state", "text"), [(State.RELEASED, "leave"), (State.BACKING_OUT, "backing_out")]
)
def test_a_truck_that_does_not_leave_is_reminded(state: State, text: str) -> None:
    lane, effects = step(lane_in(state), TimedOut(), context(7_000))
    assert (lane.state, lane.texts, effects) == (state, state_text(text), ())
    assert lane.timers[TimedOut] == 7_000 + RULES.leave_ms


# --- when a pulse arrived


@pytest.mark.parametrize(
    ("state", "order", "field"),
    [
        (State.ADMITTED, Open("entry"), "admitted_ms"),
        (State.RELEASED, Open("exit"), "released_ms"),
    ],
)
def test_the_first_pulse_is_timed_and_later_ones_are_not(
    state: State, order: Open, field: str
) -> None:
    once = note_pulse(lane_in(state), BarrierTold(order, 77))
    twice = note_pulse(once, BarrierTold(order, 99))
    assert getattr(stop_of(twice), field) == 77


@pytest.mark.parametrize("state", [State.IDLE, State.ON_DECK])
def test_other_pulses_are_not_timed(state: State) -> None:
    lane = lane_in(state)
    assert note_pulse(lane, BarrierTold(Close("entry"), 77)) == lane
