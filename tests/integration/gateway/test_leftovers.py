"""What people assign, what a settled trip leaves over, and what is told after it."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine, select, update

from edge.messages import ClockQuality, PlateRead
from gateway.registry.tables import orders
from gateway.tickets.dispatch import NotDecidable, StillUnmatched
from gateway.tickets.tables import stops, tickets
from taigan.witness import lift
from tests.integration.gateway.cut_off import CALL_MS, WAIT_MS, WEIGHTS, Yards, assign
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import FakeLane, add_order, add_truck, record_in


@pytest.fixture
def yards(engine: Engine) -> Yards:
    return Yards(engine)


# --- people ---


def test_a_person_sets_a_weight_aside_and_takes_it_back(yards: Yards) -> None:
    yards.pass_over("mine-in")
    wrong = yards.pass_over("mine-out", 40_000)
    assign(yards, wrong, None)
    stop = yards.row(stops, stop_id=str(wrong))
    assert (stop["state"], stop["reason"], stop["ticket_id"]) == ("left", "set_aside", None)
    assert (stop["dispatcher"], stop["dispatcher_action"]) == ("li", "assign")
    assert yards.row(tickets)["status"] == "open"
    yards.pass_over("mine-out")
    for name in list(WEIGHTS)[2:]:
        yards.pass_over(name)
    assert yards.paid_nets() == [(33_000, 32_980)]


def test_a_person_gives_a_weight_to_the_order_it_is_for(yards: Yards) -> None:
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    stop_id = yards.pass_over("mine-in")
    assign(yards, stop_id, "order-2")
    assert yards.row(tickets)["order_id"] == "order-2"
    statuses = {row["id"]: row["status"] for row in yards.rows(orders)}
    assert statuses == {"order-1": "open", "order-2": "loading"}
    assign(yards, stop_id, "order-1")
    assert yards.row(tickets)["order_id"] == "order-1"


def test_what_is_settled_or_never_left_is_not_assigned(yards: Yards) -> None:
    lane, waiting = yards.lane("mine-in"), uuid4()
    yards.tell("mine-in", lane.arrived(waiting))
    with pytest.raises(NotDecidable, match="left with a weight"):
        assign(yards, waiting, None)
    *_, last = [yards.pass_over(name) for name in WEIGHTS]
    with pytest.raises(NotDecidable, match="settlement"):
        assign(yards, last, None)


def test_a_weight_is_not_assigned_to_an_order_of_another_truck(yards: Yards) -> None:
    with yards.engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
        add_order(connection, "2", "2")
    stop_id = yards.pass_over("mine-in")
    with pytest.raises(StillUnmatched, match="order_complete"):
        assign(yards, stop_id, "order-2")
    assert yards.row(tickets)["order_id"] == "order-1"


# --- clocks ---


def test_a_record_without_a_clock_gets_the_same_time_however_late_it_comes(
    engine: Engine,
) -> None:
    gateway = Gateway(engine)
    lane: FakeLane = gateway.lane("mine-in")
    gateway.cross(lane, 16_000)
    before = gateway.row(stops)
    lane.quality = ClockQuality.UNSET
    gateway.now_ms += 86_400_000
    stop_id = uuid4()
    gateway.receive(lane.arrived(stop_id))
    gateway.receive(lane.weighed(stop_id, 16_000))
    with engine.begin() as connection:
        found = connection.execute(select(stops).filter_by(stop_id=str(stop_id))).mappings().one()
    assert found["arrived_ms"] == found["weighed_ms"] == before["arrived_ms"]
    assert not found["is_synced"]


# --- what is left over, and what comes after settlement ---


def test_what_a_settled_trip_leaves_over_begins_no_other(yards: Yards) -> None:
    yards.cut("mine-in")
    yards.pass_over("mine-in")
    again = yards.pass_over("mine-in", 16_020)
    yards.reconnect("mine-in")
    for name in list(WEIGHTS)[1:]:
        yards.pass_over(name)
    assert yards.paid_nets() == [(32_980, 32_980)]
    assert yards.row(stops, weight_kg=16_000)["sealed_ms"] is not None
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    for name in WEIGHTS:
        yards.pass_over(name)
    assert sorted(yards.paid_nets()) == [(32_980, 32_980), (33_000, 32_980)]
    with pytest.raises(NotDecidable, match="settlement"):
        assign(yards, again, "order-2")


def test_a_weighing_told_after_its_trip_was_settled_begins_no_other(yards: Yards) -> None:
    for name in list(WEIGHTS)[:2]:
        yards.pass_over(name)
    yards.cut("mine-out")
    again = yards.pass_over("mine-out", 48_980)
    yards.now_ms += WAIT_MS
    for name in ("plant-in", "plant-out"):
        yards.reconnect(name)
        yards.pass_over(name)
    yards.rebook()
    assert len(yards.paid_nets()) == 1
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    yards.reconnect("mine-out")
    stop = yards.row(stops, stop_id=str(again))
    assert (stop["state"], stop["reason"]) == ("held", "after_settlement")
    assert yards.alarms() == ["released_unmatched"]
    assign(yards, again, None)
    assert yards.alarms() == []
    for name in WEIGHTS:
        yards.pass_over(name)
    assert yards.paid_nets().count((33_000, 32_980)) >= 1
    assert yards.row(orders, id="order-2")["status"] == "delivered"


def test_a_truck_that_was_unloaded_may_load_again_though_a_weighing_is_missing(
    yards: Yards,
) -> None:
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    yards.cut("mine-out")
    for name in WEIGHTS:
        yards.pass_over(name)
    yards.now_ms += CALL_MS
    yards.pass_over("mine-in")
    statuses = {row["id"]: row["status"] for row in yards.rows(orders)}
    assert statuses == {"order-1": "unloading", "order-2": "loading"}


@pytest.mark.parametrize("first", ["mine-in", "plant-in"])
def test_another_plate_counts_whichever_lane_tells_first(engine: Engine, first: str) -> None:
    yards = Yards(engine, plates={"policy": "preferred"})
    yards.cut(*WEIGHTS)
    lane, stop_id = yards.lane("mine-in"), uuid4()
    other = PlateRead(text="蒙K00007", camera="front", camera_at=lane.clock.tick(), age_ms=0)
    yards.tell("mine-in", lane.arrived(stop_id, plate=other))
    weighed = lane.weighed(stop_id, 16_000)
    yards.tell("mine-in", weighed)
    yards.tell("mine-in", lane.released(stop_id, record_in(weighed).event_id, "offline"))
    for name in list(WEIGHTS)[1:]:
        yards.pass_over(name)
    for name in sorted(WEIGHTS, key=lambda name: name != first):
        yards.reconnect(name)
    yards.rebook()
    assert yards.paid_nets() == []
    stop = yards.row(stops, stop_id=str(stop_id))
    assert (stop["state"], stop["reason"]) == ("held", "plate_mismatch")


@pytest.mark.parametrize("first", list(WEIGHTS))
def test_an_order_entered_after_the_truck_was_weighed_alone_is_for_none_of_it(
    engine: Engine, first: str
) -> None:
    yards = Yards(engine)
    with engine.begin() as connection:
        later_ms = yards.lane("mine-in").clock.now_ms + 3_600_000
        lift(connection)  # an order is as old as it is
        connection.execute(update(orders).values(created_ms=later_ms))
    yards.cut(*WEIGHTS)
    for name in WEIGHTS:
        yards.pass_over(name)
    for name in sorted(WEIGHTS, key=lambda name: name != first):
        yards.reconnect(name)
    yards.rebook()
    assert yards.paid_nets() == []
    assert yards.row(orders)["status"] == "open"
