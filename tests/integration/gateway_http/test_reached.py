"""By which name this server is reached, from where it is watched, and what its answers keep."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.integration.gateway_http.conftest import SignIn
from tests.integration.gateway_http.world import PASSWORD, World, make_world

HTTPS = "https://taigan.example"


@pytest.fixture
def tls_world(tmp_path: Path) -> Iterator[World]:
    """Return a world behind a proxy with TLS, with another name and a port to watch it at."""
    world = make_world(
        tmp_path, public_url=HTTPS, allowed_hosts=["Gate.Yard.example"], watch_port=9080
    )
    yield world
    world.engine.dispose()


def code(world: World, path: str, base_url: str, **headers: str) -> int:
    return TestClient(world.app, base_url=base_url, headers=headers).get(path).status_code


@pytest.mark.parametrize(
    "name",
    [
        "taigan.example",
        "TAIGAN.example:443",
        "gate.yard.example",
        "localhost:8080",
        "192.0.2.7",
        "[::1]:8080",
    ],
)
def test_it_is_reached_by_its_names_and_addresses(tls_world: World, name: str) -> None:
    assert code(tls_world, "/login", HTTPS, Host=name) == 200


@pytest.mark.parametrize(
    "name", ["evil.example", "taigan.example.evil.example", "", "192.0.2.7.evil.example"]
)
def test_under_any_other_name_nothing_is_served(tls_world: World, name: str) -> None:
    client = TestClient(tls_world.app, base_url=HTTPS, headers={"Host": name})
    answer = client.get("/login")
    assert (answer.status_code, answer.json()["type"]) == (421, "urn:taigan:problem:wrong_host")
    assert "http.allowed_hosts" in answer.json()["detail"]
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    body = {"username": "viewer", "password": PASSWORD}
    assert client.post("/api/v1/sessions", json=body).status_code == 421
    assert client.get("/healthz").status_code == 200
    assert client.post("/api/v1/callbacks/settlement").status_code == 401


def test_what_watches_it_has_a_port_of_its_own(tls_world: World) -> None:
    for path in ("/readyz", "/metrics"):
        assert code(tls_world, path, HTTPS) == 404
        assert code(tls_world, path, "http://127.0.0.1:9080") == 200
    assert code(tls_world, "/healthz", "http://127.0.0.1:9080") == 200
    for path in ("/login", "/api/v1/lanes", "/openapi.json"):
        assert code(tls_world, path, "http://127.0.0.1:9080") == 404


def test_without_one_it_is_watched_from_its_own_machine_only(world: World) -> None:
    for address, wanted in (("127.0.0.1", 200), ("::1", 200), ("192.0.2.7", 404)):
        client = TestClient(world.app, client=(address, 5))
        assert [client.get(path).status_code for path in ("/readyz", "/metrics")] == [wanted] * 2
        assert client.get("/healthz").status_code == 200


def test_over_tls_the_session_is_of_this_host_alone(tls_world: World) -> None:
    client = TestClient(tls_world.app, base_url=HTTPS)
    answer = client.post("/api/v1/sessions", json={"username": "viewer", "password": PASSWORD})
    session, device = answer.headers.get_list("set-cookie")
    assert session.startswith("__Host-taigan_session=")
    assert all("Secure" in cookie for cookie in (session, device))
    assert "Path=/;" in session
    assert "Domain" not in session
    assert client.get("/api/v1/account/sessions").status_code == 200
    ended = client.delete("/api/v1/sessions/current").headers["set-cookie"]
    assert ended.startswith('__Host-taigan_session=""')
    assert "Secure" in ended
    assert client.get("/api/v1/account/sessions").status_code == 401


def test_over_tls_browsers_are_told_to_stay_there(tls_world: World, client: TestClient) -> None:
    answer = TestClient(tls_world.app, base_url=HTTPS).get("/login")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in client.get("/login").headers


def test_nobody_keeps_an_answer_that_names_people(client: TestClient, signed_in: SignIn) -> None:
    finance = signed_in("finance")
    for path in ("/api/v1/drivers", "/api/v1/audit/export", "/api/v1/nothing"):
        headers = finance.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-opener-policy"] == "same-origin"
    assert client.get("/api/v1/drivers").headers["cache-control"] == "no-store"
