"""The database's history, and how to bring any database to its newest state."""

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from gateway.audit import tables as _audit
from gateway.auth import tables as _auth
from gateway.db import metadata
from gateway.http import tables as _http
from gateway.notify import tables as _notify
from gateway.outbox import tables as _outbox
from gateway.records import tables as _records
from gateway.registry import tables as _registry
from gateway.tickets import tables as _tickets
from gateway.trail import tables as _trail
from gateway.witness import NEEDED, RULES
from taigan.rights import narrow
from taigan.schema import Schema, read_schema
from taigan.witness import hold, lift

__all__ = ["metadata", "schema", "upgrade"]

_TABLES_OF = (_audit, _auth, _http, _notify, _outbox, _records, _registry, _tickets, _trail)
"""Imported so that `metadata` is whole wherever migrations run."""

_UPGRADE_LOCK = 0x7461696761


def upgrade(engine: Engine) -> None:
    """Bring tables, triggers and rights to this version, in one transaction; repeatable."""
    with as_file(files(__name__)) as folder, engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # replicas start together
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
        if read_schema(connection, folder).is_behind:
            lift(connection)  # a migration may have to edit what they keep
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        hold(connection, RULES)
        narrow(connection, NEEDED)


def schema(engine: Engine) -> Schema:
    """Return which revision the database is at; changes nothing."""
    with as_file(files(__name__)) as folder, engine.connect() as connection:
        return read_schema(connection, folder)
