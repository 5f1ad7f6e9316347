"""The real application over SQLite, signed in as any role."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.auth.sessions import open_session
from tests.integration.gateway_http.world import (
    World,
    add_master_data,
    make_world,
    name_id,
    open_world,
)
from tests.services.postgres import fresh_database

on_both = pytest.mark.parametrize(
    "world", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)

SignIn = Callable[[str], TestClient]


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with users and master data, to be copied: making one takes a while."""
    directory = tmp_path_factory.mktemp("filled")
    fill(directory)
    return directory / "gateway.db"


@pytest.fixture(scope="session")
def filled_database(
    postgres_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Yield the URL of the same on PostgreSQL."""
    with fresh_database(postgres_address) as url:
        fill(tmp_path_factory.mktemp("filled"), url)
        yield url


def fill(directory: Path, url: str | None = None) -> None:
    made = make_world(directory, url=url)
    add_master_data(made)
    made.engine.dispose()


@pytest.fixture
def sqlite_url(filled_file: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(filled_file, tmp_path)}"


@pytest.fixture
def postgresql_url(postgres_address: str, filled_database: str) -> Iterator[str]:
    with fresh_database(postgres_address, copy_of=filled_database) as url:
        yield url


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return a world on SQLite; on PostgreSQL too for tests marked with `on_both`."""
    url = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")
    opened = open_world(tmp_path, url=url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def client(world: World) -> TestClient:
    """Return a client that is not signed in."""
    return TestClient(world.app)


@pytest.fixture
def signed_in(world: World) -> SignIn:
    """Return what makes a client of a role, by bearer token."""

    def sign_in(role: str) -> TestClient:
        token = f"token of {role}"
        now_ms = world.clock[0]
        with world.engine.begin() as connection:
            open_session(
                connection, name_id(role), token, now_ms=now_ms, expires_ms=now_ms + 3_600_000
            )
        return TestClient(world.app, headers={"Authorization": f"Bearer {token}"})

    return sign_in


@pytest.fixture
def admin(signed_in: SignIn) -> TestClient:
    return signed_in("admin")


@pytest.fixture
def viewer(signed_in: SignIn) -> TestClient:
    return signed_in("viewer")
