"""Tickets, stops, alarms, today's numbers."""

from starlette.testclient import TestClient

from gateway.api.v1.summary import day_start_ms
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


def test_an_alarm_names_the_lane_that_it_is_about(world: World, viewer: TestClient) -> None:
    add_alarm(world, "zero_off", yard_id="mine", lane_id="mine-in")
    add_alarm(world, "lane_unknown", yard_id=None, lane_id=None, subject="mine/mine-new")
    add_alarm(world, "outbox_stuck", yard_id=None, lane_id=None)
    items = viewer.get("/api/v1/alarms").json()["items"]
    mine = {"yard_id": "mine", "yard_name": "北山煤矿"}
    assert {one["kind"]: one["place"] for one in items} == {
        "zero_off": mine | {"lane_id": "mine-in", "lane_name": "进场磅"},
        "lane_unknown": mine | {"lane_id": "mine-new", "lane_name": None},
        "outbox_stuck": None,
    }


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
    assert (day["trips"], day["passes"], day["refused"]) == (1, 2, 1)
    assert (day["cycle_ms"], day["admit_ms"], day["release_ms"]) == (22_000, 55, 85)
    assert (day["delivered_kg"], day["paid_minor"]) == (32_480, 144_828)
    assert (day["paid"], day["unpaid"]) == (1, 0)
    assert day["paid_after_ms"] == 4000


def test_a_load_counts_on_the_day_on_which_it_was_delivered(
    world: World, viewer: TestClient
) -> None:
    midnight = day_start_ms(world.clock[0])
    world.clock[0] = midnight + 3_600_000
    add_ticket(world, "1", "unloading", 47_700, 15_220, at_ms=midnight - 60_000)
    assert viewer.get("/api/v1/summary").json()["trips"] == 1
    add_order(world, "2", "蒙K12345", "delivered")
    add_ticket(world, "2", "unloading", 47_700, 15_220, at_ms=midnight - 1_800_000)
    assert viewer.get("/api/v1/summary").json()["trips"] == 1


def test_a_truck_that_was_inside_for_long_is_the_newest_that_closed(
    world: World, viewer: TestClient
) -> None:
    late = add_ticket(world, "1", "loading", 15_200, 47_800, at_ms=world.clock[0] - 80_000_000)
    for number in range(2, 7):
        add_order(world, str(number), "蒙K12345")
        add_ticket(world, str(number), "loading", 15_200, None)
        at_ms = world.clock[0] - 90_000_000 - number
        add_ticket(world, str(number), "unloading", 47_700, 15_220, at_ms=at_ms)
    page = viewer.get("/api/v1/tickets?sort=closed_at&limit=2").json()
    assert page["items"][0]["id"] == late
    rest = f"/api/v1/tickets?sort=closed_at&cursor={page['next_cursor']}"
    closed = page["items"] + viewer.get(rest).json()["items"]
    assert [one["second"]["at"] for one in closed] == sorted(
        (one["second"]["at"] for one in closed), reverse=True
    )
    assert {one["status"] for one in closed} == {"closed"}
    assert len(closed) == 6


def test_a_stop_says_whose_truck_it_is_and_what_it_may_weigh(
    world: World, viewer: TestClient
) -> None:
    order = name_id("order 1")
    add_stop(world, "held", "held", order_id=order, weight_kg=51_240)
    add_stop(world, "unknown", "refused", plate=None)
    unknown, held = sorted(
        viewer.get("/api/v1/stops").json()["items"], key=lambda stop: stop["state"], reverse=True
    )
    assert (held["order_no"], held["cargo"]) == ("20261118-0001", "动力煤")
    assert (held["driver_name"], held["driver_phone"]) == ("王建国", "13800000000")
    assert held["gross_limit_kg"] == 49_000
    named = ("order_no", "cargo", "driver_name", "driver_phone", "gross_limit_kg")
    assert {unknown[name] for name in named} == {None}


def test_a_lane_has_the_truck_that_it_names_however_many_came_later(
    world: World, viewer: TestClient
) -> None:
    held = add_stop(world, "held", "held", arrived_ms=world.clock[0] - 1_000_000)
    gone = add_stop(world, "gone", "released", lane_id="mine-out", released_ms=world.clock[0])
    for number in range(60):
        at_ms = world.clock[0] + number
        add_stop(world, f"later {number}", "left", arrived_ms=at_ms, left_ms=at_ms)
    for lane, stop_id in (("mine-in", held), ("mine-out", gone)):
        world.hub.publish("lane", {"yard": "mine", "lane": lane, "stop_id": stop_id})
    lanes = viewer.get("/api/v1/lanes/current").json()["items"]
    found = {lane["lane_id"]: lane["stop"] and lane["stop"]["stop_id"] for lane in lanes}
    assert found == {"mine-in": held, "mine-out": gone, "plant-in": None, "plant-out": None}


def test_a_lane_that_says_nothing_has_the_newest_truck_that_is_not_over(
    world: World, viewer: TestClient
) -> None:
    for number, state in enumerate(("arrived", "held", "left", "refused")):
        add_stop(world, state, state, arrived_ms=world.clock[0] + number)
    lanes = viewer.get("/api/v1/lanes/current").json()["items"]
    [stop] = [lane["stop"] for lane in lanes if lane["stop"]]
    assert stop["state"] == "held"


def test_who_was_turned_away_last_is_known_until_another_comes(
    world: World, viewer: TestClient
) -> None:
    def turned_away() -> str | None:
        lane, *_ = viewer.get("/api/v1/lanes/current").json()["items"]
        return lane["turned_away"] and str(lane["turned_away"]["stop_id"])

    at_ms = world.clock[0]
    add_stop(world, "before", "left", arrived_ms=at_ms - 2_000)
    add_stop(world, "first", "refused", arrived_ms=at_ms - 1_000)
    second = add_stop(world, "second", "refused", arrived_ms=at_ms)
    assert turned_away() == second
    world.clock[0] += 600_001
    assert turned_away() is None
    world.clock[0] -= 600_001
    add_stop(world, "next", "arrived", arrived_ms=at_ms + 1_000)
    assert turned_away() is None


def test_an_alarm_names_the_truck_and_the_order_that_it_is_about(
    world: World, viewer: TestClient
) -> None:
    ticket_id = add_ticket(world, "1", "loading", 15_200, None)
    stop_id = add_stop(world, "voided", "voided", plate="蒙A00001")
    nowhere = {"yard_id": None, "lane_id": None}
    add_alarm(world, "ticket_not_settled", subject=ticket_id, **nowhere)
    add_alarm(world, "trip_incomplete", subject=name_id("order 1"), **nowhere)
    add_alarm(world, "weighing_voided", subject=stop_id)
    add_alarm(world, "lane_fault", subject="scale")
    items = viewer.get("/api/v1/alarms?open=true").json()["items"]
    assert {one["kind"]: (one["plate"], one["order_no"]) for one in items} == {
        "ticket_not_settled": ("蒙K12345", "20261118-0001"),
        "trip_incomplete": ("蒙K12345", "20261118-0001"),
        "weighing_voided": ("蒙A00001", None),
        "lane_fault": (None, None),
    }


def test_an_empty_day_has_no_times(viewer: TestClient) -> None:
    day = viewer.get("/api/v1/summary").json()
    assert (day["trips"], day["cycle_ms"], day["paid_after_ms"]) == (0, None, None)
