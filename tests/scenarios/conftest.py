"""Fixtures of the whole-system tests."""

from collections.abc import Iterator

import pytest

from tests.services.production import Production


@pytest.fixture(scope="module")
def production(postgres_address: str) -> Iterator[Production]:
    """Yield a maker of options for systems on PostgreSQL and Mosquitto."""
    made = Production(postgres_address)
    with made.closing:
        yield made
