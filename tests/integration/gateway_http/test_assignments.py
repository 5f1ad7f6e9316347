"""Giving a weight to an order: what it would come to is told before, and is what happens."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from gateway.tickets.tables import decisions, stops, tickets
from tests.integration.gateway_http.conftest import SignIn, on_both
from tests.integration.gateway_http.world import World, add_crossing, add_order, name_id

pytestmark = on_both

FIRST, SECOND = name_id("order 1"), name_id("order 2")


@pytest.fixture
def dispatcher(signed_in: SignIn) -> TestClient:
    return signed_in("dispatcher")


@pytest.fixture
def path(world: World) -> str:
    """A truck with two orders was weighed empty, loaded, and loaded once more by mistake."""
    add_order(world, "2", "蒙K12345")
    add_crossing(world, "empty", 15_200, minutes=1)
    add_crossing(world, "loaded", 47_800, minutes=20)
    lost = add_crossing(world, "lost", 15_240, minutes=40, state="held", reason="order_complete")
    return f"/api/v1/stops/{lost}/order"


def choice(view: Any, order_id: str | None) -> dict[str, Any]:
    [found] = [one for one in view["choices"] if one["order_id"] == order_id]
    return dict(found)


def test_what_each_order_would_come_to_is_told(dispatcher: TestClient, path: str) -> None:
    answer = dispatcher.get(path)
    assert answer.status_code == 200, answer.text
    view = answer.json()
    numbers = [(one["order_no"], one["driver_name"], one["cargo"]) for one in view["orders"]]
    assert numbers == [(f"20261118-000{n}", "王建国", "动力煤") for n in (1, 2)]
    assert view["orders"][0]["terms"]["rate_per_tonne_minor"] == 4500
    assert [one["weight_kg"] for one in view["weighings"]] == [15_240, 15_200, 47_800]
    second = choice(answer.json(), SECOND)
    assert (second["place"], second["is_complete"]) == ({"order_id": SECOND, "reason": None}, False)
    assert second["tickets"][-1] == {
        "order_id": SECOND,
        "yard_id": "mine",
        "purpose": "loading",
        "before": None,
        "after": {"gross_kg": None, "tare_kg": 15_240, "net_kg": None},
    }
    assert choice(answer.json(), None)["place"] == {"order_id": None, "reason": "set_aside"}


@pytest.mark.parametrize("order_id", [FIRST, SECOND, None])
def test_what_happens_is_what_was_told(
    world: World, dispatcher: TestClient, path: str, order_id: str | None
) -> None:
    before = dispatcher.get(path)
    told = choice(before.json(), order_id)
    body = {"order_id": order_id, "reason": "order_corrected"}
    answer = dispatcher.put(path, json=body, headers={"If-Match": before.headers["ETag"]})
    after = dispatcher.get(path).json()
    assert answer.status_code == 200, answer.text
    assert told["is_possible"]
    assert after["place"] == told["place"]
    with world.engine.begin() as connection:
        booked = {
            (row.order_id, row.purpose): (row.gross_kg, row.tare_kg, row.net_kg)
            for row in connection.execute(select(tickets).where(tickets.c.status == "closed"))
        }
    closed = [one for one in told["tickets"] if one["after"] and one["after"]["net_kg"]]
    for one in closed:
        assert booked[one["order_id"], one["purpose"]] == tuple(one["after"].values())


def test_what_would_be_refused_is_told_with_its_reason(
    world: World, dispatcher: TestClient
) -> None:
    """The truck came out as empty as it went in."""
    add_crossing(world, "empty", 15_200, minutes=1)
    lost = add_crossing(world, "lost", 15_100, minutes=20, state="held", reason="no_order")
    path = f"/api/v1/stops/{lost}/order"
    told = choice(dispatcher.get(path).json(), FIRST)
    assert (told["is_possible"], told["place"]["reason"]) == (False, "net_not_positive")
    answer = dispatcher.put(path, json={"order_id": FIRST, "reason": "order_corrected"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "net_not_positive")


def test_another_persons_change_in_between_is_a_conflict(
    world: World, dispatcher: TestClient, path: str
) -> None:
    seen = {"If-Match": dispatcher.get(path).headers["ETag"]}
    aside = {"order_id": None, "reason": "seen_on_site"}
    assert dispatcher.put(path, json=aside).status_code == 200
    answer = dispatcher.put(
        path, json={"order_id": SECOND, "reason": "order_corrected"}, headers=seen
    )
    assert answer.status_code == 412
    assert answer.json()["type"] == "urn:taigan:problem:revision_mismatch"
    with world.engine.begin() as connection:
        kept = connection.execute(select(decisions.c.action, decisions.c.order_id)).all()
        state = connection.execute(select(stops.c.reason).where(stops.c.is_set_aside)).scalar_one()
    assert (kept, state) == ([("assign", None)], "set_aside")


def test_to_which_order_it_was_given_is_kept(dispatcher: TestClient, path: str) -> None:
    body = {"order_id": SECOND, "reason": "order_corrected"}
    assert dispatcher.put(path, json=body).status_code == 200
    [kept] = dispatcher.get("/api/v1/decisions").json()["items"]
    assert (kept["action"], kept["order_no"], kept["is_done"]) == ("assign", "20261118-0002", True)


@pytest.mark.parametrize(
    ("name", "values"),
    [("stands there", {"released_ms": None, "state": "weighed"}), ("settled", {"sealed_ms": 1})],
)
def test_what_cannot_be_assigned_has_no_choices(
    world: World, dispatcher: TestClient, name: str, values: dict[str, Any]
) -> None:
    stop_id = add_crossing(world, name, 15_200, minutes=1, **values)
    assert dispatcher.get(f"/api/v1/stops/{stop_id}/order").status_code == 409
    assert dispatcher.get(f"/api/v1/stops/{uuid4()}/order").status_code == 404


def test_an_order_that_no_order_can_be_is_refused_by_its_field(
    dispatcher: TestClient, path: str
) -> None:
    answer = dispatcher.put(path, json={"order_id": "x" * 300, "reason": "order_corrected"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "order_id"


def test_a_weight_of_a_truck_that_was_unknown_can_be_given_to_its_order(
    world: World, dispatcher: TestClient
) -> None:
    """Its card was registered after it had left."""
    lost = add_crossing(
        world, "unknown", 15_200, minutes=1, vehicle_id=None, state="held", reason="card_unknown"
    )
    answer = dispatcher.get(f"/api/v1/stops/{lost}/order")
    assert choice(answer.json(), FIRST)["place"] == {"order_id": FIRST, "reason": None}
    assert answer.json()["place"] == {"order_id": None, "reason": "card_unknown"}


def test_a_truck_that_nobody_knows_can_be_set_aside(world: World, dispatcher: TestClient) -> None:
    values = {"tag": "FFFFFFFF", "vehicle_id": None, "plate": None, "reason": "card_unknown"}
    lost = add_crossing(world, "stranger", 15_200, minutes=1, state="held", **values)
    path = f"/api/v1/stops/{lost}/order"
    choices = dispatcher.get(path).json()["choices"]
    assert [one["place"] for one in choices] == [{"order_id": None, "reason": "set_aside"}]
    answer = dispatcher.put(path, json={"order_id": None, "reason": "seen_on_site"})
    assert answer.status_code == 200, answer.text
    with world.engine.begin() as connection:
        state = connection.execute(
            select(stops.c.state).where(stops.c.stop_id == lost)
        ).scalar_one()
    assert state == "left"
