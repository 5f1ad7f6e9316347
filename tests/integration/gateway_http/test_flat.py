"""Lists, numbers and probes go to the rows that they show, on both engines."""

import pytest
from sqlalchemy import insert
from starlette.testclient import TestClient

from gateway.api.v1 import summary
from gateway.tickets.tables import stops
from settlement.messages import PayoutState
from tests.integration.gateway_http.conftest import on_both
from tests.integration.gateway_http.world import (
    World,
    add_order,
    add_stop,
    add_ticket,
    name_id,
    settlement_of,
)
from tests.plans import watched

OF_THE_OPEN = {"ix_outbox_due_ms", "ix_alarms_open", "ix_stops_held"}
OF_NOW = ("ix_stops_under_way", "ix_alarms")
HISTORY = {"stops", "tickets", "orders", "records", "outbox", "alarms"}


@on_both
@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("orders", "ix_orders_created_ms_id"),
        ("orders?status=open", "ix_orders_status_created_ms_id"),
        ("stops?plate=蒙K12345", "ix_stops_plate_arrived_ms_stop_id"),
        ("stops?state=held", "ix_stops_state_arrived_ms_stop_id"),
        ("stops?state=held&state=arrived", "ix_stops_state_arrived_ms_stop_id"),
        ("tickets?status=open", "ix_tickets_open"),
    ],
)
def test_a_list_reads_along_its_index(
    viewer: TestClient, world: World, path: str, index: str
) -> None:
    with watched(world.engine) as seen:
        assert viewer.get(f"/api/v1/{path}").status_code == 200
    table = path.partition("?")[0]
    (found,) = {access for access in seen.accesses() if access.table == table}
    assert found.index == index
    is_filtered = "?" in path and index != "ix_tickets_open"  # which holds no others
    assert found.narrowed == is_filtered  # the plain list reads its page off the index's end


@on_both
def test_the_lanes_and_alarms_of_now_are_read_along_an_index(
    viewer: TestClient, world: World
) -> None:
    add_stop(world, "away", "refused")
    with watched(world.engine) as seen:
        for path in ("lanes/current", "alarms?open=true"):
            assert viewer.get(f"/api/v1/{path}").status_code == 200
    for access in seen.accesses():
        if access.table in {"stops", "alarms"}:
            is_of_now = access.index is not None and access.index.startswith(OF_NOW)
            assert access.narrowed or is_of_now, access


@on_both
def test_probes_and_the_days_numbers_never_read_a_whole_table(
    viewer: TestClient, world: World
) -> None:
    with watched(world.engine) as seen:
        for path in ("/readyz", "/metrics", "/api/v1/summary"):
            assert viewer.get(path).status_code == 200
    read = {access for access in seen.accesses() if access.table in HISTORY}
    assert {access.table for access in read} == {"stops", "tickets", "outbox", "alarms"}
    for access in read:
        assert access.narrowed or access.index in OF_THE_OPEN, access


@on_both
def test_browsers_share_the_days_numbers_for_two_seconds(viewer: TestClient, world: World) -> None:
    def trucks() -> int:
        return int(viewer.get("/api/v1/summary").json()["passes"])

    assert trucks() == 0
    add_stop(world, "1", "released", released_ms=world.clock[0])
    with watched(world.engine) as seen:
        assert trucks() == 0
    assert not [one for one, _ in seen.statements if "FROM stops" in one]
    world.clock[0] += 2_000
    assert trucks() == 1


@on_both
def test_the_days_money_is_counted_by_what_settlement_said_last(
    viewer: TestClient, world: World
) -> None:
    for number, state in (("71", PayoutState.PAID), ("72", PayoutState.RETURNED), ("73", None)):
        add_order(world, number, "蒙K12345")
        ticket_id = name_id(f"ticket {number} unloading")
        said = None if state is None else settlement_of(ticket_id, state)
        add_ticket(world, number, "unloading", 48_600, 16_120, settlement=said)
    day = viewer.get("/api/v1/summary").json()
    assert (day["paid"], day["unpaid"]) == (1, 2)
    assert day["delivered_kg"] == 3 * 32_480
    assert day["paid_minor"] == settlement_of(name_id("x"), PayoutState.PAID).payout.amount_minor


def test_medians_of_an_odd_and_an_even_count(viewer: TestClient, world: World) -> None:
    for number, cycle_ms in enumerate((30_000, 10_000, 21_000)):
        add_stop(world, str(number), "left", cycle_ms=cycle_ms)
    assert viewer.get("/api/v1/summary").json()["cycle_ms"] == 21_000
    add_stop(world, "4", "left", cycle_ms=24_000)
    world.clock[0] += 2_000
    assert viewer.get("/api/v1/summary").json()["cycle_ms"] == 22_500


def test_a_very_busy_day_has_the_medians_of_its_newest_stops(
    viewer: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest_two = summary._times(stops.c.cycle_ms, summary._NEWEST_STOPS, 2)
    monkeypatch.setattr(summary, "_CYCLE", newest_two)
    now_ms = world.clock[0]
    for number, cycle_ms in enumerate((10_000, 30_000, 40_000)):
        add_stop(world, str(number), "left", arrived_ms=now_ms + number, cycle_ms=cycle_ms)
    assert viewer.get("/api/v1/summary").json()["cycle_ms"] == 35_000


def test_a_writer_at_work_keeps_no_reader_waiting(viewer: TestClient, world: World) -> None:
    """On SQLite a transaction that may write waits for the one that does: these only read."""
    with world.engine.begin() as connection:
        row = {"stop_id": "1", "yard_id": "mine", "lane_id": "mine-in", "tag": "T"}
        more = {"state": "arrived", "arrival_event_id": "1", "arrived_ms": 1}
        connection.execute(insert(stops), row | more | {"arrival_action": "admit"})
        assert viewer.get("/readyz").status_code == 200
        assert viewer.get("/metrics").status_code == 200
