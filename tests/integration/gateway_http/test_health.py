"""For machines: alive, ready, numbers, and an API description without outside help."""

from datetime import UTC, datetime

from prometheus_client import generate_latest
from starlette.testclient import TestClient

from edge.messages import Command
from gateway.app import create_app
from gateway.console.static_files import PREFIX
from gateway.metrics import Metrics
from tests.integration.gateway_http.conftest import SignIn
from tests.integration.gateway_http.world import (
    NOW_MS,
    World,
    add_alarm,
    add_outbox,
    add_stop,
    add_ticket,
)


def test_it_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "program": "taigan-gateway"}
    assert client.get("/readyz").json() == {"status": "ready", "reasons": {}, "attention": {}}


def test_what_people_must_attend_to_makes_it_not_unready(world: World, client: TestClient) -> None:
    add_alarm(world, "lane_silent")
    add_alarm(world, "payout_failed")
    add_alarm(world, "chain_broken", resolved_ms=world.clock[0])
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["attention"] == {"lane_silent": 1, "payout_failed": 1}


def test_without_its_database_it_says_so_and_counts_the_errors(
    world: World, client: TestClient
) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE alarms RENAME TO gone")
    text = client.get("/metrics").text
    assert "taigan_database_up 0.0" in text
    assert "taigan_viewers 0.0" in text
    again = client.get("/metrics").text
    assert 'taigan_database_errors_total{error="OperationalError"}' in again


def test_the_lag_of_records_is_from_lane_to_commit() -> None:
    metrics = Metrics()
    metrics.record_committed(datetime.fromtimestamp(1_000, UTC), 1_020_000)
    metrics.record_committed(datetime.fromtimestamp(1_000, UTC), 999_000)  # its clock is ahead
    text = generate_latest(metrics.registry).decode()
    assert "taigan_ingest_lag_seconds_sum 20.0" in text
    assert 'taigan_ingest_lag_seconds_bucket{le="30.0"} 2.0' in text


def test_trucks_that_are_held_are_counted_and_those_that_left_are_not(
    world: World, client: TestClient
) -> None:
    add_stop(world, "a", "held")
    add_stop(world, "b", "held", released_ms=world.clock[0])
    text = client.get("/metrics").text
    held = [line for line in text.splitlines() if line.startswith("taigan_stops_held{")]
    assert [line.rsplit(" ", 1)[1] for line in held] == ["1.0"]


def test_it_says_why_it_is_not_ready(world: World) -> None:
    checks = {"mqtt": lambda: "not connected", "outbox": lambda: None}
    app = create_app(world.settings, world.engine, world.hub, world.outgoing, checks=checks)
    answer = TestClient(app).get("/readyz")
    assert answer.status_code == 503
    reasons = {"mqtt": "not connected"}
    assert answer.json() == {"status": "unready", "reasons": reasons, "attention": {}}


def test_a_lost_database_is_a_reason_and_a_polite_answer(world: World, client: TestClient) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sessions RENAME TO gone")
    answer = client.get("/api/v1/lanes", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:taigan:problem:unavailable"
    assert "sessions" not in answer.text


def test_metrics_count_what_waits_and_which_lanes_are_online(
    world: World, client: TestClient
) -> None:
    add_alarm(world, "lane_fault")
    add_outbox(world, add_ticket(world, "1", "unloading", 47_700, 15_220))
    world.clock[0] += 5000
    lane = {"yard": "mine", "lane": "mine-in", "online": True, "outbox_depth": 3}
    world.hub.publish("lane_state", lane)
    text = client.get("/metrics").text
    for line in (
        "taigan_outbox_waiting 1.0",
        "taigan_outbox_age_seconds 5.0",
        'taigan_alarms_open{kind="lane_fault",severity="major"} 1.0',
        'taigan_alarms_open{kind="lane_silent",severity="major"} 0.0',
        'taigan_lane_unheard_seconds{lane="mine-in",yard="mine"} 5.0',
        'taigan_lane_online{lane="mine-in",yard="mine"} 1.0',
        'taigan_lane_outbox{lane="mine-in",yard="mine"} 3.0',
    ):
        assert line in text


def test_the_api_describes_itself_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert "/api/v1/lanes/{yard_id}/{id}" in paths
    assert "/r/{ticket_id}" not in paths
    parameters = paths["/api/v1/lanes/{yard_id}/{id}"]["get"]["parameters"]
    assert {p["name"] for p in parameters if p["in"] == "path"} == {"yard_id", "id"}
    for page in ("/docs", "/redoc"):
        assert client.get(page).status_code == 404


def test_every_answer_keeps_itself_to_itself(client: TestClient) -> None:
    for path in ("/login", "/healthz", "/nothing", f"{PREFIX}/tokens.css"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"


class Broken:
    """A publisher that fails."""

    def publish(self, command: Command) -> None:
        raise RuntimeError(f"secret detail about {command.stop_id}")


def test_a_crash_says_nothing_about_the_inside(world: World, signed_in: SignIn) -> None:
    headers = dict(signed_in("dispatcher").headers)
    app = create_app(world.settings, world.engine, world.hub, Broken(), now_ms=lambda: NOW_MS)
    client = TestClient(app, headers=headers, raise_server_exceptions=False)
    stop_id = add_stop(world, "held", "held")
    body = {"action": "refuse", "reason": "dispatcher"}
    answer = client.post(f"/api/v1/stops/{stop_id}/commands", json=body)
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:taigan:problem:internal"
    assert "secret" not in answer.text
