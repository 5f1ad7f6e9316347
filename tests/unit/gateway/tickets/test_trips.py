"""Trips out of crossings: each rule by example, and the law that arrival order decides nothing."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from gateway.tickets import trips as trips_module
from gateway.tickets.folding import fold, follow
from gateway.tickets.matching import OrderFacts, OrderStatus
from gateway.tickets.reasons import Reason
from gateway.tickets.settled import Settled
from gateway.tickets.trips import Crossing, overlapping
from tests.unit.gateway.tickets.crossings import (
    HOUR_MS,
    LIMITS,
    ORDER,
    SECOND,
    at,
    found,
    nets,
    said,
    trip,
)

# --- one trip ---


def test_four_weighings_make_a_trip() -> None:
    trips = found(trip())
    assert nets(trips) == [(32_000, 31_940)]
    assert trips.trips[0].is_complete
    assert trips.unplaced == {}


@pytest.mark.parametrize(
    ("count", "status"),
    [
        (0, OrderStatus.OPEN),
        (1, OrderStatus.LOADING),
        (2, OrderStatus.LOADED),
        (3, OrderStatus.UNLOADING),
        (4, OrderStatus.DELIVERED),
    ],
)
def test_the_trip_is_as_far_as_its_weighings(count: int, status: OrderStatus) -> None:
    assert found(trip()[:count]).trips[0].status is status


def test_four_weighings_make_the_same_trip_in_whatever_order_they_came() -> None:
    whole = found(trip())
    for crossings in permutations(trip()):
        assert said(found(crossings)) == said(whole)


@pytest.mark.parametrize("missing", range(4))
def test_a_trip_without_one_weighing_waits_for_it(missing: int) -> None:
    crossings = trip()
    late = crossings.pop(missing)
    trips = found(crossings)
    assert not trips.trips[0].is_complete
    assert trips.unplaced == {}
    assert said(found([*crossings, late])) == said(found(trip()))


def test_a_yard_with_one_lane_weighs_both_times_on_it() -> None:
    crossings = [replace(one, lane=one.yard) for one in trip()]
    assert nets(found(crossings)) == [(32_000, 31_940)]


# --- clocks ---


def test_a_clock_that_is_not_set_turns_no_leg_round() -> None:
    tare, gross, *rest = trip()
    early = replace(gross, weighed_ms=tare.weighed_ms - HOUR_MS, is_synced=False)
    assert nets(found([tare, early, *rest])) == [(32_000, 31_940)]


def test_a_clock_that_is_not_set_puts_no_loading_after_the_unloading() -> None:
    tare, gross, *rest = trip()
    late = replace(gross, weighed_ms=gross.weighed_ms + 3 * HOUR_MS, is_synced=False)
    assert nets(found([tare, late, *rest])) == [(32_000, 31_940)]


def test_a_truck_that_got_lighter_at_the_mine_has_loaded_nothing_there() -> None:
    trips = found([at("mine-in", 0, 48_000), at("mine-out", 20, 16_000)])
    assert nets(trips) == [(None, None)]
    assert trips.unplaced == {"mine-out 20": Reason.LOAD_WRONG_WAY}
    unloading = found([*trip()[:3], at("plant-out", 100, 49_500)])
    assert unloading.unplaced == {"plant-out 100": Reason.LOAD_WRONG_WAY}


def test_a_lanes_own_numbers_count_for_more_than_its_clock() -> None:
    tare = at("mine", 30, 16_000, seq=1)
    gross = at("mine", 30, 48_000, seq=2)
    assert nets(found([gross, tare])) == [(32_000, None)]


def test_the_numbers_of_a_replaced_box_are_not_compared_with_those_of_the_new_one() -> None:
    tare = at("mine", 30, 16_000, epoch="old", seq=900)
    gross = at("mine", 20, 48_000, epoch="new", seq=2, is_synced=False)
    assert nets(found([tare, gross])) == [(32_000, None)]
    loaded = at("mine", 50, 48_000, epoch="old", seq=902)
    less = at("mine", 60, 46_420, epoch="new", seq=2)
    assert nets(found([tare, loaded, less])) == [(30_420, None)]


def test_a_clock_that_was_never_set_puts_nothing_before_what_was_weighed_later() -> None:
    tare, gross, *unloaded = trip(6 * 60)
    timeless = [
        replace(one, is_synced=False, arrived_ms=HOUR_MS, weighed_ms=HOUR_MS) for one in unloaded
    ]
    trips = found([tare, gross, *timeless])
    assert (nets(trips), trips.unplaced) == ([(32_000, 31_940)], {})


# --- weighed again ---


def test_the_last_weight_before_the_load_counts_and_the_first_after_it() -> None:
    again = [at("mine-in", 5, 16_020), at("mine-out", 25, 47_900)]
    trips = found([*trip(), *again])
    assert nets(trips) == [(31_980, 31_940)]
    assert trips.unplaced == {
        "mine-in 0": Reason.SUPERSEDED,
        "mine-out 25": Reason.SUPERSEDED,
    }


def test_a_truck_weighed_again_after_its_last_weighing_begins_no_new_trip() -> None:
    trips = found([*trip(), at("plant-out", 110, 16_000)], ORDER, SECOND)
    assert trips.trips[1].status is OrderStatus.OPEN
    assert trips.unplaced == {"plant-out 110": Reason.SUPERSEDED}


@pytest.mark.parametrize(
    ("weight_kg", "reason"),
    [
        (16_000, Reason.NET_NOT_POSITIVE),
        (15_500, Reason.NET_NOT_POSITIVE),
        (16_980, Reason.NET_BELOW_MINIMUM),
    ],
)
def test_a_weight_without_a_load_is_named(weight_kg: int, reason: Reason) -> None:
    trips = found([at("mine-in", 0, 16_000), at("mine-out", 20, weight_kg)])
    assert trips.unplaced == {"mine-out 20": reason}
    assert trips.trips[0].status is OrderStatus.LOADING


def test_a_person_may_accept_a_small_load() -> None:
    small = at("mine-out", 20, 16_100, is_accepted=True)
    assert nets(found([at("mine-in", 0, 16_000), small])) == [(100, None)]


def test_a_load_that_was_topped_up_is_all_of_it() -> None:
    first, last, *rest = trip()
    trips = found([first, at("mine-out", 10, 30_000), last, *rest])
    assert nets(trips) == [(32_000, 31_940)]
    assert trips.unplaced == {"mine-out 10": Reason.SUPERSEDED}


@pytest.mark.parametrize("is_accepted", [False, True])
def test_what_is_taken_off_before_the_truck_leaves_its_mine_was_not_loaded(
    *, is_accepted: bool
) -> None:
    """FM-20: it came back to the scale with less; what lies at the mine is not the driver's."""
    first, loaded, *_ = trip()
    less = at("mine-out", 30, 46_420)
    rest = [at("plant-in", 80, 46_400), at("plant-out", 100, 16_020)]
    trips = found([first, replace(loaded, is_accepted=is_accepted), less, *rest])
    assert nets(trips) == [(30_420, 30_380)]
    assert trips.unplaced == {"mine-out 20": Reason.SUPERSEDED}


