"""What the commands share: their options, and the database that they open."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

import os
import platform
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.config import DatabaseAlone
from taigan.terminal import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from gateway.trail.service import By

DEFAULT_CONFIG: Final = Path("/etc/taigan/gateway.toml")

Config = Annotated[Path, typer.Option("--config", help="Settings (TOML).")]
EnvFile = Annotated[
    Path | None, typer.Option("--env-file", help="Secrets; by default beside the settings.")
]


def open_database(config: Path, url: str) -> "Engine":
    """Return the engine of a database that answers and has every table, or end with why not."""
    from gateway.migrations import schema
    from taigan.engine import open_engine
    from taigan.reachable import need_schema, reachable

    engine = open_engine(url)
    with reachable(engine, config):
        need_schema(schema(engine), config, "taigan-gateway migrate")
    return engine


@contextmanager
def transaction_of(config: Path, env_file: Path | None) -> Iterator["Connection"]:
    """Yield a transaction; no other secret is needed. A database that fails ends in a line."""
    from taigan.reachable import reachable

    engine = open_database(config, read_settings(config, DatabaseAlone, env_file).database.url)
    with reachable(engine, config), engine.begin() as connection:
        yield connection


_NAME_MAX: Final = 32
"""As long as a name in the database."""


def by_hand() -> "By":
    """Return who is at the terminal, and at which machine: no name that a user here can have."""
    from gateway.http.times import wall_ms
    from gateway.trail.service import By

    try:
        login = os.getlogin()  # stays who logged in, whoever the command is run as
    except OSError:  # no terminal
        login = pwd.getpwuid(os.getuid()).pw_name
    return By(f"{login}@{platform.node()}"[:_NAME_MAX], wall_ms())
