"""The card belongs to the truck that drives on: stories of trucks that change places.

Told to a pure box, with the two kinds of readers, and a gateway that may be slow.
"""

from typing import Any

import pytest

from edge.lane.state import State, stop_of
from edge.lane.texts import reason_text, state_text
from edge.messages import Action, TruckArrived, TruckRefused, WeighingCompleted
from tests.unit.edge.lanes import OTHER_TAG, RULES, TAG
from tests.unit.edge.test_lane_laws import FRAME_MS, LaneLaws

FRESH_FRAMES = RULES.card_fresh_ms // FRAME_MS


class Story(LaneLaws):
    """A lane whose gateway answers when the test says so, and never decides alone."""

    offline_allowed = False

    def story(self) -> list[tuple[str, str]]:
        """Return what is on record: which stop, by its card, and what became of it."""
        tags = {one.stop_id: one.tag for one in self.records if isinstance(one, TruckArrived)}
        return [(tags[one.stop_id], self.word(one)) for one in self.records]

    @staticmethod
    def word(record: Any) -> str:
        return record.reason if isinstance(record, TruckRefused) else record.kind.split(".")[0]

    def decide(self, action: Action = Action.ADMIT, *, by_hand: bool = False) -> None:
        self.obey(self.command(action, by_hand=by_hand))

    def see_from_afar(self, *tags: str, frames: int) -> None:
        for _ in range(frames):
            self.time_passes(1)
            for tag in tags:
                self.read("gate", tag)
                self.follow()

    def brought_to(self, state: State, tag: str = TAG) -> "Story":
        """Show a card, and let the stop come to a state before the deck."""
        self.a_card_is_shown(tag)
        if state is State.HELD_AT_ENTRY:
            self.decide(Action.HOLD)
        elif state is State.CARD_ASKED:
            self.time_passes(FRESH_FRAMES + 1)
            self.decide()
        elif state is State.ADMITTED:
            self.decide()
        assert self.lane.state is state
        return self


@pytest.fixture
def lane() -> Story:
    return Story()


WAITING = [State.ARRIVED, State.HELD_AT_ENTRY, State.CARD_ASKED, State.ADMITTED]


@pytest.mark.parametrize("state", WAITING)
def test_another_card_takes_the_place_of_a_truck_that_waits(lane: Story, state: State) -> None:
    lane.brought_to(state).time_passes(5)
    lane.a_card_is_shown(OTHER_TAG)
    assert lane.story() == [
        (TAG, "truck_arrived"),
        (TAG, "other_card"),
        (OTHER_TAG, "truck_arrived"),
    ]
    assert (lane.lane.state, stop_of(lane.lane).tag) == (State.ARRIVED, OTHER_TAG)
    assert not lane.open["entry"]


def test_the_late_answer_to_the_first_card_does_not_open_for_the_second_truck(lane: Story) -> None:
    """Truck 1 drives off without an answer, truck 2 shows its own card, the gateway comes back."""
    lane.brought_to(State.ARRIVED)
    first, answer = stop_of(lane.lane), lane.command(Action.ADMIT)
    lane.time_passes(400)
    lane.a_card_is_shown(OTHER_TAG)
    second = stop_of(lane.lane)
    assert second.stop_id != first.stop_id
    lane.obey(answer)
    assert not lane.open["entry"]
    lane.decide()
    lane.a_truck_drives_on(15_000)
    [weighing] = [one for one in lane.records if isinstance(one, WeighingCompleted)]
    assert (weighing.tag, weighing.stop_id) == (OTHER_TAG, second.stop_id)
    assert [one.tag for one in weighing.cards_seen or ()] == [OTHER_TAG]