def test_which_of_two_loaded_weights_is_the_later_is_not_guessed() -> None:
    first, loaded, *rest = trip()
    less = at("mine-in", 30, 46_420, is_synced=False)
    assert nets(found([first, loaded, less, *rest])) == [(32_000, 31_940)]


def test_a_load_of_hours_later_is_not_this_trips_though_a_clock_is_not_set() -> None:
    late = at("mine-out", 100 + 6 * 60, 48_000, is_synced=False)
    known = [one for one in trip() if one.lane != "mine-out"]
    assert nets(found([*known, late], ORDER, SECOND)) == [(None, 31_940), (None, None)]


def test_a_truck_with_a_load_back_begins_it_where_it_was_unloaded() -> None:
    back = replace(SECOND, origin="plant", destination="mine")
    trips = found([*trip(), at("plant-in", 110, 16_000)], ORDER, back)
    assert trips.unplaced == {}
    assert trips.trips[1].status is OrderStatus.LOADING


def test_what_is_told_after_settlement_begins_no_trip() -> None:
    late = replace(at("mine-out", 0, 48_000), is_late=True)
    assert found([late]).unplaced == {late.stop_id: Reason.AFTER_SETTLEMENT}
    assert found([replace(late, is_accepted=True)]).unplaced == {}
    assert found([replace(late, is_late=False)]).unplaced == {}


def test_what_was_told_before_a_later_trip_was_settled_goes_on_as_it_was() -> None:
    gross, *unloaded = [one for one in trip() if one.lane != "mine-in"]
    settled = Settled(until_ms=unloaded[-1].weighed_ms + 1)
    trips = fold((ORDER,), [gross, *unloaded], LIMITS, settled)
    assert trips.unplaced == {}
    assert trips.current is None
    assert trips.unfinished() == trips.trips


