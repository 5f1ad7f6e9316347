"""Notices to staff that do not arrive: then at least screens say so."""

from typing import Final

from sqlalchemy.engine import Connection

from gateway.notify.delivery import WAITING
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, open_alarm, resolve_alarm
from gateway.records.hints import Hint

LATE_MS: Final = 300_000
"""A receiver that is away for a moment is no matter."""


def follow_notices(connection: Connection, now_ms: int) -> tuple[Hint, ...]:
    """Open the alarm while the oldest notice has waited for too long."""
    count, oldest_ms = connection.execute(WAITING).one()
    if oldest_ms is None or now_ms - oldest_ms <= LATE_MS:
        return resolve_alarm(connection, Alarm(AlarmKind.STAFF_NOT_TOLD, ""), now_ms)
    opened = open_alarm(connection, Alarm(AlarmKind.STAFF_NOT_TOLD, f"{count}"), now_ms)
    return () if opened is None else (opened,)
