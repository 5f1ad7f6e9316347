"""Without its database a gateway says so on /readyz, as it says everything there, and the rest."""

from typing import Any

from starlette.testclient import TestClient

from gateway.app import create_app
from gateway.core import FORGOTTEN
from taigan.readiness import Look
from tests.integration.gateway_http.conftest import on_both
from tests.integration.gateway_http.world import World
from tests.services.lost_database import away, locked

DATABASE = "the database does not answer: "


def sending(connection: Any) -> str | None:
    return f"{count} tickets" if (count := FORGOTTEN.sending(connection)) else None


def answer(world: World, look: Look = sending) -> tuple[int, Any]:
    """Return what a gateway answers that has no broker and looks at its outbox."""
    checks = {"mqtt": lambda: "not connected"}
    parts = (world.settings, world.engine, world.hub, world.outgoing)
    app = create_app(*parts, checks=checks, looks={"settlement": look})
    found = TestClient(app, raise_server_exceptions=False).get("/readyz")
    return found.status_code, found.json()


def must_name_the_database(world: World) -> None:
    status, body = answer(world)
    assert status == 503
    assert body["reasons"].pop("database").startswith(DATABASE)
    reasons = {"mqtt": "not connected"}
    assert body == {"status": "unready", "reasons": reasons, "attention": {}}


@on_both
def test_a_database_that_is_away(world: World) -> None:
    with away(world.engine):
        must_name_the_database(world)
    assert "database" not in answer(world)[1]["reasons"]


@on_both
def test_a_database_that_another_has_locked(world: World) -> None:
    with locked(world.engine, "outbox"):
        must_name_the_database(world)
    assert "database" not in answer(world)[1]["reasons"]


@on_both
def test_a_database_without_its_tables(world: World) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE alarms RENAME TO gone")
    must_name_the_database(world)


def test_what_stands_in_the_database_is_a_reason(world: World) -> None:
    _, body = answer(world, lambda _: "forgot 2 tickets")
    reasons = {"mqtt": "not connected", "settlement": "forgot 2 tickets"}
    assert body == {"status": "unready", "reasons": reasons, "attention": {}}