# --- several trips ---


def test_a_weight_that_a_person_gives_to_an_earlier_trip_takes_the_truck_back_to_none() -> None:
    tare, gross, *unloaded = trip(300)
    pinned = replace(at("plant-out", 305, 16_000), pinned_order_id="o1", is_accepted=True)
    trips = found([*trip(), tare, pinned, gross, *unloaded], ORDER, SECOND)
    assert [one.is_complete for one in trips.trips] == [True, True]
    assert set(trips.unplaced.values()) == {Reason.SUPERSEDED}


def test_trips_serve_the_orders_by_age() -> None:
    trips = found([*trip(), *trip(300, 16_040, 49_000)], SECOND, ORDER)
    assert [one.order.order_id for one in trips.trips] == ["o1", "o2"]
    assert nets(trips) == [(32_000, 31_940), (32_960, 32_900)]


def test_a_truck_that_is_empty_at_the_mine_again_was_unloaded_unseen() -> None:
    loading, later = trip()[:2], trip(300)
    trips = found([*loading, *later], ORDER, SECOND)
    assert nets(trips) == [(32_000, None), (32_000, 31_940)]


@pytest.mark.parametrize("missing", [(1,), (2,), (3,), (0, 1), (2, 3), (1, 2)])
def test_the_next_trip_takes_nothing_from_one_that_misses_weighings(
    missing: tuple[int, ...],
) -> None:
    first, second = trip(), trip(300, 16_040, 49_000)
    known = [one for index, one in enumerate(first) if index not in missing]
    trips = found([*known, *second], ORDER, SECOND)
    assert nets(trips)[1] == (32_960, 32_900)
    assert said(found([*first, *second], ORDER, SECOND)) == said(
        found([*known, *second, *(first[index] for index in missing)], ORDER, SECOND)
    )


def test_an_order_of_today_is_not_for_a_truck_of_yesterday() -> None:
    later = replace(ORDER, created_ms=10 * HOUR_MS)
    trips = found([at("mine-in", 0, 16_000)], later)
    assert trips.unplaced == {"mine-in 0": Reason.NO_ORDER}
    for known in ({"is_accepted": True}, {"is_admitted": True}, {"is_synced": False}):
        assert found([at("mine-in", 0, 16_000, **known)], later).unplaced == {}


def test_a_truck_that_came_to_the_plant_empty_before_it_was_loaded_has_one_trip() -> None:
    trips = found([at("plant-in", -30, 16_000), *trip()])
    assert nets(trips) == [(32_000, 31_940)]
    assert trips.unplaced == {"plant-in -30": Reason.WRONG_YARD}


def test_an_unloading_whose_loading_is_not_known_belongs_to_the_open_order() -> None:
    trips = found(trip()[2:])
    assert nets(trips) == [(None, 31_940)]
    assert trips.trips[0].status is OrderStatus.UNLOADING


# --- what belongs to no trip ---


@pytest.mark.parametrize(
    ("crossing", "orders", "reason"),
    [
        (at("mine-in", 0, 16_000), (replace(ORDER, origin="other"),), Reason.WRONG_YARD),
        (at("mine-in", 0, 16_000), (replace(ORDER, status=OrderStatus.DELIVERED),), "complete"),
        (at("other-in", 0, 16_000), (ORDER,), Reason.WRONG_YARD),
        (at("mine-in", 0, 16_000, objection=Reason.OVERWEIGHT), (ORDER,), Reason.OVERWEIGHT),
        (at("mine-in", 0, 16_000, is_set_aside=True), (ORDER,), Reason.SET_ASIDE),
        (
            at("mine-in", 0, 16_000),
            (replace(ORDER, contract_status="suspended"),),
            Reason.CONTRACT_SUSPENDED,
        ),
        (
            at("mine-in", 0, 16_000),
            (replace(ORDER, valid_to_ms=HOUR_MS),),
            Reason.CONTRACT_EXPIRED,
        ),
    ],
)
def test_what_belongs_to_no_trip_is_named(
    crossing: Crossing, orders: tuple[OrderFacts, ...], reason: Reason | str
) -> None:
    expected = Reason.ORDER_COMPLETE if reason == "complete" else reason
    assert found([crossing], *orders).unplaced == {crossing.stop_id: expected}


def test_a_vehicle_without_orders_has_no_trip() -> None:
    assert fold((), [at("mine-in", 0, 16_000)], LIMITS).unplaced == {"mine-in 0": Reason.NO_ORDER}


