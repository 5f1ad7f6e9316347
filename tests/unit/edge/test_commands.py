"""Commands: obeyed in turn and in time, answered always, done once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from edge.lane.effects import Reply
from edge.lane.machine import obey
from edge.lane.state import Lane, State
from edge.messages import Action, ClockQuality
from tests.unit.edge.lanes import (
    ARRIVAL_ID,
    NOON,
    WEIGHING_ID,
    WITHOUT_STOP,
    command,
    context,
    instant,
    lane_in,
    weighed_stop,
)


def test_a_late_open_does_not_open() -> None:
    late = command(Action.ADMIT, expires_at=NOON + timedelta(milliseconds=1_000))
    lane, effects = obey(lane_in(State.ARRIVED), late, context(1_000))
    assert (lane.state, effects) == (State.ARRIVED, (Reply(late.command_id, "late"),))


def test_a_clock_that_was_never_set_cannot_call_a_command_late() -> None:
    late = command(Action.ADMIT, expires_at=NOON)
    at = instant(1_000, ClockQuality.UNSET)
    assert obey(lane_in(State.ARRIVED), late, context(at=at))[0].state is State.ADMITTED


@pytest.mark.parametrize("years", [-56, -1, 1, 40])
@pytest.mark.parametrize(
    ("state", "action"), [(State.ARRIVED, Action.ADMIT), (State.WEIGHED, Action.RELEASE)]
)
def test_a_wall_clock_that_jumps_changes_no_decision(
    state: State, action: Action, years: int
) -> None:
    jumped = replace(instant(29_999), utc=NOON + timedelta(days=365 * years))
    _, effects = obey(lane_in(state), command(action), context(at=jumped))
    assert effects[-1] == Reply(UUID(int=50), "done")


def test_a_question_from_before_a_restart_proves_nothing_about_its_answers_age() -> None:
    resumed = lane_in(State.WEIGHED, stop=weighed_stop(arrived_ms=None))
    late = command(Action.RELEASE)
    at = replace(instant(1_000), utc=late.expires_at)
    assert obey(resumed, late, context(at=at))[1] == (Reply(late.command_id, "late"),)


def held(box_ahead: timedelta, *, answered_ms: int = 100) -> tuple[Lane, timedelta]:
    """Return a lane that holds a truck by an answer, and how far its box's clock is ahead."""
    hold = command(Action.HOLD, in_reply_to=WEIGHING_ID, expires_at=NOON + timedelta(seconds=30))
    at = replace(instant(answered_ms), utc=NOON + box_ahead)
    lane, effects = obey(lane_in(State.WEIGHED), hold, context(at=at))
    assert effects[-1] == Reply(hold.command_id, "done")
    return lane, box_ahead


def released(lane: Lane, box_ahead: timedelta, *, after: timedelta) -> str:
    """Release by hand, ten minutes on, with a command that comes late by `after` its issue."""
    issued = NOON + timedelta(minutes=10)
    by_hand = command(
        Action.RELEASE,
        command_id=UUID(int=51),
        in_reply_to=None,
        issued_at=issued,
        expires_at=issued + timedelta(seconds=30),
    )
    came = issued + after
    at = replace(instant((came - NOON) // timedelta(milliseconds=1)), utc=came + box_ahead)
    [reply] = [one for one in obey(lane, by_hand, context(at=at))[1] if isinstance(one, Reply)]
    return reply.outcome


@pytest.mark.parametrize("hours", [-9_000, -8, 0, 8, 90_000])
def test_a_person_can_help_a_truck_whose_lane_has_a_wrong_clock(hours: int) -> None:
    lane, box_ahead = held(timedelta(hours=hours))
    assert released(lane, box_ahead, after=timedelta(seconds=27)) == "done"
    assert released(lane, box_ahead, after=timedelta(seconds=31)) == "late"


def test_an_answer_that_took_long_does_not_tell_what_time_it_is() -> None:
    lane, box_ahead = held(timedelta(hours=8), answered_ms=2_001)
    assert released(lane, box_ahead, after=timedelta(0)) == "late"


@pytest.mark.parametrize(
    "others",
    [
        {"stop_id": UUID(int=9)},
        {"in_reply_to": UUID(int=9)},
        {"yard": "plant"},
        {"lane": "out"},
        {"action": Action.RELEASE, "in_reply_to": ARRIVAL_ID},
    ],
)
def test_a_command_for_another_stop_or_moment_is_out_of_turn(others: dict[str, Any]) -> None:
    lane = lane_in(State.ARRIVED)
    wrong = command(others.pop("action", Action.ADMIT), **others)
    assert obey(lane, wrong, context()) == (lane, (Reply(wrong.command_id, "out_of_turn"),))


@pytest.mark.parametrize("state", sorted(WITHOUT_STOP))
def test_without_a_truck_no_command_is_obeyed(state: State) -> None:
    _, effects = obey(lane_in(state), command(Action.ADMIT), context())
    assert effects == (Reply(UUID(int=50), "out_of_turn"),)


def test_a_repeated_command_gets_the_same_answer_and_does_nothing() -> None:
    admit = command(Action.ADMIT, expires_at=NOON + timedelta(seconds=2))
    lane, _ = obey(lane_in(State.ARRIVED), admit, context())
    assert obey(lane, admit, context(9_000)) == (lane, (Reply(admit.command_id, "done"),))


def test_the_answer_to_an_arrival_no_longer_releases_a_weighed_truck() -> None:
    stale = command(Action.RELEASE, in_reply_to=ARRIVAL_ID)
    assert obey(lane_in(State.WEIGHED), stale, context())[1] == (
        Reply(stale.command_id, "out_of_turn"),
    )
