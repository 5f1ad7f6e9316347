"""Both databases, freshly migrated, for every gateway test that asks for `engine`."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.migrations import upgrade
from taigan.engine import open_engine
from tests.integration.gateway.air import USERS, Air, embedded_mqtt, external_mqtt, on_air
from tests.integration.gateway.driving import Gateway
from tests.services.mosquitto import Mosquitto, private_mosquitto
from tests.services.postgres import fresh_database

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated database, to be copied: to migrate one takes many times as long."""
    file = tmp_path_factory.mktemp("migrated") / "gateway.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_database(postgres_address: str) -> Iterator[str]:
    """Yield the URL of the same on PostgreSQL."""
    with fresh_database(postgres_address) as database_url:
        migrate(database_url)
        yield database_url


def migrate(database_url: str) -> None:
    engine = open_engine(database_url)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database in which nothing was ever made."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'gateway.db'}"
        return
    with fresh_database(request.getfixturevalue("postgres_address")) as database_url:
        yield database_url


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"


@pytest.fixture
def postgresql_url(postgres_address: str, migrated_database: str) -> Iterator[str]:
    with fresh_database(postgres_address, copy_of=migrated_database) as database_url:
        yield database_url


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a migrated database."""
    copied: str = request.getfixturevalue(f"{request.param}_url")
    return copied


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    with opened(url) as engine:
        yield engine


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    with opened(sqlite_url) as engine:
        yield engine


@pytest.fixture
def postgres_engine(postgresql_url: str) -> Iterator[Engine]:
    with opened(postgresql_url) as engine:
        yield engine


@contextmanager
def opened(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def gateway(engine: Engine) -> Gateway:
    return Gateway(engine)


@pytest.fixture
def mosquitto() -> Iterator[Mosquitto]:
    with private_mosquitto(USERS) as broker:
        yield broker


@pytest.fixture(
    params=[
        "embedded",
        pytest.param("mosquitto", marks=[pytest.mark.mosquitto, pytest.mark.postgres]),
    ]
)
def air(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Air]:
    """One box with SQLite and the embedded broker, and the larger form with PostgreSQL."""
    if request.param == "embedded":
        engine, mqtt = request.getfixturevalue("sqlite_engine"), embedded_mqtt(tmp_path)
    else:
        engine = request.getfixturevalue("postgres_engine")
        mqtt = external_mqtt(request.getfixturevalue("mosquitto"))
    with on_air(engine, mqtt, tmp_path) as running:
        yield running
