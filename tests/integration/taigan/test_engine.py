"""Engines of both databases."""

import pytest
from sqlalchemy import text

from taigan.engine import open_engine
from tests.services.postgres import fresh_database


@pytest.mark.postgres
def test_what_the_address_says_itself_holds_beside_ours(postgres_address: str) -> None:
    """An installation that keeps a schema of its own must not wake up in an empty one."""
    with fresh_database(postgres_address) as url:
        engine = open_engine(f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3Dyard")
        with engine.begin() as connection:
            asked = ("search_path", "lock_timeout", "synchronous_commit")
            found = [connection.execute(text(f"SHOW {name}")).scalar() for name in asked]
        engine.dispose()
    assert found == ["yard", "30s", "on"]
