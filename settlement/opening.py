"""What the commands share: their options, and the settings and database that they open."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` and `price` start fast

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from taigan.exit_codes import WRONG_SETTINGS
from taigan.terminal import fail

if TYPE_CHECKING:
    from settlement.services import Services
    from taigan.transactions import Database

DEFAULT_CONFIG: Final = Path("/etc/taigan/settlement.toml")

ConfigFile = Annotated[Path, typer.Option("--config", help="Settings (TOML).")]
EnvFile = Annotated[
    Path | None, typer.Option("--env-file", help="Secrets; by default beside the settings.")
]


def open_all(config: Path, env_file: Path | None) -> "Services":
    """Return everything that the settings describe, or end with what is wrong with them."""
    from settlement.config import Settings
    from settlement.payouts.rails.rail import RailNotSetUp
    from settlement.services import open_services
    from taigan.logs import configure_logs
    from taigan.terminal import read_settings

    configure_logs({"uvicorn.error": logging.INFO})
    settings = read_settings(config, Settings, env_file)
    try:
        return open_services(settings)
    except RailNotSetUp as error:
        fail(f"{config}: {error}", WRONG_SETTINGS)


def need_database(config: Path, services: "Services") -> None:
    """End the command if the database does not answer, or lacks tables."""
    from settlement.migrations import schema
    from taigan.reachable import need_schema, reachable

    with reachable(services.database.engine, config):
        need_schema(schema(services.database), config, "taigan-settlement migrate")


@contextmanager
def services_of(config: Path, env_file: Path | None) -> Iterator["Services"]:
    """Yield everything that the settings describe; a database that fails ends in a line."""
    from taigan.reachable import reachable

    services = open_all(config, env_file)
    with closing(services.database):
        need_database(config, services)
        with reachable(services.database.engine, config):
            yield services


@contextmanager
def database_of(config: Path, env_file: Path | None) -> Iterator["Database"]:
    """Yield the database alone: no other secret is needed. One that fails ends in a line."""
    from settlement.config import DatabaseAlone
    from taigan.reachable import reachable
    from taigan.terminal import read_settings
    from taigan.transactions import Database

    url = read_settings(config, DatabaseAlone, env_file).database.url
    with closing(Database(url)) as database, reachable(database.engine, config):
        yield database
