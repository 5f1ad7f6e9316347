"""Arms that are up when the box starts: the lane lowers its own, and no other."""

from decimal import Decimal

import pytest

from edge.devices.readings import Reading
from edge.lane.effects import Close
from edge.lane.recovery import MOVED_LATELY_MS
from edge.lane.signals import InputsRead, ScaleRead
from edge.messages import Action
from tests.integration.edge.benches import FRAME_MS, Bench, MakeBench, state_of, weighed


def start_again(bench: Bench, *, later_ms: int = 0) -> None:
    bench.world.now_ms += later_ms
    bench.power_cut()
    bench.world.orders.clear()
    bench.connect()


def watch(bench: Bench, frames: int, *, exit_clear: bool = True) -> None:
    """Let time pass with the exit's arm up."""
    for _ in range(frames):
        bench.world.now_ms += FRAME_MS
        now_ms = bench.world.now_ms
        bench.take(InputsRead(True, exit_clear, False, True, now_ms))  # noqa: FBT003  # clear, limits
        bench.take(ScaleRead(Reading(weight=Decimal(0)), now_ms))


def faults(bench: Bench) -> list[str]:
    return [one.reason for one in bench.records() if one.kind == "lane_fault.v1"]


@pytest.fixture
def served(make_bench: MakeBench) -> Bench:
    """Return a lane that has let out a truck."""
    bench = weighed(make_bench())
    bench.decide(Action.RELEASE)
    bench.drive_off()
    return bench


def test_the_arm_of_the_truck_that_has_just_left_is_lowered(served: Bench) -> None:
    start_again(served)
    watch(served, 20)
    assert served.world.orders == [Close("entry"), Close("exit")]


def test_an_arm_that_a_person_raised_is_not_lowered_by_a_restart(served: Bench) -> None:
    """Somebody works on the box with the arm up, and switches it off and on."""
    start_again(served, later_ms=MOVED_LATELY_MS)
    watch(served, 200)
    assert (state_of(served), served.world.orders) == ("idle", [Close("entry")])
    assert faults(served) == ["barrier_raised"]


def test_the_settings_may_have_it_lowered(make_bench: MakeBench) -> None:
    bench = make_bench(rules={"lower_raised_arm": True})
    start_again(bench)
    watch(bench, 100, exit_clear=False)
    assert bench.world.orders == []
    watch(bench, 100)
    assert bench.world.orders[0] == Close("exit")


def test_an_arm_that_is_up_over_a_blocked_beam_is_told_of(served: Bench) -> None:
    start_again(served)
    watch(served, 200, exit_clear=False)
    assert (served.world.orders, faults(served)) == ([], ["barrier_raised"])


def test_an_arm_that_is_up_while_its_truck_is_still_there_is_nobodys_fault(
    make_bench: MakeBench,
) -> None:
    bench = weighed(make_bench())
    bench.decide(Action.RELEASE)
    start_again(bench)
    for _ in range(200):
        bench.world.now_ms += FRAME_MS
        now_ms = bench.world.now_ms
        bench.take(InputsRead(True, True, False, True, now_ms))  # noqa: FBT003  # clear, limits
        bench.take(ScaleRead(Reading(weight=Decimal(48_000)), now_ms))
    assert (state_of(bench), faults(bench)) == ("released", [])
