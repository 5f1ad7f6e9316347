"""Both databases, freshly migrated, for every gateway test that asks for `engine`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.db import open_engine
from gateway.migrations import upgrade
from tests.integration.gateway.driving import Gateway
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
