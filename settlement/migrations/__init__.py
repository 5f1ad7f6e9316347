"""Schema versions, applied by `upgrade` on both engines."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from settlement.payouts.controls import add_rails
from settlement.payouts.rails import RAILS
from taigan.transactions import Database


def upgrade(database: Database) -> None:
    """Bring schema and list of rails to this version; a repeat changes nothing."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    database.run(lambda connection: add_rails(connection, RAILS))
