"""An app beside the password: asked for at the door, once each code, and needed by some roles."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from gateway.app import create_app
from gateway.auth.second_factor import RECOVERY_CODES, forget
from gateway.auth.totp import STEP_MS, code_at, new_secret
from gateway.trail.service import By
from tests.integration.gateway_http.conftest import on_both
from tests.integration.gateway_http.world import NOW_MS, PASSWORD, World

SECRET = new_secret()


def code_now(world: World, secret: str = SECRET) -> str:
    return code_at(secret, world.clock[0] // STEP_MS)


def sign_in(world: World, code: str | None = None, name: str = "finance") -> tuple[int, Any]:
    body = {"username": name, "password": PASSWORD} | ({"code": code} if code else {})
    answer = TestClient(world.app).post("/api/v1/sessions", json=body)
    return answer.status_code, answer.json()


def client_of(world: World, body: Any) -> TestClient:
    return TestClient(world.app, headers={"Authorization": f"Bearer {body['token']}"})


def set_up(world: World, client: TestClient, app: str = SECRET, **changed: str) -> Any:
    given = {"current_password": PASSWORD, "secret": app, "code": code_now(world, app)}
    return client.put("/api/v1/account/second-factor", json=given | changed)


@pytest.fixture
def client(world: World) -> TestClient:
    """Return finance, signed in by password alone."""
    return client_of(world, sign_in(world)[1])


@on_both
def test_after_it_is_set_up_a_code_is_asked_for_and_each_is_used_once(
    world: World, client: TestClient
) -> None:
    answer = set_up(world, client)
    assert (answer.status_code, len(answer.json()["recovery_codes"])) == (200, RECOVERY_CODES)
    status, body = sign_in(world)
    assert (status, body["type"]) == (401, "urn:taigan:problem:second_factor")
    status, body = sign_in(world, "000000")
    assert (status, body["type"]) == (401, "urn:taigan:problem:wrong_password")
    assert sign_in(world, code_now(world))[0] == 201
    assert sign_in(world, code_now(world))[0] == 401
    world.clock[0] += STEP_MS
    assert sign_in(world, code_now(world))[0] == 201
    paper = answer.json()["recovery_codes"][3]
    assert [sign_in(world, paper)[0] for _ in range(2)] == [201, 401]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"current_password": "not this one"}, "current_password"),
        ({"code": "000000"}, "code"),
        ({"code": "x"}, "code"),
        ({"secret": "short"}, "secret"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_set_up(
    world: World, client: TestClient, changed: dict[str, str], field: str
) -> None:
    answer = set_up(world, client, **changed)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert sign_in(world)[0] == 201


def test_another_app_needs_the_earlier_ones_code(world: World, client: TestClient) -> None:
    alone = client_of(world, sign_in(world)[1])
    assert set_up(world, client).status_code == 200
    other = new_secret()
    assert set_up(world, alone, other).status_code == 403
    assert set_up(world, client, other).status_code == 200
    assert sign_in(world, code_now(world, other))[0] == 201


def test_a_lost_phone_is_forgotten_on_the_server(world: World, client: TestClient) -> None:
    set_up(world, client)
    with world.engine.begin() as connection:
        assert forget(connection, "finance", By("root@server", NOW_MS))
        assert not forget(connection, "nobody", By("root@server", NOW_MS))
    assert client.get("/api/v1/lanes").status_code == 401
    assert sign_in(world)[0] == 201


@pytest.fixture
def strict(world: World) -> World:
    """Return a world in which finance needs a second factor."""
    auth = world.settings.auth.model_copy(update={"second_factor_roles": ("finance",)})
    settings = world.settings.model_copy(update={"auth": auth})
    world.app = create_app(
        settings, world.engine, world.hub, world.outgoing, now_ms=lambda: world.clock[0]
    )
    return world


def test_a_role_that_needs_it_may_only_look_until_it_is_set_up(strict: World) -> None:
    _, body = sign_in(strict)
    assert body["user"]["needs_second_factor"]
    assert body["user"]["permissions"] == ["look"]
    client = client_of(strict, body)
    refused = client.get("/api/v1/audit/export")
    assert refused.status_code == 403
    assert "without a second factor" in refused.json()["detail"]
    assert "**" in client.get("/api/v1/drivers").json()["items"][0]["account"]
    assert "may only look" in client.get("/account", headers={"Accept-Language": "en"}).text
    assert set_up(strict, client).status_code == 200
    assert client.get("/api/v1/audit/export").status_code == 200
    assert (
        client_of(strict, sign_in(strict, code_now(strict))[1])
        .get("/api/v1/audit/export")
        .status_code
        == 200
    )
    assert not sign_in(strict, name="viewer")[1]["user"]["needs_second_factor"]


def test_the_account_page_shows_a_code_to_scan(client: TestClient) -> None:
    page = client.get("/account").text
    assert "<svg" in page
    assert 'id="factor"' in page
