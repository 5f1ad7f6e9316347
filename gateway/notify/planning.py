"""What staff must be told now: found and written as one notice, in one transaction.

Rows of alarms are locked while this is worked out, so of several gateways one tells. What the rules
keep back is not forgotten: it is told when they let it.
"""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import uuid4

from sqlalchemy import RowMapping, and_, bindparam, insert, or_, select, update
from sqlalchemy.engine import Connection

from gateway.notify.messages import Change, notice_of
from gateway.notify.rules import QuietRules
from gateway.notify.tables import staff_notices
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import lane_of
from gateway.records.tables import alarms
from gateway.registry.places import places

AT_ONCE_MAX: Final = 1000
"""Alarms that one notice is about."""

_IS_OPEN: Final = alarms.c.resolved_ms.is_(None)
_IS_UNTOLD: Final = or_(
    alarms.c.told_ms.is_(None),
    alarms.c.told_ms <= bindparam("b_again_until_ms"),
    alarms.c.told_ms > bindparam("b_now_ms"),  # told before the clock was set back
)
_END_UNTOLD: Final = and_(alarms.c.told_ms.is_not(None), alarms.c.told_end_ms.is_(None))
_CANDIDATES: Final = (
    select(alarms)
    .where(
        or_(
            and_(_IS_OPEN, alarms.c.kind.in_(bindparam("b_kinds", expanding=True)), _IS_UNTOLD),
            and_(~_IS_OPEN, _END_UNTOLD, alarms.c.kind.in_(list(AlarmKind))),
        )
    )
    .order_by(alarms.c.first_ms)
    .limit(AT_ONCE_MAX)
    .with_for_update(skip_locked=True)
)
_TOLD: Final = (
    update(alarms).where(alarms.c.id == bindparam("b_id")).values(told_ms=bindparam("b_told_ms"))
)
_END_TOLD: Final = (
    update(alarms)
    .where(alarms.c.id == bindparam("b_id"))
    .values(told_end_ms=bindparam("b_told_ms"))
)
_QUEUE: Final = insert(staff_notices)


def plan_notice(connection: Connection, rules: QuietRules, now_ms: int) -> bool:
    """Write the notice of what is due; return whether there was anything."""
    again_until_ms = -1 if rules.repeat_ms is None else now_ms - rules.repeat_ms
    wanted = {
        "b_kinds": rules.kinds_told(now_ms),
        "b_again_until_ms": again_until_ms,
        "b_now_ms": now_ms,
    }
    found = connection.execute(_CANDIDATES, wanted).mappings().all()
    if _join_returned(connection, found, now_ms):
        found = connection.execute(_CANDIDATES, wanted).mappings().all()
    due = list(_due(found, rules, now_ms))
    told = [one for one in due if rules.tells_end or one[0] != "closed"]
    _mark(connection, due, now_ms)
    if told:
        named = places(connection, {lane for _, row in told if (lane := lane_of(row)) is not None})
        body = notice_of(told, named, now_ms).model_dump_json()
        row = {"id": str(uuid4()), "body": body, "created_ms": now_ms, "due_ms": now_ms}
        connection.execute(_QUEUE, row)
    return bool(told)


def _join_returned(connection: Connection, found: Sequence[RowMapping], now_ms: int) -> bool:
    """Make one that is back before its end was told the same incident: nothing has ended."""
    ended = {_same(row): row for row in found if row["resolved_ms"] is not None}
    back = [row for row in found if row["resolved_ms"] is None and _same(row) in ended]
    for row in back:
        before = ended[_same(row)]
        connection.execute(_TOLD, {"b_id": row["id"], "b_told_ms": before["told_ms"]})
        connection.execute(_END_TOLD, {"b_id": before["id"], "b_told_ms": now_ms})
    return bool(back)


def _due(
    found: Sequence[RowMapping], rules: QuietRules, now_ms: int
) -> Iterator[tuple[Change, RowMapping]]:
    opened = [row for row in found if row["resolved_ms"] is None and row["told_ms"] is None]
    if any(_has_passed(rules.group_ms, row["first_ms"], now_ms) for row in opened):
        yield from (("opened", row) for row in opened)
    for row in found:
        if row["told_ms"] is None:
            continue
        if row["resolved_ms"] is not None:
            if _has_passed(rules.calm_ms, row["resolved_ms"], now_ms):
                yield "closed", row
        else:
            yield "still_open", row


def _has_passed(wait_ms: int, since_ms: int, now_ms: int) -> bool:
    """Whether a wait is over. A clock that was far ahead then must not make it last for days."""
    return abs(now_ms - since_ms) >= wait_ms


def _mark(connection: Connection, due: Sequence[tuple[Change, RowMapping]], now_ms: int) -> None:
    for change, row in due:
        mark = _END_TOLD if change == "closed" else _TOLD
        connection.execute(mark, {"b_id": row["id"], "b_told_ms": now_ms})


def _same(row: RowMapping) -> tuple[str, str | None, str | None, str]:
    return (row["kind"], row["yard_id"], row["lane_id"], row["subject"])