@pytest.mark.parametrize("held", [False, True], ids=["arrived", "held"])
@pytest.mark.parametrize("by_hand", [False, True], ids=["gateway", "dispatcher"])
def test_an_admission_that_is_late_asks_for_the_card_and_opens_once_it_is_shown(
    lane: Story, *, held: bool, by_hand: bool
) -> None:
    lane.brought_to(State.HELD_AT_ENTRY if held else State.ARRIVED)
    lane.time_passes(FRESH_FRAMES + 1)
    lane.decide(by_hand=by_hand)
    assert (lane.lane.state, lane.open["entry"]) == (State.CARD_ASKED, False)
    assert lane.lane.texts == state_text("card_asked")
    lane.decide(by_hand=by_hand)
    assert lane.lane.state is State.CARD_ASKED
    lane.a_card_is_shown(TAG)
    assert (lane.lane.state, lane.open["entry"]) == (State.ADMITTED, True)
    assert [word for _, word in lane.story()] == ["truck_arrived"]


def test_an_admission_in_time_opens_at_once(lane: Story) -> None:
    lane.brought_to(State.ARRIVED).time_passes(FRESH_FRAMES)
    lane.decide()
    assert lane.open["entry"]


def test_a_card_that_is_still_held_to_the_reader_is_not_asked_for(lane: Story) -> None:
    lane.brought_to(State.ARRIVED)
    for _ in range(FRESH_FRAMES // 10 + 3):
        lane.time_passes(10)
        lane.read("card", TAG)
    lane.decide()
    assert lane.open["entry"]


def test_a_decision_of_the_lanes_own_that_is_late_asks_for_the_card_too(lane: Story) -> None:
    lane.brought_to(State.ARRIVED).time_passes(FRESH_FRAMES + 1)
    lane.offline_allowed = True
    lane.time_passes(60)
    assert (lane.lane.state, lane.open["entry"]) == (State.CARD_ASKED, False)
    lane.a_card_is_shown(TAG)
    assert lane.open["entry"]


def test_a_card_that_is_not_shown_again_is_turned_away(lane: Story) -> None:
    lane.brought_to(State.CARD_ASKED).time_passes(RULES.card_again_ms // FRAME_MS + 1)
    assert lane.story() == [(TAG, "truck_arrived"), (TAG, "card_not_shown")]
    assert lane.lane.state is State.TURNED_AWAY


@pytest.mark.parametrize(
    ("action", "state"),
    [(Action.REFUSE, State.TURNED_AWAY), (Action.HOLD, State.HELD_AT_ENTRY)],
)
def test_a_truck_whose_card_is_asked_for_may_still_be_stopped(
    lane: Story, action: Action, state: State
) -> None:
    lane.brought_to(State.CARD_ASKED).decide(action)
    assert lane.lane.state is state


def test_a_card_shown_to_a_scale_that_left_zero_is_asked_for_once_more(lane: Story) -> None:
    lane.brought_to(State.CARD_ASKED)
    lane.deck_kg = 60
    lane.a_card_is_shown(TAG)
    assert (lane.lane.state, lane.lane.texts) == (State.CARD_ASKED, reason_text("zero_not_ready"))
    lane.deck_kg = 0
    lane.time_passes(10)
    assert lane.lane.state is State.CARD_ASKED
    lane.a_card_is_shown(TAG)
    assert lane.open["entry"]


def test_another_card_before_a_scale_off_zero_ends_the_stop_and_waits(lane: Story) -> None:
    lane.brought_to(State.ARRIVED)
    lane.deck_kg = 60
    lane.a_card_is_shown(OTHER_TAG)
    assert lane.story()[-1] == (TAG, "other_card")
    assert lane.lane.state is State.IDLE


def test_the_same_card_shown_again_while_its_stop_waits_changes_nothing(lane: Story) -> None:
    lane.brought_to(State.ARRIVED).time_passes(60)
    lane.a_card_is_shown(TAG)
    assert lane.story() == [(TAG, "truck_arrived")]
    assert lane.lane.state is State.ARRIVED


# --- tags that are seen from afar


def test_the_tag_of_the_next_truck_ends_the_stop_once_the_first_one_is_gone(lane: Story) -> None:
    lane.see_from_afar("E200", frames=12)
    lane.see_from_afar("E200", "E201", frames=30)
    assert [word for _, word in lane.story()] == ["truck_arrived"]
    lane.see_from_afar("E201", frames=45)
    assert [tag for tag, word in lane.story() if word == "truck_arrived"] == ["E200", "E201"]


def test_the_tag_of_the_next_truck_does_not_end_the_stop_of_one_in_passage(lane: Story) -> None:
    """A truck that moves to the deck takes its tag out of the field before it is in the beam."""
    lane.see_from_afar("E200", frames=12)
    lane.decide()
    lane.see_from_afar("E201", frames=60)
    assert lane.story() == [("E200", "truck_arrived")]
    lane.a_truck_drives_on(15_000)
    [weighing] = [one for one in lane.records if isinstance(one, WeighingCompleted)]
    assert [(one.tag, one.is_shown) for one in weighing.cards_seen or ()] == [
        ("E200", False),
        ("E201", False),
    ]


def test_a_tag_from_afar_does_not_end_the_stop_of_a_card_that_was_shown(lane: Story) -> None:
    lane.brought_to(State.ARRIVED)
    lane.see_from_afar("E201", frames=60)
    assert lane.story() == [(TAG, "truck_arrived")]


# --- trucks that leave, or come unasked


def test_a_truck_that_backs_out_of_the_entry_ends_its_stop(lane: Story) -> None:
    lane.brought_to(State.ADMITTED)
    in_the_entry(lane, axle_kg=1_500)
    assert lane.story() == [(TAG, "truck_arrived"), (TAG, "truck_gone")]
    assert (lane.lane.state, lane.open["entry"]) == (State.TURNED_AWAY, False)


def in_the_entry(lane: Story, axle_kg: int) -> None:
    """Stop in the entry beam for a truck's time, and go back."""
    lane.entry_clear = False
    lane.time_passes(RULES.passage_ms // FRAME_MS)
    lane.deck_kg = axle_kg
    lane.time_passes(2)
    lane.deck_kg = 0
    lane.time_passes(1)
    lane.entry_clear = True
    lane.time_passes(10)


def test_who_stood_in_the_entry_and_was_not_felt_shows_the_card_again(lane: Story) -> None:
    """A person, a truck that came with its nose only, or one on the deck of a frozen scale."""
    lane.brought_to(State.ADMITTED)
    in_the_entry(lane, axle_kg=0)
    assert (lane.lane.state, lane.open["entry"]) == (State.CARD_ASKED, False)
    lane.a_card_is_shown(TAG)
    assert lane.open["entry"]
    lane.a_truck_drives_on(15_000)
    assert [word for _, word in lane.story()] == ["truck_arrived", "weighing_completed"]


def test_a_truck_that_may_be_on_the_deck_of_a_frozen_scale_is_sent_back(lane: Story) -> None:
    lane.brought_to(State.ADMITTED)
    in_the_entry(lane, axle_kg=0)
    lane.time_passes(RULES.card_again_ms // FRAME_MS + 1)
    assert lane.story()[-1] == (TAG, "card_not_shown")
    assert (lane.lane.state, lane.open["entry"]) == (State.BACKING_OUT, True)


def test_a_person_in_the_beam_is_no_truck(lane: Story) -> None:
    lane.brought_to(State.ADMITTED)
    lane.entry_clear = False
    lane.time_passes(5)
    lane.entry_clear = True
    lane.time_passes(20)
    assert lane.lane.state is State.ADMITTED
    lane.a_card_is_shown(OTHER_TAG)
    assert lane.story() == [(TAG, "truck_arrived")], "something passed: the record tells of it"


def test_a_person_in_the_beam_does_not_make_the_scale_a_frozen_one(lane: Story) -> None:
    """Its truck never drives on: the lane must not wait for a weight to move."""
    lane.brought_to(State.ADMITTED)
    lane.entry_clear = False
    lane.time_passes(5)
    lane.entry_clear = True
    lane.time_passes((RULES.drive_on_ms + RULES.refusal_ms) // FRAME_MS)
    assert lane.story()[-1] == (TAG, "drive_on_timeout")
    assert (lane.lane.state, lane.open["entry"]) == (State.IDLE, False)


@pytest.mark.parametrize("state", WAITING[:3])
def test_a_truck_that_drives_on_past_an_arm_that_is_up_is_sent_back(
    lane: Story, state: State
) -> None:
    lane.brought_to(state).a_truck_drives_on(15_000)
    lane.time_passes(5)
    assert lane.story()[-1] == (TAG, "truck_gone")
    assert (lane.lane.state, lane.open["entry"]) == (State.BACKING_OUT, True)
    lane.the_truck_drives_off("entry")
    lane.time_passes(10)
    assert lane.story()[-1] == (TAG, "truck_left")
    assert lane.lane.state is State.IDLE


def test_a_load_without_a_truck_in_the_beam_ends_no_stop(lane: Story) -> None:
    lane.brought_to(State.ARRIVED)
    lane.deck_kg = 15_000
    lane.time_passes(30)
    assert lane.lane.state is State.ARRIVED


def driven_off(lane: Story) -> None:
    """Weigh the lane's truck, keep it on the deck for a while, and let it leave."""
    lane.a_truck_drives_on(15_000)
    lane.time_passes(RULES.card_absent_ms // FRAME_MS + 10)
    lane.decide(Action.RELEASE)
    lane.exit_clear = False
    lane.time_passes(3)
    lane.deck_kg, lane.exit_clear = 0, True
    lane.time_passes(2)


@pytest.mark.parametrize("reader", ["card", "gate"])
def test_a_card_that_is_shown_while_its_truck_leaves_begins_no_stop(
    lane: Story, reader: str
) -> None:
    """Its truck is gone: whoever is admitted by that card is the truck behind."""
    lane.brought_to(State.ADMITTED)
    driven_off(lane)
    for _ in range(30):
        lane.read(reader, TAG)
        lane.time_passes(1)
    assert [word for _, word in lane.story()][-1] == "truck_left"
    assert lane.lane.state is State.IDLE
    lane.a_card_is_shown(OTHER_TAG)
    assert lane.story()[-1] == (OTHER_TAG, "truck_arrived")


def test_a_card_that_was_taken_away_counts_again_after_its_stop(lane: Story) -> None:
    lane.brought_to(State.ADMITTED)
    driven_off(lane)
    lane.a_card_is_shown(TAG)
    lane.time_passes(RULES.card_absent_ms // FRAME_MS + 10)
    lane.a_card_is_shown(TAG)
    assert [word for _, word in lane.story()].count("truck_arrived") == 2


# --- what is no card


@pytest.mark.parametrize("tag", ["0000000000", "FFFFFFFFFF", "00000000", "0000"])
def test_a_number_of_noughts_or_ones_is_no_card_and_never_in_the_way(lane: Story, tag: str) -> None:
    for _ in range(10):
        lane.a_card_is_shown(tag)
        lane.see_from_afar(tag, frames=12)
    assert lane.records == []
    lane.see_from_afar(tag, "E200", frames=12)
    assert lane.story() == [("E200", "truck_arrived")]


def test_a_card_that_was_read_once_is_asked_for_again(lane: Story) -> None:
    lane.read("card", TAG)
    lane.time_passes(12)
    assert (lane.lane.state, lane.lane.texts) == (State.IDLE, state_text("card_asked"))
    lane.time_passes(40)
    assert lane.lane.texts == state_text("idle")


def test_a_real_card_is_seen_behind_one_that_noise_made_up(lane: Story) -> None:
    lane.read("card", "1234567890")
    lane.follow()
    assert lane.records == []
    lane.a_card_is_shown("1234567890")
    lane.time_passes(10)
    lane.a_card_is_shown(TAG)
    assert stop_of(lane.lane).tag == TAG
