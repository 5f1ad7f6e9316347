"""Signing in, staying in, and being signed out."""

import pytest
from starlette.testclient import TestClient

from gateway.auth import door
from gateway.auth.attempts import OF_NAME_AT_PLACE_MAX
from gateway.auth.door import SIGN_IN, STRANGERS_MAX, WINDOW_MS
from gateway.auth.people import add_user, disable_user, set_password
from gateway.auth.tables import sessions
from gateway.trail.service import By
from tests.integration.gateway_http.conftest import SignIn, on_both
from tests.integration.gateway_http.world import PASSWORD, World

BY_HAND = By("root@server", 1)
HOUR_MS = 3_600_000


def sign_in(client: TestClient, **changed: str) -> TestClient:
    credentials = {"username": "dispatcher", "password": PASSWORD} | changed
    answer = client.post("/api/v1/sessions", json=credentials)
    assert answer.status_code == 201, answer.text
    return client


def test_a_token_opens_the_api_and_the_database_has_only_its_hash(
    world: World, client: TestClient
) -> None:
    answer = client.post("/api/v1/sessions", json={"username": "viewer", "password": PASSWORD})
    assert answer.status_code == 201
    body = answer.json()
    assert body["user"]["role"] == "viewer"
    assert body["user"]["permissions"] == ["look"]
    fresh = TestClient(world.app, headers={"Authorization": f"Bearer {body['token']}"})
    assert fresh.get("/api/v1/sessions/current").json()["username"] == "viewer"
    with world.engine.begin() as connection:
        stored = connection.execute(sessions.select()).one()
    assert body["token"] not in str(stored)


