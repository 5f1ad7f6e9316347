"""Who did what through the API is on the trail, and the trail is in the export."""

import json
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from gateway.app import REFUSALS_KEPT_MAX
from gateway.auth.login import UNKNOWN
from gateway.trail.chain import sha256_of
from gateway.trail.checking import check_trail
from gateway.trail.tables import trail
from tests.integration.gateway_http.conftest import SignIn, on_both
from tests.integration.gateway_http.world import PASSWORD, World, add_alarm, add_stop, name_id

DRIVER = {
    "name": "李伟",
    "phone": "13900000000",
    "account_name": "李伟",
    "account": "6222020200007654321",
    "bank_code": "ICBKCNBJ",
}


def kept(world: World) -> list[dict[str, Any]]:
    assert check_trail(world.engine).defects == []
    with world.engine.begin() as connection:
        return [dict(row) for row in connection.execute(select(trail)).mappings()]


def deeds(world: World) -> list[tuple[str, str, str]]:
    return [(row["who"], row["action"], row["subject"]) for row in kept(world)]


@on_both
def test_master_data_is_kept_with_what_it_was_and_became(world: World, signed_in: SignIn) -> None:
    finance = signed_in("finance")
    made = finance.post("/api/v1/drivers", json=DRIVER)
    path = f"/api/v1/drivers/{made.json()['id']}"
    change = {"phone": "13911112222"}
    assert finance.patch(path, json=change, headers={"If-Match": '"1"'}).status_code == 200
    created, changed = kept(world)
    assert (created["who"], created["action"]) == ("finance", "driver.create")
    assert json.loads(created["after"])["account"] == "***************4321"
    assert changed["action"] == "driver.change"
    assert json.loads(changed["before"]) == {"phone": "13900000000", "revision": 1}
    assert json.loads(changed["after"]) == {"phone": "13911112222", "revision": 2}


def test_what_is_refused_changes_nothing_and_leaves_no_trace_of_a_change(
    world: World, signed_in: SignIn
) -> None:
    assert signed_in("finance").post("/api/v1/drivers", json={}).status_code == 422
    assert deeds(world) == []


def test_decisions_are_kept_with_their_reason(world: World, signed_in: SignIn) -> None:
    stop_id, alarm_id = add_stop(world, "held", "held"), add_alarm(world, "lane_fault")
    dispatcher = signed_in("dispatcher")
    body = {"action": "refuse", "reason": "wrong_cargo"}
    assert dispatcher.post(f"/api/v1/stops/{stop_id}/commands", json=body).status_code == 202
    ended = dispatcher.post(f"/api/v1/stops/{stop_id}/end", json={"reason": "box_gone"})
    assert ended.status_code == 200
    closed = dispatcher.post(f"/api/v1/alarms/{alarm_id}/close", json={"reason": "new cable"})
    assert closed.status_code == 200
    assert [(row["who"], row["action"], row["reason"]) for row in kept(world)] == [
        ("dispatcher", "stop.refuse", "wrong_cargo"),
        ("dispatcher", "stop.end", "box_gone"),
        ("dispatcher", "alarm.close", "new cable"),
    ]


def test_signing_in_and_out_and_a_wrong_password_are_kept(world: World, client: TestClient) -> None:
    for name, password in (("viewer", PASSWORD), ("viewer", "wrong"), ("a secret?", "wrong")):
        client.post("/api/v1/sessions", json={"username": name, "password": password})
    client.delete("/api/v1/sessions/current")
    assert deeds(world) == [
        ("viewer", "session.open", "viewer"),
        ("viewer", "session.refuse", "viewer"),
        (UNKNOWN, "session.refuse", UNKNOWN),
        ("viewer", "session.close", "viewer"),
    ]
    assert json.loads(kept(world)[0]["after"]) == {"from": "address testclient"}


def test_who_reaches_for_more_than_his_role_may_is_kept_some_times_a_minute(
    world: World, viewer: TestClient
) -> None:
    path = f"/api/v1/stops/{name_id('x')}/end"
    for _ in range(REFUSALS_KEPT_MAX + 3):
        assert viewer.post(path, json={"reason": "curious"}).status_code == 403
    refused = kept(world)
    assert len(refused) == REFUSALS_KEPT_MAX
    assert refused[0]["subject"] == f"POST {path}"
    assert refused[0]["reason"] == "role viewer lacks decide_stops"


@on_both
def test_the_export_has_the_trail_and_anybody_can_check_its_chain(
    signed_in: SignIn,
) -> None:
    finance = signed_in("finance")
    finance.post("/api/v1/drivers", json=DRIVER)
    finance.post("/api/v1/vehicles", json={"plate": "蒙A00001", "axles": 6, "gross_max_kg": 49000})
    lines = [json.loads(line) for line in finance.get("/api/v1/audit/export").text.splitlines()]
    rows = [line["row"] for line in lines if line["type"] == "trail"]
    assert [row["action"] for row in rows] == ["driver.create", "vehicle.create"]
    assert [sha256_of(row) for row in rows] == [row["sha256"] for row in rows]
    assert rows[1]["previous_sha256"] == rows[0]["sha256"]
    assert DRIVER["account"] not in json.dumps(rows)
