"""A barrier that does not move gets its order again, but never down on a truck."""

import pytest

from edge.config import Rules
from edge.lane.barriers import Barriers, BarrierWatch
from edge.lane.effects import Close, Open
from edge.lane.signals import BarrierRefused, BarrierTold, InputsLost, InputsRead

RULES = Rules(barrier_ms=1_000, barrier_tries=3)


def watch(order: Open | Close, *, is_open: bool | None) -> BarrierWatch:
    made = BarrierWatch(RULES, is_open=is_open)
    made.ordered(order, 0)
    return made


@pytest.mark.parametrize(("order", "reached"), [(Open("entry"), True), (Close("entry"), False)])
def test_a_barrier_that_moved_is_left_alone(order: Open | Close, *, reached: bool) -> None:
    barrier = watch(order, is_open=not reached)
    barrier.seen(is_open=reached, now_ms=500)
    assert barrier.due_ms() is None
    assert barrier.repeat(9_000, beam_clear=True) is None


def test_an_order_without_effect_is_repeated_and_then_the_barrier_is_stuck() -> None:
    barrier = watch(Open("exit"), is_open=False)
    assert barrier.repeat(999, beam_clear=True) is None
    told = [barrier.repeat(now, beam_clear=True) for now in (1_000, 2_000, 3_000, 4_000)]
    assert told == [Open("exit")] * 4
    assert barrier.stuck
    barrier.seen(is_open=True, now_ms=4_500)
    assert (barrier.stuck, barrier.due_ms()) == (False, None)


def test_a_barrier_that_will_not_shut_is_given_up() -> None:
    barrier = watch(Close("exit"), is_open=True)
    told = [barrier.repeat(now, beam_clear=True) for now in (1_000, 2_000, 3_000, 4_000)]
    assert told == [Close("exit"), Close("exit"), None, None]
    barrier.seen(is_open=True, now_ms=5_000)
    assert barrier.stuck
    assert barrier.due_ms() is None


def test_an_arm_that_its_safety_edge_raised_is_lowered_again() -> None:
    barrier = watch(Close("entry"), is_open=True)
    barrier.seen(is_open=False, now_ms=500)
    barrier.seen(is_open=True, now_ms=1_000)
    barrier.seen(is_open=True, now_ms=1_900)
    assert barrier.repeat(1_999, beam_clear=True) is None
    assert barrier.repeat(2_000, beam_clear=True) == Close("entry")
    assert not barrier.raised
    barrier.seen(is_open=False, now_ms=2_500)
    assert barrier.due_ms() is None
    assert not barrier.stuck


def test_what_is_up_at_the_start_is_raised_and_what_goes_up_later_too() -> None:
    barriers = Barriers(RULES)
    barriers.ordered(Open("exit"), 0)
    barriers.expect_down(100)
    up = InputsRead(entry_clear=True, exit_clear=True, entry_open=True, exit_open=True, mono_ms=200)
    barriers.read(up)
    assert barriers.wrong() == {"entry": "barrier_raised"}, "the other was ordered up"


def test_an_arm_that_a_person_raised_stays_up_until_the_lane_opens_for_a_truck() -> None:
    barrier = watch(Close("entry"), is_open=True)
    barrier.seen(is_open=False, now_ms=500)
    barrier.seen(is_open=True, now_ms=60_000)
    assert barrier.raised
    for now_ms in range(60_000, 600_000, 500):
        barrier.seen(is_open=True, now_ms=now_ms)
        assert barrier.repeat(now_ms, beam_clear=True) is None
    assert (barrier.raised, barrier.stuck) == (True, False)
    barrier.ordered(Open("entry"), 600_000)
    assert not barrier.raised


def test_an_arm_that_was_raised_and_is_down_again_is_in_order() -> None:
    barrier = watch(Close("entry"), is_open=True)
    barrier.seen(is_open=False, now_ms=500)
    told = []
    for now_ms, is_open in ((60_000, True), (70_000, None), (80_000, False), (90_000, True)):
        barrier.seen(is_open=is_open, now_ms=now_ms)
        told.append(barrier.raised)
    assert told == [True, True, False, True]


def test_an_arm_that_a_person_raised_is_lowered_where_the_settings_say_so() -> None:
    rules = Rules(barrier_ms=1_000, lower_raised_arm=True)
    barrier = BarrierWatch(rules, is_open=True)
    barrier.ordered(Close("entry"), 0)
    barrier.seen(is_open=False, now_ms=500)
    barrier.seen(is_open=True, now_ms=60_000)
    barrier.seen(is_open=True, now_ms=60_500)
    assert barrier.raised
    assert barrier.repeat(61_000, beam_clear=False) is None
    assert barrier.repeat(62_000, beam_clear=True) == Close("entry")
    barrier.seen(is_open=False, now_ms=62_500)
    assert (barrier.raised, barrier.due_ms()) == (False, None)


def test_a_raised_arm_is_named_at_its_barrier() -> None:
    barriers = Barriers(RULES)
    barriers.ordered(Close("entry"), 0)
    barriers.read(inputs(500, entry_open=False))
    barriers.read(inputs(60_000, entry_open=True))
    assert barriers.repeat(70_000) == []
    assert barriers.wrong() == {"entry": "barrier_raised"}


def test_an_arm_that_always_comes_up_again_is_given_up_and_called_stuck() -> None:
    """Each time it touched somebody: to leave its upper limit is not to be down."""
    barrier = watch(Close("entry"), is_open=True)
    moved_ms, told = 0, 1
    for now_ms in range(100, 30_000, 100):
        barrier.seen(is_open=now_ms - moved_ms > 300, now_ms=now_ms)
        if barrier.repeat(now_ms, beam_clear=True):
            moved_ms, told = now_ms, told + 1
    assert (told, barrier.stuck) == (RULES.barrier_tries, True)


