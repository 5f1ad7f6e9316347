"""Opening a page changes nothing, on both databases."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from gateway.auth.tables import users
from gateway.console.reading import reading
from tests.integration.gateway_http.conftest import on_both
from tests.integration.gateway_http.world import World

RENAMED = update(users).where(users.c.username == "viewer").values(username="somebody")


@on_both
def test_a_page_cannot_write(world: World) -> None:
    with reading(world.engine) as connection, pytest.raises(DBAPIError, match=r"read-?only"):
        connection.execute(RENAMED)
    with reading(world.engine) as connection:
        assert "viewer" in connection.execute(select(users.c.username)).scalars().all()


@on_both
def test_the_same_connection_writes_again_afterwards(world: World) -> None:
    for _ in range(3):
        with reading(world.engine) as connection:
            connection.execute(select(users.c.id)).all()
        with world.engine.begin() as connection:
            connection.execute(RENAMED)
            connection.rollback()


def test_a_page_that_fails_leaves_a_connection_that_writes(world: World) -> None:
    with pytest.raises(RuntimeError), reading(world.engine):
        raise RuntimeError
    with world.engine.begin() as connection:
        assert connection.execute(RENAMED).rowcount == 1
