"""The two times of a lane that has fallen behind: the timeline of `edge.box.lane_clock`."""

from dataclasses import dataclass

import pytest

from edge.box.lane_clock import LaneClock
from edge.lane.events import DecisionLate
from edge.lane.signals import Instant, LinkChanged
from edge.lane.state import State
from tests.unit.edge.lanes import instant, lane_in


@dataclass
class BoxClock:
    """A clock that the test turns."""

    now_ms: int = 0

    def now(self) -> Instant:
        return instant(self.now_ms)

    def fail_after(self, ms: int) -> None:
        self.now_ms += ms
        raise OSError("full")


def came(mono_ms: int) -> LinkChanged:
    return LinkChanged(connected=True, mono_ms=mono_ms)


def test_what_came_during_a_stall_is_taken_at_the_time_at_which_it_came() -> None:
    box = BoxClock()
    clock = LaneClock(box)
    assert clock.moment(came(0), more=False) == clock.now() == instant(0)
    box.now_ms = 8_000
    assert clock.moment(came(1_000), more=True) == instant(1_000)
    assert clock.moment(came(2_000), more=True) == instant(2_000)
    assert clock.moment(came(3_000), more=False) == clock.now() == instant(8_000)


def test_at_never_goes_back_and_never_runs_ahead_of_now() -> None:
    box = BoxClock(5_000)
    clock = LaneClock(box)
    assert clock.moment(came(4_000), more=True) == instant(5_000)
    assert clock.moment(came(9_000), more=True) == instant(5_000)


def test_the_passing_of_time_alone_happens_now() -> None:
    box = BoxClock()
    clock = LaneClock(box)
    box.now_ms = 700
    assert clock.moment(None, more=True) == instant(700)


def test_timers_stand_still_while_the_lane_writes_even_if_it_fails() -> None:
    box = BoxClock()
    clock = LaneClock(box)
    lane = lane_in(State.ARRIVED, timers={DecisionLate: 5_000})
    assert clock.postponed(lane) is lane
    with clock.standing_still():
        box.now_ms += 3_000
    with pytest.raises(OSError, match="full"), clock.standing_still():
        box.fail_after(5_000)
    assert clock.postponed(lane).timers == {DecisionLate: 13_000}
    assert clock.postponed(lane) is lane