def test_a_read_from_before_the_order_says_nothing_of_it() -> None:
    barrier = watch(Close("entry"), is_open=True)
    barrier.ordered(Open("entry"), 5_000)
    barrier.seen(is_open=True, now_ms=4_999)
    assert barrier.repeat(6_000, beam_clear=True) == Open("entry")
    barrier.seen(is_open=True, now_ms=6_001)
    assert barrier.due_ms() is None


def test_an_arm_that_fell_by_itself_is_not_raised_again() -> None:
    barrier = watch(Open("exit"), is_open=False)
    barrier.seen(is_open=True, now_ms=500)
    barrier.seen(is_open=False, now_ms=5_000)
    assert barrier.repeat(9_000, beam_clear=True) is None


def test_a_lost_board_proves_nothing() -> None:
    barrier = watch(Close("entry"), is_open=True)
    barrier.seen(is_open=None, now_ms=500)
    assert barrier.repeat(1_000, beam_clear=True) == Close("entry")


def test_nothing_is_lowered_on_a_blocked_beam() -> None:
    barrier = watch(Close("entry"), is_open=True)
    assert barrier.repeat(1_000, beam_clear=False) is None
    assert barrier.repeat(2_000, beam_clear=True) == Close("entry")


def test_without_a_limit_switch_the_output_modules_answer_is_believed() -> None:
    barrier = watch(Open("exit"), is_open=None)
    assert barrier.repeat(1_000, beam_clear=True) == Open("exit")
    barrier.taken(Close("exit"))
    assert barrier.due_ms() is not None
    barrier.taken(Open("exit"))
    assert barrier.due_ms() is None


def test_a_barrier_without_an_order_is_only_watched() -> None:
    barrier = BarrierWatch(RULES)
    barrier.seen(is_open=True, now_ms=0)
    assert barrier.repeat(9_000, beam_clear=True) is None


def inputs(now_ms: int, *, clear: bool = True, entry_open: bool | None = None) -> InputsRead:
    return InputsRead(
        entry_clear=clear,
        exit_clear=clear,
        entry_open=entry_open,
        exit_open=None,
        mono_ms=now_ms,
    )


def test_each_barriers_order_is_repeated_by_itself() -> None:
    barriers = Barriers(RULES)
    barriers.ordered(Close("entry"), 0)
    barriers.ordered(Open("exit"), 0)
    barriers.note_taken(BarrierTold(Close("entry"), 50))
    barriers.note_taken(BarrierTold(Open("exit"), 60))
    barriers.read(inputs(100, entry_open=True))
    assert barriers.repeat(1_000) == [Close("entry")]
    barriers.read(inputs(1_500, entry_open=False))
    assert barriers.repeat(9_000) == []


@pytest.mark.parametrize("blind", [inputs(100, clear=False), InputsLost("gone", 100)])
def test_no_arm_is_lowered_on_a_beam_that_is_not_seen_clear(
    blind: InputsRead | InputsLost,
) -> None:
    barriers = Barriers(RULES)
    barriers.read(inputs(0, entry_open=True))
    barriers.ordered(Close("entry"), 0)
    barriers.read(blind)
    assert barriers.repeat(1_000) == []
    barriers.read(inputs(1_500, entry_open=True))
    assert barriers.repeat(2_000) == [Close("entry")]


def test_a_stuck_barrier_is_named() -> None:
    barriers = Barriers(RULES)
    barriers.ordered(Open("exit"), 0)
    assert [barriers.repeat(now) for now in (1_000, 2_000, 3_000)] == [[Open("exit")]] * 3
    assert barriers.wrong() == {"exit": "barrier_stuck"}


def refused(barriers: Barriers, order: Open | Close) -> None:
    barriers.ordered(order, 0)
    barriers.note_refused(BarrierRefused(order, "exception 2", 10))


def answering(now_ms: int) -> InputsRead:
    return InputsRead(
        entry_clear=True, exit_clear=True, entry_open=False, exit_open=False, mono_ms=now_ms
    )


def test_a_board_that_knows_no_pulse_is_a_trouble_and_closing_is_not_tried_in_vain() -> None:
    barriers = Barriers(RULES)
    refused(barriers, Close("entry"))
    barriers.read(answering(20))
    assert (barriers.trouble, barriers.refusal) == ("pulse_refused", "exception 2")
    assert [barriers.repeat(now_ms) for now_ms in range(1_000, 60_000, 1_000)] == [[]] * 59
    assert barriers.wrong() == {}


def test_opening_is_tried_on_because_a_truck_may_be_inside() -> None:
    barriers = Barriers(RULES)
    refused(barriers, Open("exit"))
    assert barriers.repeat(1_000) == [Open("exit")]


def test_a_board_that_was_away_is_tried_once_more_and_a_taken_pulse_ends_the_trouble() -> None:
    barriers = Barriers(RULES)
    refused(barriers, Close("entry"))
    refused(barriers, Open("exit"))
    for now_ms in (1_000, 2_000, 3_000, 4_000, 5_000):
        barriers.read(InputsLost("away", now_ms))
        barriers.read(answering(now_ms + 500))
        assert Close("entry") in barriers.repeat(now_ms + 500)
        assert Close("entry") not in barriers.repeat(now_ms + 600)
        barriers.note_refused(BarrierRefused(Close("entry"), "exception 2", now_ms + 700))
    barriers.note_taken(BarrierTold(Close("entry"), 9_000))
    assert barriers.trouble is None
