"""Both databases, freshly migrated, for every gateway test that asks for `engine`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.migrations import upgrade
from taigan.engine import open_engine
from tests.integration.gateway.air import USERS, Air, embedded_mqtt, external_mqtt, on_air
from tests.integration.gateway.driving import Gateway
from tests.services.mosquitto import Mosquitto, private_mosquitto
from tests.services.postgres import fresh_database, private_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with private_postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'gateway.db'}"
        return
    with fresh_database(request.getfixturevalue("postgres")) as database_url:
        yield database_url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def gateway(engine: Engine) -> Gateway:
    return Gateway(engine)


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'gateway.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres: str) -> Iterator[Engine]:
    with fresh_database(postgres) as database_url:
        engine = open_engine(database_url)
        upgrade(engine)
        yield engine
        engine.dispose()


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
