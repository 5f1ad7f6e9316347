"""Trucks that stand on the deck of a lane that serves none: they are let out backwards."""

import pytest

from edge.lane.signals import InputsLost, InputsRead
from edge.lane.state import State
from edge.lane.texts import reason_text
from edge.messages import Action
from tests.unit.edge.lanes import OTHER_TAG, RULES, TAG
from tests.unit.edge.test_card_and_truck import Story
from tests.unit.edge.test_lane_laws import FRAME_MS


@pytest.fixture
def lane() -> Story:
    return Story()


def test_a_truck_that_drives_on_late_is_let_out_and_the_next_one_is_served(lane: Story) -> None:
    lane.brought_to(State.ADMITTED).time_passes(RULES.drive_on_ms // FRAME_MS)
    assert lane.story()[-1] == (TAG, "drive_on_timeout")
    lane.a_truck_drives_on(15_000)
    lane.time_passes(60)
    assert (lane.lane.state, lane.open["entry"]) == (State.IDLE, False)
    lane.time_passes(RULES.deck_taken_ms // FRAME_MS)
    assert (lane.lane.state, lane.open) == (State.BACKING_OUT, {"entry": True, "exit": False})
    assert lane.lane.texts == reason_text("deck_taken")
    lane.a_card_is_shown(TAG)
    lane.time_passes(20)
    assert lane.lane.state is State.BACKING_OUT, "whoever shows a card now, it is not weighed"
    lane.the_truck_drives_off("entry")
    lane.time_passes(40)
    assert (lane.lane.state, lane.open["entry"]) == (State.IDLE, False)
    lane.a_card_is_shown(OTHER_TAG)
    assert lane.story()[-1] == (OTHER_TAG, "truck_arrived")


def test_a_truck_that_came_while_the_photocells_were_away_is_let_out_too(lane: Story) -> None:
    lane.sensors.beams.read(InputsLost("gone", lane.now_ms))
    lane.deck_kg = 15_000
    lane.time_passes(RULES.deck_taken_ms // FRAME_MS + 2)
    assert lane.lane.state is State.BACKING_OUT


def test_a_truck_that_came_while_the_scale_was_silent_is_let_out_too(lane: Story) -> None:
    for entry_clear in [False] * 30 + [True] * 10:
        lane.now_ms += FRAME_MS
        lane.sensors.beams.read(InputsRead(entry_clear, True, None, None, lane.now_ms))  # noqa: FBT003  # the exit's
        lane.follow()
    lane.deck_kg = 15_000
    lane.time_passes(RULES.deck_taken_ms // FRAME_MS + 2)
    assert (lane.lane.state, lane.open["entry"]) == (State.BACKING_OUT, True)


def test_a_scale_that_shows_a_load_which_nothing_brought_opens_no_barrier(lane: Story) -> None:
    lane.deck_kg = 15_000
    lane.time_passes(200)
    assert (lane.lane.state, lane.open["entry"]) == (State.IDLE, False)


def test_a_truck_found_on_the_deck_after_its_stop_was_over_is_let_out(lane: Story) -> None:
    """Somebody raised the arm by hand while the power was away."""
    lane.brought_to(State.ADMITTED).a_truck_drives_on(15_000)
    lane.decide(Action.RELEASE)
    lane.the_truck_drives_off("exit")
    lane.time_passes(20)
    lane.the_power_fails(10, 15_000)
    assert (lane.lane.state, lane.open["entry"]) == (State.BACKING_OUT, True)


def test_a_truck_that_a_new_box_finds_on_the_deck_is_let_out(lane: Story) -> None:
    """The old box broke under it: the journal is empty, and no beam has seen it come."""
    lane.the_power_fails(10, 15_000)
    assert lane.records == []
    assert (lane.lane.state, lane.open["entry"]) == (State.BACKING_OUT, True)
