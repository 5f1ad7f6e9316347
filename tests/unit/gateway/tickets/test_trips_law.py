"""The law that arrival order decides nothing, and what else holds of every day of a truck."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.tickets.folding import follow
from gateway.tickets.reasons import Reason
from gateway.tickets.trips import Crossing, overlapping
from tests.unit.gateway.tickets.crossings import LIMITS, ORDER, SECOND, at, found, nets, said

KG = st.sampled_from([15_980, 16_000, 16_500, 30_000, 47_980, 48_000])
LANES = st.sampled_from(["mine-in", "mine-out", "plant-in", "plant-out"])


@st.composite
def days(draw: st.DrawFn) -> list[Crossing]:
    """Draw whatever a vehicle may have done in a day, sensible or not."""
    minutes = draw(st.lists(st.integers(0, 600), unique=True, max_size=9))
    return [
        at(draw(LANES), minute, draw(KG), is_synced=draw(st.booleans()))
        for minute in sorted(minutes)
    ]


@given(days(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(day: list[Crossing], random: Any) -> None:
    arrived = list(day)
    random.shuffle(arrived)
    orders = [ORDER, SECOND]
    random.shuffle(orders)
    assert said(found(arrived, *orders)) == said(found(day, ORDER, SECOND))


@given(days())
def test_every_weighing_is_in_one_ticket_or_in_none_with_a_reason(day: list[Crossing]) -> None:
    trips = found(day, ORDER, SECOND)
    placed = [one.stop_id for trip in trips.trips for leg in trip.legs() for one in leg.weighed]
    assert len(placed) == len(set(placed))
    assert set(placed) | set(trips.unplaced) == {one.stop_id for one in day}
    assert not set(placed) & set(trips.unplaced)


@given(days())
def test_every_ticket_has_a_load(day: list[Crossing]) -> None:
    for one in found(day, ORDER, SECOND).trips:
        for leg in one.legs():
            assert leg.pair is None or leg.pair.net_kg >= LIMITS.net_min_kg


@given(days())
def test_a_lane_that_tells_the_rest_of_its_day_changes_only_by_what_it_tells(
    day: list[Crossing],
) -> None:
    """Following crossing by crossing is folding, when clocks can be believed."""
    synced = [replace(one, is_synced=True) for one in day]
    assert all(a.weighed_ms < b.weighed_ms for a, b in pairwise(synced))
    followed = found([], ORDER, SECOND)
    for one in synced:
        followed = follow(followed, one, LIMITS)
    folded = found(synced, ORDER, SECOND, tares=())
    if Reason.TARE_IMPLAUSIBLE not in folded.unplaced.values():
        assert nets(followed) == nets(folded)


STAYS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 30), st.integers(1, 10)), max_size=12
)


@given(STAYS)
def test_a_stop_overlaps_if_any_other_lanes_does(stays: list[tuple[str, int, int]]) -> None:
    crossings = [
        at(f"mine-{lane}", number, 16_000, arrived_ms=begin, released_ms=begin + length)
        for number, (lane, begin, length) in enumerate(stays)
    ]
    assert overlapping(crossings) == {
        one.stop_id
        for one in crossings
        for other in crossings
        if one.lane != other.lane
        and one.arrived_ms < other.released_ms
        and other.arrived_ms < one.released_ms
    }
