"""Tickets, stops, alarms, today's numbers."""

from starlette.testclient import TestClient

from settlement.messages import PayoutState
from tests.integration.gateway_http.conftest import on_both
from tests.integration.gateway_http.world import (
    World,
    add_alarm,
    add_order,
    add_stop,
    add_ticket,
    curve_to,
    name_id,
    settlement_of,
)

pytestmark = on_both


def deliver(world: World, state: PayoutState = PayoutState.PAID) -> str:
    ticket_id = name_id("ticket 1 unloading")
    settlement = settlement_of(ticket_id, state, at_ms=world.clock[0] + 906_000)
    add_ticket(world, "1", "loading", 15_200, 47_800, at_ms=world.clock[0] - 5_000_000)
    return add_ticket(world, "1", "unloading", 47_700, 15_220, settlement=settlement)


def test_a_ticket_shows_both_weighings_and_the_money(world: World, viewer: TestClient) -> None:
    ticket_id = deliver(world)
    ticket = viewer.get(f"/api/v1/tickets/{ticket_id}").json()
    assert (ticket["gross_kg"], ticket["tare_kg"], ticket["net_kg"]) == (47_700, 15_220, 32_480)
    assert [ticket[turn]["weight_kg"] for turn in ("first", "second")] == [47_700, 15_220]
    assert (ticket["plate"], ticket["driver_name"], ticket["cargo"]) == (
        "蒙K12345",
        "王建国",
        "动力煤",
    )
    assert ticket["settlement"]["price"]["total_minor"] == 146_160 - 1332
    assert ticket["settlement"]["payout"]["state"] == "paid"
    assert viewer.get(ticket["receipt_path"]).status_code == 200


def test_tickets_come_newest_first_and_can_be_filtered(world: World, viewer: TestClient) -> None:
    deliver(world)
    add_order(world, "2", "蒙K12345", "loading")
    world.clock[0] += 10_000
    add_ticket(world, "2", "loading", 15_200, None)
    listed = viewer.get("/api/v1/tickets").json()["items"]
    assert [(t["purpose"], t["status"]) for t in listed] == [
        ("loading", "open"),
        ("unloading", "closed"),
        ("loading", "closed"),
    ]
    assert listed[0]["second"] is None
    for query, count in {"yard_id=plant": 1, "status=open": 1, "plate=x": 0}.items():
        assert len(viewer.get(f"/api/v1/tickets?{query}").json()["items"]) == count


def test_a_tickets_curves_are_those_of_its_weighings(world: World, viewer: TestClient) -> None:
    ticket_id = deliver(world)
    curves = viewer.get(f"/api/v1/tickets/{ticket_id}/curve").json()["weighings"]
    assert [curve["points"] for curve in curves] == [curve_to(47_700), curve_to(15_220)]
    assert curves[0]["event_id"] == name_id(f"{ticket_id} first")


def test_stops_can_be_asked_for_by_state(world: World, viewer: TestClient) -> None:
    for state in ("held", "refused", "left"):
        add_stop(world, state, state, reason="overweight" if state == "held" else None)
    found = viewer.get("/api/v1/stops?state=held&state=refused").json()["items"]
    assert {stop["state"] for stop in found} == {"held", "refused"}
    held = next(stop for stop in found if stop["state"] == "held")
    assert (held["reason"], held["plate"], held["weighed_at"]) == ("overweight", "蒙K12345", None)
    assert held["plate_read"] is None
    assert viewer.get("/api/v1/stops?state=flying").status_code == 422


def test_open_alarms_can_be_told_from_resolved_ones(world: World, viewer: TestClient) -> None:
    add_alarm(world, "lane_fault", count=3)
    add_alarm(world, "chain_broken", resolved_ms=world.clock[0])
    kinds = {
        query: [alarm["kind"] for alarm in viewer.get(f"/api/v1/alarms{query}").json()["items"]]
        for query in ("?open=true", "?open=false")
    }
    assert kinds == {"?open=true": ["lane_fault"], "?open=false": ["chain_broken"]}
    assert len(viewer.get("/api/v1/alarms").json()["items"]) == 2


def test_today_counts_trucks_times_and_money_since_midnight(
    world: World, viewer: TestClient
) -> None:
    deliver(world)
    at = world.clock[0]
    add_stop(world, "1", "left", released_ms=at, cycle_ms=20_000, admit_ms=50, release_ms=80)
    add_stop(world, "2", "released", released_ms=at, cycle_ms=24_000, admit_ms=60, release_ms=90)
    add_stop(world, "3", "refused")
    add_stop(world, "4", "left", arrived_ms=at - 2 * 86_400_000, released_ms=at, cycle_ms=1)
    day = viewer.get("/api/v1/summary").json()
    assert (day["trucks"], day["refused"]) == (2, 1)
    assert (day["cycle_ms"], day["admit_ms"], day["release_ms"]) == (22_000, 55, 85)
    assert (day["delivered_kg"], day["paid_minor"]) == (32_480, 144_828)
    assert (day["paid"], day["unpaid"]) == (1, 0)
    assert day["paid_after_ms"] == 4000


def test_an_empty_day_has_no_times(viewer: TestClient) -> None:
    day = viewer.get("/api/v1/summary").json()
    assert (day["trucks"], day["cycle_ms"], day["paid_after_ms"]) == (0, None, None)
