"""Schema versions, applied by `upgrade` on both engines."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from settlement.payouts.controls import add_rails
from settlement.payouts.rails import RAILS
from settlement.witness import NEEDED, RULES
from taigan.rights import narrow
from taigan.schema import Schema, read_schema
from taigan.transactions import Database
from taigan.witness import hold, lift

_FOLDER: Final = Path(__file__).parent


def schema(database: Database) -> Schema:
    """Return which revision the database is at; changes nothing."""
    with database.engine.connect() as connection:
        return read_schema(connection, _FOLDER)


def upgrade(database: Database) -> None:
    """Bring schema, triggers, rights and rails to this version; a repeat changes nothing."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with database.engine.connect() as connection:
        if read_schema(connection, _FOLDER).is_behind:
            lift(connection)  # a migration may have to edit what they keep
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    database.run(_complete)


def _complete(connection: Connection) -> None:
    add_rails(connection, RAILS)
    hold(connection, RULES)
    narrow(connection, NEEDED)
