"""Real services shared by the whole run: started once, on free ports, gone afterwards."""

from collections.abc import Iterator

import pytest

from tests.services.postgres import private_postgres


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """Yield `host:port` of a PostgreSQL server of our own."""
    with private_postgres() as address:
        yield address
