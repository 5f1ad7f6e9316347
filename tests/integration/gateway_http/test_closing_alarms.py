"""Closing an alarm by hand: who, when and why are kept and shown."""

from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from gateway.records.alarm_kinds import ALARMS, AlarmKind
from gateway.records.alarms import Alarm, raise_alarm
from gateway.records.tables import alarms
from tests.integration.gateway_http.conftest import SignIn, on_both
from tests.integration.gateway_http.world import World

pytestmark = on_both


@pytest.fixture
def dispatcher(signed_in: SignIn) -> TestClient:
    return signed_in("dispatcher")


def open_one(world: World, kind: AlarmKind = AlarmKind.LANE_FAULT) -> str:
    place = ("plant", "plant-in") if ALARMS[kind].is_of_lane else (None, None)
    with world.engine.begin() as connection:
        hint = raise_alarm(connection, Alarm(kind, "broken", *place), world.clock[0])
    return str(hint.data["id"])


@pytest.mark.parametrize("kind", AlarmKind)
def test_a_person_closes_an_alarm_of_any_kind(
    world: World, dispatcher: TestClient, kind: AlarmKind
) -> None:
    alarm_id = open_one(world, kind)
    world.clock[0] += 60_000
    answer = dispatcher.post(f"/api/v1/alarms/{alarm_id}/close", json={"reason": " 换了新表 "})
    assert answer.status_code == 200, answer.text
    closed = answer.json()
    assert (closed["resolved_by"], closed["resolved_reason"]) == ("dispatcher", "换了新表")
    assert datetime.fromisoformat(closed["resolved_at"]).timestamp() * 1000 == world.clock[0]
    assert dispatcher.get("/api/v1/alarms?open=true").json()["items"] == []
    assert dispatcher.get("/api/v1/alarms?open=false").json()["items"] == [closed]


def test_what_happens_again_opens_a_new_alarm(world: World, dispatcher: TestClient) -> None:
    first = open_one(world)
    dispatcher.post(f"/api/v1/alarms/{first}/close", json={"reason": "x"})
    assert open_one(world) != first
    items = dispatcher.get(f"/api/v1/alarms?kind={AlarmKind.LANE_FAULT}").json()["items"]
    assert sorted(item["resolved_by"] or "" for item in items) == ["", "dispatcher"]


def test_a_repeat_with_its_key_gets_the_first_answer(world: World, dispatcher: TestClient) -> None:
    path, headers = f"/api/v1/alarms/{open_one(world)}/close", {"Idempotency-Key": "k-1"}
    first = dispatcher.post(path, json={"reason": "done"}, headers=headers)
    again = dispatcher.post(path, json={"reason": "done"}, headers=headers)
    assert (again.status_code, again.content) == (200, first.content)
    other = dispatcher.post(path, json={"reason": "other"}, headers=headers)
    assert other.json()["type"] == "urn:taigan:problem:key_reused"


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 401}, {"reason": "x", "by": "y"}],
)
def test_without_a_reason_it_stays_open(
    world: World, dispatcher: TestClient, body: dict[str, str]
) -> None:
    alarm_id = open_one(world)
    assert dispatcher.post(f"/api/v1/alarms/{alarm_id}/close", json=body).status_code == 422
    with world.engine.begin() as connection:
        assert connection.execute(select(alarms.c.resolved_ms)).scalar_one() is None


def test_one_that_is_closed_or_unknown_is_not_closed(world: World, dispatcher: TestClient) -> None:
    alarm_id = open_one(world)
    dispatcher.post(f"/api/v1/alarms/{alarm_id}/close", json={"reason": "first"})
    again = dispatcher.post(f"/api/v1/alarms/{alarm_id}/close", json={"reason": "second"})
    assert again.status_code == 409
    assert "dispatcher" in again.json()["detail"]
    unknown = dispatcher.post(f"/api/v1/alarms/{uuid4()}/close", json={"reason": "x"})
    assert unknown.status_code == 404


def test_a_control_character_in_a_reason_is_no_crash(world: World, dispatcher: TestClient) -> None:
    path = f"/api/v1/alarms/{open_one(world)}/close"
    assert dispatcher.post(path, json={"reason": "a\x00b"}).status_code == 422


def test_two_gateways_open_one_alarm_for_one_happening(world: World) -> None:
    assert open_one(world) == open_one(world)
    with world.engine.begin() as connection:
        assert connection.execute(select(alarms.c.count)).scalar_one() == 2
