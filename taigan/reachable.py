"""A database that does not answer ends a command with a line, not with a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from taigan.exit_codes import UNREACHABLE
from taigan.terminal import fail


@contextmanager
def reachable(engine: Engine, config: Path) -> Iterator[None]:
    """End the command with UNREACHABLE if the database of these settings does not answer."""
    try:
        yield
    except OperationalError as error:
        fail(f"{config}: database.url: {engine.url}: {error.orig}", UNREACHABLE)
