"""Which weighings lie before what is settled, whatever their lanes' clocks say."""

from dataclasses import replace

import pytest

from gateway.tickets.folding import fold
from gateway.tickets.matching import OrderStatus
from gateway.tickets.reasons import Reason
from gateway.tickets.settled import Settled
from gateway.tickets.trips import Crossing
from tests.unit.gateway.tickets.crossings import HOUR_MS, LIMITS, ORDER, SECOND, at, trip

FIRST, *_, LAST = trip()
SEALED_MS = LAST.weighed_ms + HOUR_MS
SETTLED = Settled(
    until_ms=LAST.weighed_ms,
    ended_in=LAST.journal,
    numbers={one.journal: one.seq for one in trip()},
    sealed_ms=SEALED_MS,
)
SLOW = at("mine-new", 5, 16_000, told_ms=SEALED_MS + 1)
"""Weighed when all was settled, by a clock that says: before."""


def test_nothing_is_past_before_anything_is_settled() -> None:
    assert not Settled().is_past(FIRST)
    assert not Settled().is_too_late(FIRST)


@pytest.mark.parametrize(("later_ms", "is_past"), [(0, True), (1, False)])
def test_the_time_decides_where_nothing_is_surer(later_ms: int, is_past: bool) -> None:  # noqa: FBT001 - a case
    one = replace(SLOW, weighed_ms=LAST.weighed_ms + later_ms)
    assert (SETTLED.is_past(one), SETTLED.is_too_late(one)) == (is_past, is_past)


def test_whom_the_gateway_answered_after_the_seal_was_weighed_after_it() -> None:
    answered = replace(SLOW, is_answered=True)
    assert not SETTLED.is_past(answered)
    assert not SETTLED.is_too_late(answered)
    before = replace(answered, told_ms=SEALED_MS)
    assert SETTLED.is_past(before)
    assert SETTLED.is_too_late(before)


def test_what_a_lane_numbered_after_the_end_of_the_trip_is_after_it() -> None:
    after = at("plant-out", 1, 16_000, seq=LAST.seq + 1)
    assert not SETTLED.is_too_late(after)
    assert not SETTLED.is_past(after)
    assert SETTLED.is_past(replace(after, epoch="of another box"))
    assert SETTLED.is_past(replace(after, seq=LAST.seq - 1))


def test_what_a_lane_numbered_after_the_begin_of_the_trip_may_be_of_it() -> None:
    again = at("mine-in", 1, 16_000, seq=FIRST.seq + 1)
    assert SETTLED.is_too_late(again)
    assert not SETTLED.is_past(again), "but it is of no trip before it"


def test_what_a_person_booked_that_was_told_too_late_is_for_a_trip_to_come() -> None:
    booked = replace(SLOW, is_accepted=True)
    assert SETTLED.is_too_late(SLOW)
    assert not SETTLED.is_past(booked)
    assert SETTLED.is_past(replace(booked, told_ms=SEALED_MS)), "then it is of an older trip"
    assert SETTLED.is_past(replace(booked, pinned_order_id="o1")), "or of any that he named"


def test_a_truck_that_a_slow_clock_weighed_is_on_its_next_trip() -> None:
    left = at("mine-in", -60, 16_100)
    orders = (ORDER, SECOND)
    answered = replace(SLOW, lane="mine-in", epoch="e2", is_answered=True)
    trips = fold(orders, [answered, left], LIMITS, SETTLED)
    assert [one.status for one in trips.trips] == [OrderStatus.LOADING] * 2
    assert trips.current is trips.trips[1], "not on the one that it began before"


def test_one_that_was_told_too_late_is_held_until_a_person_books_it() -> None:
    def current(one: Crossing) -> object:
        trips = fold((ORDER,), [one], LIMITS, SETTLED)
        return trips.current and trips.current.order, dict(trips.unplaced)

    late = replace(SLOW, is_late=True)
    assert current(late) == (None, {late.stop_id: Reason.AFTER_SETTLEMENT})
    assert current(replace(SLOW, is_accepted=True)) == (ORDER, {})
