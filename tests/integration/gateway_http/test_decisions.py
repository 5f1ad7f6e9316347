"""A dispatcher's decision: recorded first, sent afterwards, once."""

import pytest
from sqlalchemy import Delete, Update, delete, update
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from edge.messages import Action
from gateway.tickets.tables import decisions, stops
from tests.integration.gateway_http.conftest import SignIn, on_both
from tests.integration.gateway_http.world import World, add_stop, name_id

pytestmark = on_both


@pytest.fixture
def dispatcher(signed_in: SignIn) -> TestClient:
    return signed_in("dispatcher")


def hold(world: World) -> str:
    return add_stop(
        world,
        "held",
        "held",
        reason="overweight",
        weighing_event_id=name_id("weighing"),
        weighing_action="hold",
        weight_kg=51_000,
        weighed_ms=world.clock[0],
    )


def test_a_release_is_recorded_with_its_dispatcher_and_sent(
    world: World, dispatcher: TestClient
) -> None:
    path = f"/api/v1/stops/{hold(world)}/commands"
    answer = dispatcher.post(path, json={"action": "release", "reason": "papers_checked"})
    assert answer.status_code == 202, answer.text
    [command] = world.outgoing.sent
    assert command.action is Action.RELEASE
    assert str(command.command_id) == answer.json()["command_id"]
    assert command.expires_at.timestamp() * 1000 == world.clock[0] + 30_000
    with world.engine.begin() as connection:
        row = connection.exec_driver_sql(
            "SELECT dispatcher, dispatcher_action, dispatcher_reason FROM stops"
        ).one()
    assert tuple(row) == ("dispatcher", "release", "papers_checked")


def test_repeating_a_decision_with_its_key_sends_nothing_twice(
    world: World, dispatcher: TestClient
) -> None:
    path = f"/api/v1/stops/{hold(world)}/commands"
    body = {"action": "release", "reason": "papers_checked"}
    headers = {"Idempotency-Key": "k-1"}
    first = dispatcher.post(path, json=body, headers=headers)
    again = dispatcher.post(path, json=body, headers=headers)
    assert first.content == again.content
    assert len(world.outgoing.sent) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "admit", "reason": "dispatcher"}, 409),
        ({"action": "explode", "reason": "dispatcher"}, 422),
        ({"action": "release"}, 422),
        ({"action": "release", "reason": "Because I say so"}, 422),
        ({"action": "release", "reason": "dispatcher", "weight_kg": 1}, 422),
    ],
)
def test_what_cannot_be_decided_sends_nothing(
    world: World, dispatcher: TestClient, body: dict[str, object], status: int
) -> None:
    answer = dispatcher.post(f"/api/v1/stops/{hold(world)}/commands", json=body)
    assert answer.status_code == status
    assert world.outgoing.sent == []


def test_a_stop_that_is_over_or_unknown_cannot_be_decided(
    world: World, dispatcher: TestClient
) -> None:
    over = add_stop(world, "over", "left", left_ms=world.clock[0])
    body = {"action": "refuse", "reason": "dispatcher"}
    assert dispatcher.post(f"/api/v1/stops/{over}/commands", json=body).status_code == 409
    unknown = name_id("no stop")
    assert dispatcher.post(f"/api/v1/stops/{unknown}/commands", json=body).status_code == 404
    assert world.outgoing.sent == []


def test_who_decided_what_is_kept_for_good_and_listed(world: World, dispatcher: TestClient) -> None:
    stop_id = hold(world)
    path = f"/api/v1/stops/{stop_id}/commands"
    yesterday = {"id": "1", "stop_id": stop_id, "action": "admit", "username": "admin"}
    world.insert(decisions, **yesterday, decided_ms=world.clock[0] - 86_400_000)
    for minute, body in enumerate(
        [
            {"action": "hold", "reason": "seen_on_site"},
            {"action": "release", "reason": "papers_checked"},
        ]
    ):
        world.clock[0] += 60_000 * minute
        assert dispatcher.post(path, json=body).status_code == 202
    assert len(dispatcher.get("/api/v1/decisions").json()["items"]) == 3
    newest, oldest = dispatcher.get("/api/v1/decisions?today=true").json()["items"]
    assert (newest["action"], newest["reason"]) == ("release", "papers_checked")
    assert (newest["username"], newest["plate"]) == ("dispatcher", "蒙K12345")
    assert newest["id"] == str(world.outgoing.sent[1].command_id)
    assert (oldest["action"], newest["is_done"]) == ("hold", False)
    with world.engine.begin() as connection:
        released = update(stops).values(state="released", released_ms=world.clock[0])
        connection.execute(released)
    assert dispatcher.get(f"/api/v1/decisions?stop_id={stop_id}").json()["items"][0]["is_done"]


@pytest.mark.parametrize("change", [update(decisions).values(username="me"), delete(decisions)])
def test_a_decision_cannot_be_changed_afterwards(
    world: World, dispatcher: TestClient, change: Update | Delete
) -> None:
    path = f"/api/v1/stops/{hold(world)}/commands"
    dispatcher.post(path, json={"action": "release", "reason": "papers_checked"})
    with world.engine.begin() as connection, pytest.raises(DBAPIError, match="cannot be changed"):
        connection.execute(change)


def test_a_refused_decision_is_not_listed(world: World, dispatcher: TestClient) -> None:
    path = f"/api/v1/stops/{hold(world)}/commands"
    assert (
        dispatcher.post(path, json={"action": "admit", "reason": "dispatcher"}).status_code == 409
    )
    assert dispatcher.get("/api/v1/decisions").json()["items"] == []


def test_only_a_truck_that_left_unmatched_can_be_booked_afterwards(
    world: World, dispatcher: TestClient
) -> None:
    waiting = hold(world)
    assert dispatcher.post(f"/api/v1/stops/{waiting}/booking").status_code == 409
    assert dispatcher.post(f"/api/v1/stops/{name_id('x')}/booking").status_code == 404


def test_a_stop_that_its_lane_will_never_end_is_ended_once_with_a_reason(
    world: World, dispatcher: TestClient
) -> None:
    path = f"/api/v1/stops/{hold(world)}/end"
    assert dispatcher.post(path, json={}).status_code == 422
    assert dispatcher.post(path, json={"reason": "box_replaced"}).status_code == 200
    [listed] = dispatcher.get("/api/v1/decisions").json()["items"]
    assert (listed["action"], listed["reason"], listed["username"], listed["is_done"]) == (
        "end",
        "box_replaced",
        "dispatcher",
        True,
    )
    [stop] = dispatcher.get("/api/v1/stops").json()["items"]
    assert (stop["state"], stop["reason"]) == ("voided", "ended_by_person")
    assert world.outgoing.sent == []
    assert dispatcher.post(path, json={"reason": "box_replaced"}).status_code == 409
    unknown = f"/api/v1/stops/{name_id('x')}/end"
    assert dispatcher.post(unknown, json={"reason": "box_replaced"}).status_code == 404
