"""The kill switch of each rail."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from settlement.tables import rails
from taigan.sql import insert_if_absent

_ADD_RAIL: Final = insert_if_absent(rails)
_NAMES: Final = select(rails.c.name).order_by(rails.c.name)
_SWITCHES: Final = select(rails.c.name, rails.c.paused, rails.c.reason).order_by(rails.c.name)
_SWITCHED: Final = select(rails.c.paused, rails.c.changed_ms).where(
    rails.c.name == bindparam("rail")
)
_SWITCH: Final = (
    update(rails)
    .where(rails.c.name == bindparam("rail"))
    .values(paused=bindparam("off"), reason=bindparam("why"), changed_ms=bindparam("now"))
)


def add_rails(connection: Connection, names: Iterable[str]) -> None:
    """Insert the rails that the database does not know yet, running; it keeps the others."""
    rows = [{"name": name, "paused": False, "reason": "", "changed_ms": 0} for name in names]
    connection.execute(_ADD_RAIL, rows)


def rail_names(connection: Connection) -> list[str]:
    """Return every rail that the database knows."""
    return list(connection.execute(_NAMES).scalars())


def switches(connection: Connection) -> list[tuple[str, bool, str]]:
    """Return (rail, whether it is paused, why) for every rail."""
    return [(name, bool(off), why) for name, off, why in connection.execute(_SWITCHES)]


def switched(connection: Connection, rail: str) -> tuple[bool, int]:
    """Return whether the rail's kill switch is on, and since when it is as it is."""
    paused, changed_ms = connection.execute(_SWITCHED, {"rail": rail}).one()
    return bool(paused), changed_ms


def switch(connection: Connection, rail: str, *, paused: bool, why: str, now_ms: int) -> None:
    """Set a rail's kill switch; raise LookupError for a rail that does not exist."""
    row = {"rail": rail, "off": paused, "why": why, "now": now_ms}
    if connection.execute(_SWITCH, row).rowcount != 1:
        raise LookupError(f"no rail {rail}")
