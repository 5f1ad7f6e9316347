"""Alarms: one row per happening, counted while it goes on, closed when it is over or by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection, RowMapping

from gateway.records.alarm_kinds import ALARMS, AlarmKind
from gateway.records.hints import Hint
from gateway.records.tables import alarms
from gateway.trail.service import By, Deed, keep
from taigan.sql import insert_if_absent, insert_new

_DETAIL_MAX: Final = 400
_SUBJECT_MAX: Final = 80


class AtLane(Protocol):
    """What happens at a lane: a record, a message, a stop's place."""

    @property
    def yard(self) -> str: ...
    @property
    def lane(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Alarm:
    """Names a lane if its kind is of a lane, and otherwise none; else ValueError."""

    kind: AlarmKind
    detail: str
    yard: str | None = None
    lane: str | None = None
    subject: str = ""
    """What it is about, below the lane: a device, a stop, a ticket."""

    def __post_init__(self) -> None:
        if (self.lane is not None) != ALARMS[self.kind].is_of_lane:
            raise ValueError(f"{self.kind} with lane {self.lane}: see is_of_lane of its row")

    @classmethod
    def of(cls, at: AtLane, kind: AlarmKind, detail: str = "", subject: str = "") -> "Alarm":
        """Return the alarm of what happens at a lane; its kind decides if it names the lane."""
        if ALARMS[kind].is_of_lane:
            return cls(kind, detail, at.yard, at.lane, subject)
        return cls(kind, detail, subject=subject)

    @property
    def open_key(self) -> str:
        """Return what makes two open alarms the same one; the database keeps it unique."""
        subject = _text(self.subject, _SUBJECT_MAX)
        return "|".join((self.kind, self.yard or "", self.lane or "", subject))


def lane_of(row: RowMapping) -> tuple[str, str] | None:
    """Return yard and lane that an alarm is about; one that is not registered is its subject."""
    if row["lane_id"] is not None:
        return row["yard_id"], row["lane_id"]
    if row["kind"] != AlarmKind.LANE_UNKNOWN:
        return None
    yard, _, lane = row["subject"].partition("/")
    return yard, lane


class AlarmNotFound(LookupError):
    """No such alarm."""


class AlarmIsClosed(Exception):
    """It was closed before, by itself or by somebody."""


_SHOWN: Final = tuple(
    alarms.c[name] for name in ("id", "kind", "yard_id", "lane_id", "subject", "count")
)
_OPEN: Final = insert_if_absent(alarms)
_COUNT: Final = (
    update(alarms)
    .where(alarms.c.open_key == bindparam("b_key"))
    .values(
        count=alarms.c.count + bindparam("b_times"),
        last_ms=bindparam("b_now_ms"),
        detail=bindparam("b_detail"),
    )
    .returning(*_SHOWN)
)
_RESOLVE: Final = (
    update(alarms)
    .where(alarms.c.open_key.in_(bindparam("b_keys", expanding=True)))
    .values(resolved_ms=bindparam("b_now_ms"), open_key=None)
    .returning(*_SHOWN)
)
_CLOSE: Final = (
    update(alarms)
    .where(alarms.c.id == bindparam("b_id"), alarms.c.resolved_ms.is_(None))
    .values(
        resolved_ms=bindparam("b_now_ms"),
        resolved_by=bindparam("b_username"),
        resolved_reason=bindparam("b_reason"),
        open_key=None,
    )
    .returning(*_SHOWN)
)
_STILL_OPEN: Final = (
    select(alarms).where(alarms.c.resolved_ms.is_(None)).order_by(alarms.c.first_ms)
)
_ONE: Final = select(alarms).where(alarms.c.id == bindparam("b_id"))


def raise_alarm(connection: Connection, alarm: Alarm, now_ms: int, times: int = 1) -> Hint:
    """Open an alarm, or count it `times` more if the same one is open."""
    counted = _count(connection, alarm, now_ms, times)
    if counted is not None:
        return counted
    opened = open_alarm(connection, alarm, now_ms, times)
    if opened is not None:
        return opened
    raced = _count(connection, alarm, now_ms, times)  # another gateway was faster
    if raced is None:
        raise RuntimeError(f"alarm {alarm.open_key} is neither open nor can it be opened")
    return raced


def open_alarm(connection: Connection, alarm: Alarm, now_ms: int, times: int = 1) -> Hint | None:
    """Open an alarm of a state that lasts; None, changing nothing, if the same one is open."""
    row = {
        "id": str(uuid4()),
        "kind": alarm.kind.value,
        "yard_id": alarm.yard,
        "lane_id": alarm.lane,
        "subject": _text(alarm.subject, _SUBJECT_MAX),
        "detail": _text(alarm.detail, _DETAIL_MAX),
        "count": times,
        "first_ms": now_ms,
        "last_ms": now_ms,
        "open_key": alarm.open_key,
    }
    return hint_of(row) if insert_new(connection, _OPEN, row) else None


def resolve_alarm(connection: Connection, alarm: Alarm, now_ms: int) -> tuple[Hint, ...]:
    """Close the alarm if it is open; `detail` does not matter."""
    return resolve_alarms(connection, (alarm,), now_ms)


def resolve_alarms(connection: Connection, over: Iterable[Alarm], now_ms: int) -> tuple[Hint, ...]:
    """Close those of the alarms that are open, in one statement."""
    closing = {"b_keys": [alarm.open_key for alarm in over], "b_now_ms": now_ms}
    return tuple(hint_of(row) for row in connection.execute(_RESOLVE, closing).mappings())


def close_alarm(
    connection: Connection, alarm_id: str, username: str, reason: str, now_ms: int
) -> RowMapping:
    """Close one by hand and return its row. Raises AlarmNotFound, or AlarmIsClosed.

    What is not over opens a new one when it happens again.
    """
    closing = {
        "b_id": alarm_id, "b_username": username, "b_reason": reason, "b_now_ms": now_ms
    }  # fmt: skip
    closed = connection.execute(_CLOSE, closing).one_or_none()
    row = connection.execute(_ONE, {"b_id": alarm_id}).mappings().one_or_none()
    if row is None:
        raise AlarmNotFound(alarm_id)
    if closed is None:
        raise AlarmIsClosed(f"closed by {row['resolved_by'] or 'itself'} before")
    about = {"kind": row["kind"], "lane": row["lane_id"], "subject": row["subject"]}
    keep(connection, By(username, now_ms), Deed("alarm.close", alarm_id, about, reason=reason))
    return row


def open_alarms(connection: Connection) -> list[RowMapping]:
    """Return the rows of what is open, the worst first, of equals the oldest."""
    rows = list(connection.execute(_STILL_OPEN).mappings())
    return sorted(rows, key=lambda row: -_rank(row))


def _rank(row: RowMapping) -> int:
    """Return how bad it is; a kind that only another version of this program knows, the worst."""
    known = ALARMS.get(row["kind"])
    return known.severity.rank if known else len(ALARMS)


def _count(connection: Connection, alarm: Alarm, now_ms: int, times: int) -> Hint | None:
    counting = {
        "b_key": alarm.open_key,
        "b_times": times,
        "b_now_ms": now_ms,
        "b_detail": _text(alarm.detail, _DETAIL_MAX),
    }
    known = connection.execute(_COUNT, counting).mappings().one_or_none()
    return None if known is None else hint_of(known)


def _text(text: str, length_max: int) -> str:
    """Cut, and without control characters: it may quote a stranger, and PostgreSQL takes no NUL."""
    return "".join(char if char.isprintable() else "?" for char in text[:length_max])


def hint_of(row: RowMapping | dict[str, Any]) -> Hint:
    """Return what screens are told of a row of alarms."""
    return Hint(
        "alarm",
        {
            "id": row["id"],
            "kind": row["kind"],
            "yard": row["yard_id"],
            "lane": row["lane_id"],
            "subject": row["subject"],
            "count": row["count"],
        },
    )
