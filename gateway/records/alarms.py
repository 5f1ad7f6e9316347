"""Alarms: one row per happening, counted while it goes on, closed when it is over."""

from dataclasses import dataclass
from typing import Final, Protocol
from uuid import uuid4

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.engine import Connection

from gateway.records.alarm_kinds import ALARMS, AlarmKind
from gateway.records.hints import Hint
from gateway.records.tables import alarms

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


_SAME: Final = (
    alarms.c.kind == bindparam("b_kind"),
    func.coalesce(alarms.c.yard_id, "") == bindparam("b_yard"),
    func.coalesce(alarms.c.lane_id, "") == bindparam("b_lane"),
    alarms.c.subject == bindparam("b_subject"),
    alarms.c.resolved_ms.is_(None),
)
_OPEN: Final = select(alarms.c.id, alarms.c.count.label("times")).where(*_SAME).limit(1)

_RESOLVE: Final = update(alarms).where(*_SAME).values(resolved_ms=bindparam("b_now_ms"))


def raise_alarm(connection: Connection, alarm: Alarm, now_ms: int, times: int = 1) -> Hint:
    """Open an alarm, or count it `times` more if the same one is open."""
    known = connection.execute(_OPEN, _named(alarm)).one_or_none()
    if known is None:
        return _open(connection, alarm, now_ms, times)
    detail = _text(alarm.detail, _DETAIL_MAX)
    connection.execute(
        update(alarms)
        .where(alarms.c.id == known.id)
        .values(count=alarms.c.count + times, last_ms=now_ms, detail=detail)
    )
    return _hint(known.id, alarm, known.times + times)


def is_open(connection: Connection, alarm: Alarm) -> bool:
    """Return whether the alarm is open; `detail` does not matter."""
    return connection.execute(_OPEN, _named(alarm)).first() is not None


def resolve_alarm(connection: Connection, alarm: Alarm, now_ms: int) -> tuple[Hint, ...]:
    """Close the alarm if it is open; `detail` does not matter.

    All of them: two gateways may have opened the same one at once.
    """
    known = connection.execute(_OPEN, _named(alarm)).one_or_none()
    if known is None:
        return ()
    connection.execute(_RESOLVE, {**_named(alarm), "b_now_ms": now_ms})
    return (_hint(known.id, alarm, known.times),)


def _open(connection: Connection, alarm: Alarm, now_ms: int, times: int) -> Hint:
    alarm_id = str(uuid4())
    connection.execute(
        insert(alarms).values(
            id=alarm_id,
            kind=alarm.kind,
            yard_id=alarm.yard,
            lane_id=alarm.lane,
            subject=_text(alarm.subject, _SUBJECT_MAX),
            detail=_text(alarm.detail, _DETAIL_MAX),
            count=times,
            first_ms=now_ms,
            last_ms=now_ms,
        )
    )
    return _hint(alarm_id, alarm, times)


def _text(text: str, length_max: int) -> str:
    """Cut, and without control characters: it may quote a stranger, and PostgreSQL takes no NUL."""
    return "".join(char if char.isprintable() else "?" for char in text[:length_max])


def _named(alarm: Alarm) -> dict[str, str]:
    return {
        "b_kind": alarm.kind,
        "b_yard": alarm.yard or "",
        "b_lane": alarm.lane or "",
        "b_subject": _text(alarm.subject, _SUBJECT_MAX),
    }


def _hint(alarm_id: str, alarm: Alarm, count: int) -> Hint:
    return Hint(
        "alarm",
        {
            "id": alarm_id,
            "kind": alarm.kind,
            "yard": alarm.yard,
            "lane": alarm.lane,
            "subject": alarm.subject,
            "count": count,
        },
    )
