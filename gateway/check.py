"""`taigan-gateway check`: whether its database can be a witness. Changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from gateway.config import DatabaseAlone
from gateway.witness import NEEDED, OF_MIGRATIONS, RULES
from taigan.check_witness import Program, check_triggers, check_witness
from taigan.doctor import report
from taigan.engine import open_engine
from taigan.finding import Finding
from taigan.terminal import read_settings

PROGRAM: Final = Program(
    name="gateway",
    rules=RULES,
    named=OF_MIGRATIONS,
    needed=NEEDED,
    other="settlement",
    other_table="payouts",
)


def examine(config: Path, env_file: Path | None, *, as_json: bool) -> int:
    """Print a line for each check; return 1 if one fails."""
    url = read_settings(config, DatabaseAlone, env_file).database.url
    return report(check_witness(url, PROGRAM), as_json=as_json)


def triggers(url: str) -> Iterator[Finding]:
    """Tell of the triggers alone; nothing if the database cannot be read, which others tell."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            yield check_triggers(connection, PROGRAM)
    except DBAPIError:
        return
    finally:
        engine.dispose()
