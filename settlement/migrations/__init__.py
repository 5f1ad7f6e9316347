"""Schema versions, applied by `upgrade` on both engines."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from taigan.transactions import Database


def upgrade(database: Database) -> None:
    """Bring the schema to the newest version; a repeat changes nothing."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
