"""Every role at every endpoint. The list of endpoints comes from the application itself."""

import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from gateway.auth.roles import Role
from gateway.auth.sessions import open_session
from tests.integration.gateway_http.page_roles import LOWEST_OF_PAGES
from tests.integration.gateway_http.world import World, name_id, open_world

NOBODY: Final = "nobody"
RANKS: Final = [NOBODY, *(role.value for role in Role)]

LOWEST: Final = {
    # Reachable without a session, each for a reason: a signature, nothing secret, or a redirect.
    ("POST", "/api/v1/sessions"): NOBODY,
    ("POST", "/api/v1/callbacks/settlement"): NOBODY,
    ("GET", "/openapi.json"): NOBODY,
    ("GET", "/healthz"): NOBODY,
    ("GET", "/readyz"): NOBODY,
    ("GET", "/metrics"): NOBODY,
    ("GET", "/r/{ticket_id}"): NOBODY,
    ("GET", "/r/{ticket_id}/state"): NOBODY,
    ("GET", "/login"): NOBODY,
    ("GET", "/account"): NOBODY,
    ("GET", "/reset"): NOBODY,
    ("POST", "/api/v1/account/reset"): NOBODY,
    # Everything else.
    ("GET", "/api/v1/sessions/current"): "viewer",
    ("DELETE", "/api/v1/sessions/current"): "viewer",
    ("POST", "/api/v1/account/password"): "viewer",
    ("PUT", "/api/v1/account/second-factor"): "viewer",
    ("GET", "/api/v1/account/sessions"): "viewer",
    ("DELETE", "/api/v1/account/sessions"): "viewer",
    ("DELETE", "/api/v1/account/sessions/{session_id}"): "viewer",
    ("GET", "/api/v1/stream"): "viewer",
    ("GET", "/api/v1/summary"): "viewer",
    ("GET", "/api/v1/alarms"): "viewer",
    ("POST", "/api/v1/alarms/{alarm_id}/close"): "dispatcher",
    ("GET", "/api/v1/tickets"): "viewer",
    ("GET", "/api/v1/tickets/{ticket_id}"): "viewer",
    ("GET", "/api/v1/tickets/{ticket_id}/curve"): "viewer",
    ("POST", "/api/v1/tickets/{ticket_id}/settlement"): "finance",
    ("POST", "/api/v1/tickets/{ticket_id}/receipt/revocation"): "finance",
    ("GET", "/api/v1/stops"): "viewer",
    ("GET", "/api/v1/lanes/current"): "viewer",
    ("GET", "/api/v1/decisions"): "viewer",
    ("POST", "/api/v1/stops/{stop_id}/commands"): "dispatcher",
    ("POST", "/api/v1/stops/{stop_id}/booking"): "dispatcher",
    ("GET", "/api/v1/stops/{stop_id}/order"): "dispatcher",
    ("PUT", "/api/v1/stops/{stop_id}/order"): "dispatcher",
    ("POST", "/api/v1/stops/{stop_id}/end"): "dispatcher",
    ("GET", "/api/v1/audit/export"): "finance",
    ("GET", "/api/v1/audit/head"): "finance",
} | {
    cell: lowest
    for name, editor, key in [
        ("yards", "admin", "/{id}"),
        ("lanes", "admin", "/{yard_id}/{id}"),
        ("vehicles", "dispatcher", "/{id}"),
        ("orders", "dispatcher", "/{id}"),
        ("drivers", "finance", "/{id}"),
        ("cards", "finance", "/{id}"),
        ("contracts", "finance", "/{id}"),
    ]
    for cell, lowest in {
        ("GET", f"/api/v1/{name}"): "viewer",
        ("POST", f"/api/v1/{name}"): editor,
        ("GET", f"/api/v1/{name}{key}"): "viewer",
        ("PATCH", f"/api/v1/{name}{key}"): editor,
    }.items()
}


def test_the_table_has_a_line_for_every_endpoint_and_no_other(world: World) -> None:
    routes = {
        (method, context.path)
        for context in iter_route_contexts(world.app.routes)
        for method in context.methods or ()
        if method != "HEAD"
    }
    assert routes == set(LOWEST) | {("GET", path) for path in LOWEST_OF_PAGES}


@pytest.fixture(scope="module")
def site(filled_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return one world for all cells: what a cell may do finds nothing to do it to."""
    directory = tmp_path_factory.mktemp("matrix")
    shutil.copy(filled_file, directory)
    opened = open_world(directory)
    opened.hub.close()  # so that the stream ends by itself
    yield opened
    opened.engine.dispose()


def client_of(site: World, rank: str) -> TestClient:
    if rank == NOBODY:
        return TestClient(site.app)
    token = secrets.token_hex()
    at = site.clock[0]
    with site.engine.begin() as connection:
        open_session(connection, name_id(rank), token, now_ms=at, expires_ms=at + 1000)
    return TestClient(site.app, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize(("method", "path"), sorted(LOWEST))
def test_each_cell(site: World, method: str, path: str, rank: str) -> None:
    answer = client_of(site, rank).request(method, _filled(path), json={}, follow_redirects=False)
    kind = _kind(answer.headers.get("content-type", ""), answer.text)
    if RANKS.index(rank) >= RANKS.index(LOWEST[method, path]):
        assert answer.status_code not in {405, 500, 503}
        assert kind not in {"unauthenticated", "forbidden"}
    else:
        wanted = (401, "unauthenticated") if rank == NOBODY else (403, "forbidden")
        assert (answer.status_code, kind) == wanted


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("path", LOWEST_OF_PAGES)
def test_each_page(site: World, path: str, rank: str) -> None:
    answer = client_of(site, rank).get(path, follow_redirects=False)
    if rank == NOBODY:
        login = "/login" if path == "/" else f"/login?next={quote(path, safe='')}"
        assert (answer.status_code, answer.headers["location"]) == (303, login)
    elif RANKS.index(rank) >= RANKS.index(LOWEST_OF_PAGES[path]):
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    else:
        kind = _kind(answer.headers["content-type"], answer.text)
        assert (answer.status_code, kind) == (403, "forbidden")


def _filled(path: str) -> str:
    values = {"{yard_id}": "mine", "{language}": "en"}
    for name in ("{id}", "{ticket_id}", "{stop_id}", "{alarm_id}", "{session_id}"):
        values[name] = name_id("nothing")
    for name, value in values.items():
        path = path.replace(name, value)
    return path


def _kind(content_type: str, text: str) -> str:
    if content_type != "application/problem+json":
        return ""
    kind: str = json.loads(text)["type"]
    return kind.removeprefix("urn:taigan:problem:")
