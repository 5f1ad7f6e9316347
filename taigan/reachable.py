"""What a server's command cannot do without ends it with a line when missing, not a traceback."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from taigan.exit_codes import FAILED, UNREACHABLE
from taigan.schema import Schema
from taigan.terminal import fail
from taigan.web_server import CannotListen, listen

_MEANINGS: Final = {
    "no password supplied": "password missing",
    "password authentication failed": "wrong user or password",
    "Peer authentication failed": "peer authentication failed: run as the database's user",
    "permission denied for schema": "may not make tables; its owner may: `migrate` as taigan-owner",
}


@contextmanager
def reachable(engine: Engine, config: Path) -> Iterator[None]:
    """End the command if the database of these settings does not answer, or answers with no."""
    try:
        yield
    except DBAPIError as error:
        code = UNREACHABLE if isinstance(error, OperationalError) else FAILED
        fail(f"{config}: database.url: {trouble(engine.url, error)}", code)


def trouble(url: URL, error: DBAPIError) -> str:
    """Return in one line what is wrong with a database; never its password."""
    host = f" at {url.host}" if url.host else ""
    port = f":{url.port}" if url.port else ""
    said = " ".join(str(error.orig).split())
    meaning = next((text for part, text in _MEANINGS.items() if part in said), None)
    return f"database {url.database}{host}{port}: {meaning or said}"


def need_schema(schema: Schema, config: Path, command: str) -> None:
    """End the command if migrations are missing; `command` is what makes them."""
    if schema.is_behind:
        fail(f"{config}: database.url: {schema}: run `{command}`")


def take_port(host: str, port: int, config: Path, setting: str = "http.port") -> socket.socket:
    """Return the listening socket of a server, or end: the port may be free at the next try."""
    try:
        return listen(host, port)
    except CannotListen as error:
        fail(f"{config}: {setting}: {error}")
