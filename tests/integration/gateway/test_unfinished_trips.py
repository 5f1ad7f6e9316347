"""A trip that lacks a weighing, and what is left of it when a later trip is settled."""

from uuid import UUID

import pytest
from sqlalchemy import Engine

from gateway.registry.tables import orders
from gateway.tickets.dispatch import StillUnmatched, book_held_stop
from gateway.tickets.record_context import TicketRules
from gateway.tickets.tables import stops, tickets
from tests.integration.gateway.cut_off import CALL_MS, WAIT_MS, WEIGHTS, Yards, assign
from tests.integration.gateway.yard import add_order

TRIP_MS = 24 * 3_600_000


@pytest.fixture
def yards(engine: Engine) -> Yards:
    return Yards(engine)


@pytest.mark.parametrize("missing", [["mine-out"], ["plant-in", "plant-out"]])
def test_a_trip_that_lacks_a_weighing_keeps_the_others_when_the_next_is_settled(
    yards: Yards, missing: list[str]
) -> None:
    with yards.engine.begin() as connection:
        for name in ("2", "3"):
            add_order(connection, name, "1", yards.now_ms + int(name))
    yards.cut(*missing)
    for name in WEIGHTS:
        if name not in missing:
            yards.pass_over(name)
    known = yards.rows(tickets)
    yards.pass_over("mine-in")
    yards.now_ms += CALL_MS
    for name in missing:
        yards.reconnect(name)
    for name in list(WEIGHTS)[1:]:
        yards.pass_over(name)
    yards.rebook()
    yards.pass_over("mine-in")
    assert yards.paid_nets() == [(33_000, 32_980)]
    assert [row for row in yards.rows(tickets) if row["order_id"] == "order-1"] == known
    statuses = {row["id"]: row["status"] for row in yards.rows(orders)}
    assert statuses["order-1"] in {"unloading", "loaded"}
    assert statuses["order-3"] == "loading"
    assert yards.alarms() == ["trip_incomplete"]


def test_a_weight_that_waits_when_its_trip_is_settled_waits_no_more(yards: Yards) -> None:
    yards.cut("plant-in", "mine-in", "plant-out")
    visit = yards.pass_over("plant-in", 16_020)
    yards.pass_over("mine-in")
    yards.reconnect("plant-in")
    yards.reconnect("mine-in")
    for name in ("mine-out", "plant-in"):
        yards.pass_over(name)
    yards.cut("mine-in")
    yards.reconnect("plant-out")
    yards.pass_over("plant-out")
    assert yards.row(stops, stop_id=str(visit))["reason"] == "awaiting_records"
    assert (yards.paid_nets(), yards.alarms()) == ([], [])
    yards.now_ms += WAIT_MS
    yards.rebook()
    assert yards.paid_nets() == [(33_000, 32_980)]
    stop = yards.row(stops, stop_id=str(visit))
    assert (stop["state"], stop["reason"]) == ("held", "wrong_yard")
    assert yards.alarms() == ["released_unmatched"]


def test_somebody_is_called_for_a_trip_that_still_lacks_a_weighing_after_the_next_is_settled(
    yards: Yards,
) -> None:
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    yards.cut("plant-out")
    for name in ("mine-in", "mine-out", "plant-in", "mine-in", "mine-out", "plant-in"):
        yards.pass_over(name)
    yards.cut("mine-in")
    yards.reconnect("plant-out")
    yards.pass_over("plant-out")
    yards.now_ms += WAIT_MS
    yards.rebook()
    assert yards.paid_nets() == [(33_000, 32_980)]
    assert yards.alarms() == []
    yards.now_ms += CALL_MS
    yards.rebook()
    assert yards.alarms() == ["trip_incomplete"]


def leave_held(yards: Yards) -> UUID:
    """Let a truck leave the plant alone with a tare that is not its own, and settle its next trip.

    Its first trip lacks that weight. There is a third order.
    """
    with yards.engine.begin() as connection:
        for name in ("2", "3"):
            add_order(connection, name, "1", yards.now_ms + int(name))
    for name in list(WEIGHTS)[:3]:
        yards.pass_over(name)
    yards.cut("plant-out", "mine-in")
    held = yards.pass_over("plant-out", 20_000)
    yards.pass_over("mine-in")
    yards.reconnect("plant-out")
    yards.reconnect("mine-in")
    for name in list(WEIGHTS)[1:]:
        yards.pass_over(name)
    assert yards.paid_nets() == [(33_000, 32_980)]
    return held


def book(yards: Yards, stop_id: UUID) -> None:
    with yards.engine.begin() as connection:
        book_held_stop(connection, stop_id, "li", TicketRules.of(yards.settings), yards.now_ms)


def test_a_weight_that_is_held_when_a_later_trip_is_settled_can_still_be_assigned(
    yards: Yards,
) -> None:
    held = leave_held(yards)
    stop = yards.row(stops, stop_id=str(held))
    assert (stop["state"], stop["reason"]) == ("held", "tare_implausible")
    with pytest.raises(StillUnmatched, match="tare_implausible"):
        book(yards, held)
    yards.rebook()
    yards.now_ms += CALL_MS
    yards.rebook()
    assert yards.alarms() == ["released_unmatched", "trip_incomplete"]
    assign(yards, held, "order-1")
    assert sorted(yards.paid_nets()) == [(33_000, 28_960), (33_000, 32_980)]
    assert yards.alarms() == []


def test_a_weight_that_a_settled_trip_left_held_is_taken_by_no_other(yards: Yards) -> None:
    held = leave_held(yards)
    for name in WEIGHTS:
        yards.pass_over(name)
    assert yards.paid_nets() == [(33_000, 32_980)] * 2
    stop = yards.row(stops, stop_id=str(held))
    assert (stop["state"], stop["reason"]) == ("held", "tare_implausible")
    assign(yards, held, None)
    stop = yards.row(stops, stop_id=str(held))
    assert (stop["state"], stop["reason"]) == ("left", "set_aside")


@pytest.mark.parametrize("lost", [["plant-in", "plant-out"], ["plant-out"]])
def test_somebody_is_called_for_a_truck_that_does_not_arrive(yards: Yards, lost: list[str]) -> None:
    for name in WEIGHTS:
        if name not in lost:
            yards.pass_over(name)
    yards.now_ms += TRIP_MS - 1
    yards.rebook()
    assert yards.alarms() == []
    yards.now_ms += 1
    yards.rebook()
    assert yards.alarms() == ["trip_incomplete"]
    with yards.engine.begin() as connection:
        assert yards.tickets.waiting(connection, yards.now_ms) == (), "called for, it waits no more"
    for name in lost:
        yards.pass_over(name)
    assert (yards.paid_nets(), yards.alarms()) == ([(33_000, 32_980)], [])
