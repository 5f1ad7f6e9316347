"""One's own password and sessions, and a password by a link."""

import pytest
from starlette.testclient import TestClient

from gateway.auth.people import disable_user
from gateway.auth.resets import NoSuchUser, make_reset
from gateway.trail.checking import check_trail
from gateway.trail.service import By
from tests.integration.gateway_http.conftest import on_both
from tests.integration.gateway_http.test_sessions import sign_in
from tests.integration.gateway_http.world import NOW_MS, PASSWORD, World

BY_HAND = By("root@server", NOW_MS)
NEW = "quite another one"
HOUR_MS = 3_600_000


def change(client: TestClient, current: str = PASSWORD, new: str = NEW) -> tuple[int, str]:
    body = {"current_password": current, "new_password": new}
    answer = client.post("/api/v1/account/password", json=body)
    return answer.status_code, answer.text


@on_both
def test_who_changes_his_password_stays_signed_in_here_and_nowhere_else(
    world: World, client: TestClient
) -> None:
    elsewhere = sign_in(TestClient(world.app))
    sign_in(client)
    assert change(client)[0] == 204
    assert client.get("/api/v1/lanes").status_code == 200
    assert elsewhere.get("/api/v1/lanes").status_code == 401
    sign_in(elsewhere, password=NEW)
    assert check_trail(world.engine).defects == []


@pytest.mark.parametrize(
    ("current", "new", "field", "reason"),
    [
        ("not this one", NEW, "current_password", "is wrong"),
        (PASSWORD, "short", "new_password", "8 to 200"),
        (PASSWORD, "Password1", "new_password", "most common"),
        (PASSWORD, "iamDispatcher7", "new_password", "user name"),
    ],
)
def test_a_password_that_is_no_use_is_refused_by_name(
    client: TestClient, current: str, new: str, field: str, reason: str
) -> None:
    sign_in(client)
    status, text = change(client, current, new)
    assert status == 422
    assert f'"field":"{field}"' in text
    assert reason in text
    sign_in(client)


def test_a_user_sees_his_own_sessions_and_ends_them(world: World, client: TestClient) -> None:
    elsewhere, other = sign_in(TestClient(world.app)), sign_in(TestClient(world.app))
    stranger = sign_in(TestClient(world.app), username="finance")
    sign_in(client)
    found = client.get("/api/v1/account/sessions").json()
    assert [one["is_this"] for one in found].count(True) == 1
    assert found[0]["came_from"] == "testclient testclient"
    (its_own,) = stranger.get("/api/v1/account/sessions").json()
    assert client.delete(f"/api/v1/account/sessions/{its_own['id']}").status_code == 404
    ended = next(one for one in elsewhere.get("/api/v1/account/sessions").json() if one["is_this"])
    assert client.delete(f"/api/v1/account/sessions/{ended['id']}").status_code == 204
    assert elsewhere.get("/api/v1/lanes").status_code == 401
    assert client.delete("/api/v1/account/sessions").status_code == 204
    assert other.get("/api/v1/lanes").status_code == 401
    assert len(client.get("/api/v1/account/sessions").json()) == 1
    assert stranger.get("/api/v1/lanes").status_code == 200


def reset(client: TestClient, token: str, new: str = NEW) -> int:
    body = {"token": token, "new_password": new}
    return client.post("/api/v1/account/reset", json=body).status_code


def new_link(world: World) -> str:
    with world.engine.begin() as connection:
        return make_reset(connection, "dispatcher", HOUR_MS, BY_HAND)


@on_both
def test_a_link_sets_a_password_once(world: World, client: TestClient) -> None:
    sign_in(client)
    token = new_link(world)
    anybody = TestClient(world.app)
    assert reset(anybody, token, "12345678") == 422
    assert client.get("/api/v1/lanes").status_code == 200
    assert reset(anybody, token) == 204
    assert client.get("/api/v1/lanes").status_code == 401
    sign_in(client, password=NEW)
    assert reset(anybody, token) == 422


def test_a_link_ends_by_time_by_a_newer_one_and_when_the_user_is_disabled(
    world: World, client: TestClient
) -> None:
    first, second = new_link(world), new_link(world)
    assert reset(client, first) == 422
    world.clock[0] += HOUR_MS
    assert reset(client, second) == 422
    world.clock[0] = NOW_MS
    third = new_link(world)
    with world.engine.begin() as connection:
        assert disable_user(connection, "dispatcher", BY_HAND)
    assert reset(client, third) == 422
    with world.engine.begin() as connection, pytest.raises(NoSuchUser):
        make_reset(connection, "dispatcher", HOUR_MS, BY_HAND)


def test_the_pages_show_it_and_keep_the_links_secret_out_of_addresses(
    world: World, client: TestClient
) -> None:
    moved = client.get("/account", follow_redirects=False)
    assert moved.headers["location"] == "/login?next=%2Faccount"
    sign_in(client)
    page = client.get("/account")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    for shown in ("testclient testclient", "account.js", 'data-path="account/password"'):
        assert shown in page.text
    anybody = TestClient(world.app).get("/reset")
    assert 'content="no-referrer"' in anybody.text
