"""What replaces a signature: the kill switch of each rail and limits on money that leaves."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from settlement.tables import rail_days, rails
from taigan.sql import insert_if_absent

DAY_MS: Final = 86_400_000

_ADD_RAIL: Final = insert_if_absent(rails)
_NAMES: Final = select(rails.c.name).order_by(rails.c.name)
_SWITCHES: Final = select(rails.c.name, rails.c.paused, rails.c.reason).order_by(rails.c.name)
_PAUSED: Final = select(rails.c.paused).where(rails.c.name == bindparam("rail"))
_SWITCH: Final = (
    update(rails)
    .where(rails.c.name == bindparam("rail"))
    .values(paused=bindparam("off"), reason=bindparam("why"), changed_ms=bindparam("now"))
)
_OPEN_DAY: Final = insert_if_absent(rail_days)
_SPEND: Final = (
    update(rail_days)
    .where(
        rail_days.c.rail == bindparam("on_rail"),
        rail_days.c.day == bindparam("on_day"),
        rail_days.c.sent_minor <= bindparam("room"),
    )
    .values(sent_minor=rail_days.c.sent_minor + bindparam("amount"))
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


def is_paused(connection: Connection, rail: str) -> bool:
    """Return whether the rail's kill switch is on."""
    return bool(connection.execute(_PAUSED, {"rail": rail}).scalar_one())


def switch(connection: Connection, rail: str, *, paused: bool, why: str, now_ms: int) -> None:
    """Set a rail's kill switch; raise LookupError for a rail that does not exist."""
    row = {"rail": rail, "off": paused, "why": why, "now": now_ms}
    if connection.execute(_SWITCH, row).rowcount != 1:
        raise LookupError(f"no rail {rail}")


def spend_day(connection: Connection, rail: str, day: str, amount_minor: int, most: int) -> bool:
    """Count money that is about to leave; return False and count nothing if it exceeds the day.

    One conditional UPDATE, so that two workers cannot both take the last of it.
    """
    connection.execute(_OPEN_DAY, {"rail": rail, "day": day, "sent_minor": 0})
    row = {"on_rail": rail, "on_day": day, "room": most - amount_minor, "amount": amount_minor}
    return connection.execute(_SPEND, row).rowcount == 1


def business_day(now_ms: int, offset_ms: int) -> str:
    """Return the business day of an instant, as YYYY-MM-DD."""
    return datetime.fromtimestamp((now_ms + offset_ms) / 1000, UTC).date().isoformat()


def next_day_ms(now_ms: int, offset_ms: int) -> int:
    """Return when the next business day begins."""
    return ((now_ms + offset_ms) // DAY_MS + 1) * DAY_MS - offset_ms
