"""A plate that comes late is judged by a lane that decides alone, and not only kept."""

from dataclasses import replace
from typing import Any

import pytest

from edge.lane.events import DecisionLate
from edge.lane.machine import obey, step
from edge.lane.state import State, stop_of
from edge.lane.texts import reason_text
from edge.messages import Action, PlatePolicy
from tests.unit.edge.lanes import (
    EMPTY_DECK,
    LOADED_DECK,
    PLATE,
    command,
    context,
    lane_in,
    offline_facts,
    orders,
    plate_read,
    weighed_stop,
)

PREFERRED = offline_facts(orders=orders(plates=PlatePolicy.PREFERRED))


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (plate_read(PLATE), State.ADMITTED),
        (plate_read("蒙K12346"), State.ARRIVED),
        (None, State.ADMITTED),
    ],
)
def test_a_plate_that_came_after_the_card_is_judged_when_the_lane_decides_alone(
    late: Any, state: State
) -> None:
    deck = replace(EMPTY_DECK, plate=late)
    lane, _ = step(lane_in(State.ARRIVED), DecisionLate(), context(deck=deck, offline=PREFERRED))
    assert lane.state is state


@pytest.mark.parametrize(
    ("judged", "late", "state"),
    [
        (None, "蒙K12346", State.WEIGHED),
        (PLATE, "蒙K12346", State.WEIGHED),
        ("蒙K12346", "蒙K12346", State.RELEASED),
        (None, PLATE, State.RELEASED),
        (PLATE, None, State.RELEASED),
    ],
)
def test_a_plate_that_came_after_the_admission_is_judged_before_the_lane_releases_alone(
    judged: str | None, late: str | None, state: State
) -> None:
    """What somebody has judged already, such as a dispatcher, is not judged again."""
    deck = replace(LOADED_DECK, plate=plate_read(late) if late else None)
    lane, _ = step(
        lane_in(State.WEIGHED, stop=weighed_stop(judged_plate=judged)),
        DecisionLate(),
        context(deck=deck, offline=PREFERRED),
    )
    assert lane.state is state
    assert (lane.texts == reason_text("plate_mismatch")) is (state is State.WEIGHED)


def test_what_was_known_of_the_plate_at_the_admission_is_kept() -> None:
    deck = replace(EMPTY_DECK, plate=plate_read(PLATE))
    lane, _ = obey(lane_in(State.ARRIVED), command(Action.ADMIT), context(deck=deck))
    assert stop_of(lane).judged_plate == PLATE
    lane, _ = obey(lane_in(State.ARRIVED), command(Action.ADMIT), context())
    assert stop_of(lane).judged_plate is None
