"""Drivers whose money does not arrive, and tickets that do not reach settlement."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from gateway.outbox.tables import outbox
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, open_alarm, resolve_alarm
from gateway.records.hints import Hint
from gateway.tickets.settlements import call_for_waiting, find_uncalled

AT_ONCE_MAX: Final = 100
"""Drivers called for in one look; the others follow with the next."""

_WAITING: Final = select(func.count(), func.min(outbox.c.created_ms)).where(
    outbox.c.done_ms.is_(None)
)


def follow_drivers(connection: Connection, wait_ms: int, now_ms: int) -> tuple[Hint, ...]:
    """Raise the alarm of each driver who has waited for longer than `wait_ms`."""
    waiting = find_uncalled(connection, now_ms - wait_ms, AT_ONCE_MAX)
    return tuple(hint for one in waiting for hint in call_for_waiting(connection, one, now_ms))


def follow_outbox(connection: Connection, stuck_ms: int, now_ms: int) -> tuple[Hint, ...]:
    """Open the alarm while the oldest ticket has waited for longer than `stuck_ms`."""
    count, oldest_ms = connection.execute(_WAITING).one()
    if oldest_ms is None or now_ms - oldest_ms <= stuck_ms:
        return resolve_alarm(connection, Alarm(AlarmKind.OUTBOX_STUCK, ""), now_ms)
    since = datetime.fromtimestamp(oldest_ms / 1000, UTC).isoformat(timespec="seconds")
    opened = open_alarm(connection, Alarm(AlarmKind.OUTBOX_STUCK, f"{count}, {since}"), now_ms)
    return () if opened is None else (opened,)