def test_a_browser_gets_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    answer = client.post("/api/v1/sessions", json={"username": "viewer", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert client.get("/api/v1/lanes").status_code == 200


def test_wrong_password_and_unknown_user_get_the_same_answer(client: TestClient) -> None:
    answers = [
        client.post("/api/v1/sessions", json={"username": name, "password": "wrong password"})
        for name in ("viewer", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_after_too_many_attempts_a_stranger_waits_and_a_known_device_does_not(
    world: World, client: TestClient
) -> None:
    desk = sign_in(TestClient(world.app), username="viewer")
    desk.delete("/api/v1/sessions/current")
    wrong = {"username": "viewer", "password": "x"}
    codes = [
        client.post("/api/v1/sessions", json=wrong).status_code for _ in range(OF_NAME_AT_PLACE_MAX)
    ]
    assert codes == [401] * OF_NAME_AT_PLACE_MAX
    right = {"username": "viewer", "password": PASSWORD}
    answer = client.post("/api/v1/sessions", json=right)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) == 60
    sign_in(desk, username="viewer")


def test_too_many_strangers_are_turned_away_unread_and_a_known_device_is_not(
    world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady_ms = [0]
    monkeypatch.setattr(door, "steady_ms", lambda: steady_ms[0])
    desk = sign_in(TestClient(world.app))
    codes = [client.post(SIGN_IN, content=b"{").status_code for _ in range(STRANGERS_MAX)]
    assert codes == [422] * (STRANGERS_MAX - 1) + [429]
    answer = client.post(SIGN_IN, content=b"{")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert answer.json()["type"] == "urn:taigan:problem:too_many_requests"
    assert answer.headers["x-content-type-options"] == "nosniff"
    sign_in(desk)
    assert client.get("/healthz").status_code == 200
    steady_ms[0] += WINDOW_MS
    assert client.post(SIGN_IN, content=b"{").status_code == 422


def test_the_device_is_remembered_for_signing_in_and_nothing_else(client: TestClient) -> None:
    answer = client.post("/api/v1/sessions", json={"username": "viewer", "password": PASSWORD})
    session, device = answer.headers.get_list("set-cookie")
    assert session.startswith("taigan_session=")
    assert device.startswith("taigan_device=")
    for part in ("HttpOnly", "SameSite=strict", "Path=/api/v1/sessions"):
        assert part in device
    remembered = {"Cookie": device.partition(";")[0]}
    assert TestClient(client.app).get("/api/v1/lanes", headers=remembered).status_code == 401


def test_a_session_ends_when_it_is_not_used(world: World, client: TestClient) -> None:
    sign_in(client)
    idle_ms = int(world.settings.auth.idle_hours * HOUR_MS)
    world.clock[0] += idle_ms - 1
    assert client.get("/api/v1/lanes").status_code == 200
    world.clock[0] += idle_ms - 1
    assert client.get("/api/v1/lanes").status_code == 200
    world.clock[0] += idle_ms
    assert client.get("/api/v1/lanes").status_code == 401


def test_a_session_ends_after_its_day_however_much_it_is_used(
    world: World, client: TestClient
) -> None:
    sign_in(client)
    for _ in range(int(world.settings.auth.absolute_hours) - 1):
        world.clock[0] += HOUR_MS
        assert client.get("/api/v1/lanes").status_code == 200
    world.clock[0] += HOUR_MS
    assert client.get("/api/v1/lanes").status_code == 401


def test_signing_out_ends_the_session_on_the_server(world: World, client: TestClient) -> None:
    sign_in(client)
    token = client.cookies["taigan_session"]
    assert client.delete("/api/v1/sessions/current").status_code == 204
    thief = TestClient(world.app, headers={"Authorization": f"Bearer {token}"})
    assert thief.get("/api/v1/lanes").status_code == 401


def test_another_site_cannot_use_a_browsers_cookie(client: TestClient) -> None:
    sign_in(client)
    body = {"plate": "蒙A00001", "axles": 6, "gross_max_kg": 49000}
    foreign = {"Origin": "https://evil.example"}
    assert client.post("/api/v1/vehicles", json=body, headers=foreign).status_code == 403
    framed = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/api/v1/vehicles", json=body, headers=framed).status_code == 403
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/v1/vehicles", json=body, headers=own).status_code == 201


def test_an_origin_that_is_no_address_is_refused_and_no_failure(client: TestClient) -> None:
    for origin in ("http://[", "null", ""):
        answer = client.post("/api/v1/sessions", json={}, headers={"Origin": origin})
        assert answer.status_code == 422
        credentials = {"username": "viewer", "password": PASSWORD}
        answer = client.post("/api/v1/sessions", json=credentials, headers={"Origin": origin})
        assert answer.status_code == 403


@on_both
def test_a_name_that_no_database_can_hold_is_an_answer_and_no_failure(client: TestClient) -> None:
    answer = client.post("/api/v1/sessions", json={"username": "a\x00", "password": PASSWORD})
    assert answer.status_code in {401, 422}
    assert "SELECT" not in answer.text


def test_a_bearer_token_needs_no_origin(signed_in: SignIn) -> None:
    body = {"plate": "蒙A00001", "axles": 6, "gross_max_kg": 49000}
    headers = {"Origin": "https://elsewhere.example"}
    answer = signed_in("dispatcher").post("/api/v1/vehicles", json=body, headers=headers)
    assert answer.status_code == 201


def test_made_up_tokens_open_nothing(client: TestClient) -> None:
    for header in ("Bearer ", "Bearer x", "Basic eDp5", "bearer " + "a" * 5000):
        answer = client.get("/api/v1/lanes", headers={"Authorization": header})
        assert answer.status_code == 401


def test_a_user_added_on_the_server_can_sign_in(world: World, client: TestClient) -> None:
    with world.engine.begin() as connection:
        assert add_user(connection, "li.wei", "finance", PASSWORD, BY_HAND)
        assert not add_user(connection, "li.wei", "admin", PASSWORD, BY_HAND)
    answer = client.post("/api/v1/sessions", json={"username": "li.wei", "password": PASSWORD})
    assert answer.json()["user"]["role"] == "finance"


@pytest.mark.parametrize(
    ("username", "role", "password"),
    [
        ("", "viewer", PASSWORD),
        ("a b", "viewer", PASSWORD),
        ("x", "boss", PASSWORD),
        ("x", "viewer", "short"),
    ],
)
def test_what_cannot_be_a_user_is_refused(
    world: World, username: str, role: str, password: str
) -> None:
    with (
        world.engine.begin() as connection,
        pytest.raises(ValueError, match=r"user name|Role|8 to 200"),
    ):
        add_user(connection, username, role, password, BY_HAND)


def test_who_is_disabled_is_out_at_once_and_stays_out(world: World, client: TestClient) -> None:
    sign_in(client)
    with world.engine.begin() as connection:
        open_sessions = connection.execute(sessions.select()).all()
        assert disable_user(connection, "dispatcher", BY_HAND)
    assert client.get("/api/v1/lanes").status_code == 401
    right = {"username": "dispatcher", "password": PASSWORD}
    assert client.post("/api/v1/sessions", json=right).status_code == 401
    with world.engine.begin() as connection:  # a sign-in that was under way when he was disabled
        connection.execute(sessions.insert(), [row._asdict() for row in open_sessions])
    assert client.get("/api/v1/lanes").status_code == 401


def test_a_new_password_ends_the_sessions_of_the_old_one(world: World, client: TestClient) -> None:
    sign_in(client)
    with world.engine.begin() as connection:
        assert set_password(connection, "dispatcher", "quite another", BY_HAND)
    assert client.get("/api/v1/lanes").status_code == 401
    sign_in(client, password="quite another")