def test_whom_the_gateway_let_in_is_not_asked_for_the_contract_again() -> None:
    suspended = replace(ORDER, contract_status="suspended")
    assert found([at("mine-in", 0, 16_000, is_admitted=True)], suspended).unplaced == {}


def test_all_that_is_left_is_for_an_order_already_complete() -> None:
    trips = found([*trip(), at("mine-in", 300, 16_000)])
    assert trips.unplaced == {"mine-in 300": Reason.ORDER_COMPLETE}


# --- tares ---


def test_a_tare_that_is_not_this_trucks_is_taken_out_with_the_pair() -> None:
    trips = found(trip(), tares=(19_000,))
    assert nets(trips) == [(None, None)]
    assert trips.unplaced["mine-in 0"] is Reason.TARE_IMPLAUSIBLE


def test_a_person_may_accept_a_tare() -> None:
    accepted = [replace(one, is_accepted=True) for one in trip()]
    assert nets(found(accepted, tares=(19_000,))) == [(32_000, 31_940)]


def test_the_tare_of_the_loading_is_known_at_the_unloading() -> None:
    *known, last = trip()
    trips = found([*known, replace(last, weight_kg=18_000)])
    assert trips.unplaced == {"plant-out 100": Reason.TARE_IMPLAUSIBLE}
    assert trips.tares_kg() == (16_000,)


# --- people ---


def test_a_person_assigns_a_weighing_to_an_order() -> None:
    first, *rest = trip()
    pinned = replace(first, pinned_order_id="o2")
    trips = found([pinned, *rest], ORDER, SECOND)
    assert nets(trips) == [(None, None), (32_000, 31_940)]
    gone = replace(first, pinned_order_id="o9")
    assert found([gone], ORDER).unplaced == {"mine-in 0": Reason.ORDER_COMPLETE}


def test_a_person_cannot_assign_what_was_weighed_elsewhere() -> None:
    elsewhere = at("other-in", 0, 16_000, pinned_order_id="o1", is_accepted=True)
    assert found([elsewhere]).unplaced == {"other-in 0": Reason.WRONG_YARD}


def test_what_a_person_takes_on_is_paired_by_weight_whatever_the_clocks_say() -> None:
    gross, tare = at("mine-out", 0, 48_000), at("mine-in", 20, 16_000)
    assert nets(found([gross, tare])) == [(None, None)]
    taken_on = [replace(one, is_accepted=True, pinned_order_id="o1") for one in (gross, tare)]
    assert nets(found(taken_on)) == [(32_000, None)]


# --- one card at two places ---


def test_a_card_at_two_lanes_at_once_is_seen() -> None:
    here, there = at("mine-in", 0, 16_000), at("plant-in", 0, 48_000)
    assert overlapping([here, there]) == {here.stop_id, there.stop_id}
    later = at("plant-in", 1, 48_000)
    assert overlapping([here, later]) == frozenset()
    unset = replace(there, is_synced=False)
    assert overlapping([here, unset]) == frozenset()


# --- now ---


def test_what_happens_now_is_after_everything_that_is_known() -> None:
    before = found([at("mine-in", 0, 16_000)])
    now = at("mine-out", -60, 48_000)
    assert nets(follow(before, now, LIMITS)) == [(32_000, None)]
    assert nets(before) == [(None, None)]


def test_the_truck_is_expected_for_the_trip_that_it_is_on_or_for_an_open_order() -> None:
    third = replace(ORDER, order_id="o3", created_ms=2)
    trips = found([*trip()[:2], *trip(300)[:1]], ORDER, SECOND, third)
    statuses = {one.order_id: one.status for one in trips.order_statuses()}
    assert statuses == {"o2": OrderStatus.LOADING, "o3": OrderStatus.OPEN}
    assert found(trip()).order_statuses()[0].status is OrderStatus.DELIVERED


def test_each_of_many_crossings_is_compared_with_lanes_not_with_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    lanes = trips_module._elsewhere

    def counted(times_ms: dict[tuple[str, str], int], crossing: Crossing) -> Iterator[int]:
        asked.append(crossing)
        return lanes(times_ms, crossing)

    monkeypatch.setattr(trips_module, "_elsewhere", counted)
    many = [at(("mine-in", "mine-out")[minute % 2], minute, 16_000) for minute in range(1000)]
    assert overlapping(many) == frozenset()
    assert len(asked) == 2 * len(many)
