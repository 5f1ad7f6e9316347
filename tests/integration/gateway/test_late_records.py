"""A lane that is cut off: what the others decide meanwhile, and what comes of it afterwards."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from edge.messages import Action, LaneState
from gateway.records.tables import alarms
from gateway.registry.tables import orders
from gateway.tickets.offline import admissible_orders
from gateway.tickets.tables import stops
from tests.integration.gateway.cut_off import (
    CALL_MS,
    WAIT_MS,
    WEIGHTS,
    Yards,
    assert_all_is_well,
    known,
)
from tests.integration.gateway.yard import add_order, add_truck, record_in


@pytest.fixture
def yards(engine: Engine) -> Yards:
    return Yards(engine)


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("cut", list(WEIGHTS))
def test_one_lane_cut_off_for_one_truck_costs_nothing(
    yards: Yards,
    cut: str,
    is_known: bool,  # noqa: FBT001 - a case
) -> None:
    if is_known:
        known(yards)
    yards.cut(cut)
    for name in WEIGHTS:
        yards.pass_over(name)
    paid = len(yards.paid_nets())
    assert paid == int(is_known)
    yards.reconnect(cut)
    assert_all_is_well(yards)
    assert len(yards.paid_nets()) == paid + 1


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_all_lanes_cut_off_tell_their_day_in_any_order(yards: Yards, first: int) -> None:
    names = list(WEIGHTS)
    yards.cut(*names)
    for name in names:
        yards.pass_over(name)
    for name in names[first:] + names[:first]:
        yards.reconnect(name)
    yards.rebook()
    assert_all_is_well(yards)


def test_a_plant_that_was_cut_off_for_a_whole_unloading_does_not_stop_the_next_load(
    yards: Yards,
) -> None:
    known(yards)
    with yards.engine.begin() as connection:
        add_order(connection, "3", "1", yards.now_ms + 2)
    yards.cut("plant-in", "plant-out")
    for name in (*WEIGHTS, *WEIGHTS):
        yards.pass_over(name)
    yards.reconnect("plant-out")
    yards.reconnect("plant-in")
    yards.rebook()
    assert_all_is_well(yards)
    assert len(yards.paid_nets()) == 3


def test_a_truck_whose_leaving_is_told_late_may_be_weighed_elsewhere(yards: Yards) -> None:
    lane, stop_id = yards.lane("mine-in"), uuid4()
    yards.tell("mine-in", lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    yards.tell("mine-in", weighed)
    yards.cut("mine-in")
    weighing_id = record_in(weighed).event_id
    yards.tell("mine-in", lane.released(stop_id, weighing_id, "offline"))
    yards.tell("mine-in", lane.left(stop_id, weighing_id))
    for name in list(WEIGHTS)[1:]:
        yards.pass_over(name)
    yards.reconnect("mine-in")
    assert_all_is_well(yards)


def test_a_truck_comes_loaded_only_while_a_lane_at_its_mine_is_not_heard(yards: Yards) -> None:
    arrived = yards.lane("plant-in").arrived(uuid4())
    assert yards.decision(arrived) == (Action.REFUSE, "wrong_yard")
    yards.cut("mine-out")
    arrived = yards.lane("plant-in").arrived(uuid4())
    assert yards.decision(arrived) == (Action.ADMIT, None)


def test_only_so_many_come_loaded_before_their_loading_is_known(engine: Engine) -> None:
    yards = Yards(engine, offline={"arrive_loaded_max": 1})
    with engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
        add_order(connection, "2", "2")
    yards.cut("mine-in", "mine-out")
    yards.pass_over("plant-in")
    second = yards.lane("plant-in").arrived(uuid4(), "BBBBBBBB")
    assert yards.decision(second) == (Action.REFUSE, "wrong_yard")
    yards.pass_over("mine-in", tag="BBBBBBBB")
    yards.reconnect("mine-in")
    yards.reconnect("mine-out")


def test_trips_that_were_abandoned_long_ago_do_not_use_the_cap_up(engine: Engine) -> None:
    yards = Yards(engine, offline={"arrive_loaded_max": 1, "valid_hours": 12})
    with engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
        add_order(connection, "2", "2")
    yards.cut("mine-in", "mine-out")
    yards.pass_over("plant-in")
    yards.now_ms += 12 * 3_600_000 + 1
    for name in list(WEIGHTS)[:3]:
        yards.reconnect(name)
    yards.cut("mine-in")
    second = yards.lane("plant-in").arrived(uuid4(), "BBBBBBBB")
    assert yards.decision(second) == (Action.ADMIT, None)


def test_orders_that_were_abandoned_long_ago_do_not_fill_the_offline_list(engine: Engine) -> None:
    yards = Yards(engine)
    with engine.begin() as connection:
        add_truck(connection, "2", "00000000")
        add_order(connection, "2", "2", yards.now_ms - 86_400_000)
        listed = admissible_orders(connection, yards.now_ms, 1)
    assert [order.order_no for order in listed["plant"]] == ["N1"]


# --- waiting, and its end ---


def weigh_twice_empty(yards: Yards) -> UUID:
    """Let the truck leave the mine offline without a load."""
    yards.pass_over("mine-in")
    yards.cut("mine-out")
    stop_id = yards.pass_over("mine-out", 16_020)
    yards.cut("plant-in")
    yards.reconnect("mine-out")
    return stop_id


def test_a_weight_that_late_records_may_explain_waits_and_calls_nobody(yards: Yards) -> None:
    stop_id = weigh_twice_empty(yards)
    stop = yards.row(stops, stop_id=str(stop_id))
    assert (stop["state"], stop["reason"]) == ("left", "awaiting_records")
    assert yards.alarms() == []
    yards.reconnect("plant-in")
    yards.rebook()
    stop = yards.row(stops, stop_id=str(stop_id))
    assert (stop["state"], stop["reason"]) == ("held", "net_below_minimum")
    assert yards.alarms() == ["released_unmatched"]


def test_a_lane_that_stays_away_is_not_waited_for_for_ever(yards: Yards) -> None:
    stop_id = weigh_twice_empty(yards)
    yards.now_ms += CALL_MS - 1
    yards.rebook()
    assert yards.alarms() == []
    yards.now_ms += 1
    yards.rebook()
    assert yards.row(stops, stop_id=str(stop_id))["state"] == "held"
    assert yards.alarms() == ["released_unmatched"]


def test_a_complete_trip_waits_for_a_lane_that_has_more_to_tell_and_then_is_paid(
    yards: Yards,
) -> None:
    for name in list(WEIGHTS)[:3]:
        yards.pass_over(name)
    yards.cut("mine-in")
    yards.pass_over("plant-out")
    assert yards.paid_nets() == []
    assert yards.row(orders)["status"] == "unloading"
    yards.rebook()
    assert yards.paid_nets() == []
    yards.now_ms += WAIT_MS
    yards.rebook()
    assert_all_is_well(yards)
    yards.rebook()
    assert len(yards.paid_nets()) == 1


def test_a_lane_that_was_away_for_long_already_is_not_waited_for(yards: Yards) -> None:
    yards.cut("mine-in")
    yards.reconnect("mine-in")
    for name in list(WEIGHTS)[:3]:
        yards.pass_over(name)
    yards.cut("mine-in")
    yards.now_ms += WAIT_MS
    for name in list(WEIGHTS)[1:3]:
        lane = yards.lane(name)
        said = LaneState(online=True, epoch=lane.epoch, seq=lane.seq)
        yards.reports.take(lane.yard, name, said)
    yards.reconnect("plant-out")
    yards.pass_over("plant-out")
    assert len(yards.paid_nets()) == 1


def test_a_trip_that_lacks_a_weighing_for_good_is_somebodys_task_until_it_is_mended(
    yards: Yards,
) -> None:
    yards.cut("mine-out")
    for name in WEIGHTS:
        yards.pass_over(name)
    yards.now_ms += CALL_MS
    yards.rebook()
    yards.rebook()
    (alarm,) = yards.rows(alarms, kind="trip_incomplete")
    assert (alarm["subject"], alarm["count"], alarm["resolved_ms"]) == ("order-1", 1, None)
    assert "loading" in alarm["detail"]
    yards.reconnect("mine-out")
    yards.now_ms += WAIT_MS
    yards.rebook()
    assert_all_is_well(yards)
