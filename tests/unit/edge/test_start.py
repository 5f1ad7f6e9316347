"""Taking up a stop after a restart: one record at most, and the right barrier."""

from dataclasses import replace
from typing import Any

import pytest

from edge.lane.effects import AskAgain, Close, Open
from edge.lane.events import DeckKnown
from edge.lane.machine import step
from edge.lane.recovery import Found, Resume, Way
from edge.lane.start import WAYS
from edge.lane.state import State
from tests.unit.edge.lanes import (
    EMPTY_DECK,
    STOP_ID,
    TAG,
    WEIGHING_ID,
    context,
    kinds,
    lane_in,
    writes,
)

SHUT = (Close("entry"), Close("exit"))


def taken_up(way: Way, *, is_empty: bool) -> Any:
    resume = Resume(
        way,
        Found(0 if is_empty else 48_000, is_empty),
        stop_id=STOP_ID,
        tag=TAG,
        weighing_id=WEIGHING_ID,
        weight_kg=48_000,
    )
    return step(lane_in(State.STARTING), DeckKnown(resume), context())


@pytest.mark.parametrize(
    ("way", "is_empty", "state", "did"),
    [
        ("nothing", True, State.IDLE, ["Close", "Close"]),
        ("nothing", False, State.IDLE, []),
        ("refuse", True, State.TURNED_AWAY, ["TruckRefused", "Close", "Close"]),
        ("turn_back", False, State.BACKING_OUT, ["TruckRefused", "Open"]),
        ("decide", False, State.WEIGHED, ["AskAgain"]),
        ("void", True, State.IDLE, ["WeighingVoided", "Close", "Close"]),
        ("void_and_turn_back", False, State.BACKING_OUT, ["WeighingVoided", "Open"]),
        ("release", False, State.RELEASED, ["Open"]),
        ("left", True, State.IDLE, ["TruckLeft", "Close", "Close"]),
        ("back_out", False, State.BACKING_OUT, ["Open"]),
        ("back_out_unknown", False, State.BACKING_OUT, ["Open"]),
        ("backed_out", True, State.IDLE, ["TruckLeft", "Close", "Close"]),
    ],
)
def test_every_way_ends_in_its_state_with_one_record_at_most(
    way: Way, state: State, did: list[str], *, is_empty: bool
) -> None:
    lane, effects = taken_up(way, is_empty=is_empty)
    assert (lane.state, kinds(effects)) == (state, did)
    assert len(writes(effects)) <= 1


@pytest.mark.parametrize(
    ("moved_lately", "orders"), [(True, SHUT), (False, (Close("entry"),))], ids=["own", "by hand"]
)
def test_an_arm_that_is_up_is_lowered_where_the_lane_may_have_left_it(
    orders: tuple[Close, ...], *, moved_lately: bool
) -> None:
    resume = Resume("nothing", Found(0, is_empty=True), moved_lately=moved_lately)
    deck = replace(EMPTY_DECK, up=frozenset({"exit"}))
    assert step(lane_in(State.STARTING), DeckKnown(resume), context(deck=deck))[1] == orders


def test_every_way_is_known() -> None:
    assert len(WAYS) == 11


def test_a_weighed_truck_is_asked_about_again() -> None:
    lane, effects = taken_up("decide", is_empty=False)
    assert effects == (AskAgain(WEIGHING_ID),)
    assert lane.stop.asked == WEIGHING_ID


def test_a_released_truck_gets_its_exit_and_no_timings() -> None:
    lane, effects = taken_up("release", is_empty=False)
    assert effects == (Open("exit"),)
    assert (lane.stop.arrived_ms, lane.stop.release_from_ms) == (None, None)


def test_a_truck_that_left_unseen_has_no_zero_after() -> None:
    _, effects = taken_up("left", is_empty=True)
    content = writes(effects)[0].content
    assert (content["zero_after_kg"], content["weighing_id"]) == (None, WEIGHING_ID)
    assert effects[1:] == SHUT


def test_a_voided_stop_that_backs_out_has_no_stop_any_more() -> None:
    lane, effects = taken_up("void_and_turn_back", is_empty=False)
    assert (lane.stop, effects[-1]) == (None, Open("entry"))


def test_a_way_without_a_stop_cannot_take_one_up() -> None:
    with pytest.raises(ValueError, match="nothing to resume for 'left'"):
        step(lane_in(State.STARTING), DeckKnown(Resume("left", Found(0, is_empty=True))), context())
