"""A notice on its way out: leased by one gateway, sent, and tried again until it has arrived."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection

from gateway.notify.tables import staff_notices

LEASE_MS: Final = 30_000
"""Longer than one try can take: a gateway that died lets another one send."""
GIVE_UP_AFTER_MS: Final = 3 * 86_400_000
_RETRY_MS: Final = (1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000)

_DUE: Final = (
    select(staff_notices)
    .where(staff_notices.c.done_ms.is_(None), staff_notices.c.due_ms <= bindparam("b_now_ms"))
    .order_by(staff_notices.c.due_ms)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_THIS: Final = update(staff_notices).where(staff_notices.c.id == bindparam("b_id"))
_LEASE: Final = _THIS.values(due_ms=bindparam("b_due_ms"), tries=staff_notices.c.tries + 1)
_DONE: Final = _THIS.values(done_ms=bindparam("b_now_ms"), last_error=bindparam("b_error"))
_LATER: Final = _THIS.where(staff_notices.c.done_ms.is_(None)).values(
    due_ms=bindparam("b_due_ms"), last_error=bindparam("b_error")
)
WAITING: Final = select(func.count(), func.min(staff_notices.c.created_ms)).where(
    staff_notices.c.done_ms.is_(None)
)
"""How many notices have not arrived, and since when the oldest waits."""


@dataclass(frozen=True, slots=True)
class StaffNotice:
    id: str
    body: str
    created_ms: int
    tries: int
    """With the one that begins now."""


def lease_due(connection: Connection, now_ms: int) -> StaffNotice | None:
    """Take the notice that has waited longest, for this gateway alone until the lease ends."""
    row = connection.execute(_DUE, {"b_now_ms": now_ms}).one_or_none()
    if row is None:
        return None
    connection.execute(_LEASE, {"b_id": row.id, "b_due_ms": now_ms + LEASE_MS})
    return StaffNotice(row.id, row.body, row.created_ms, row.tries + 1)


def record_try(connection: Connection, notice: StaffNotice, error: str | None, now_ms: int) -> bool:
    """Note what came of a try; return False when the notice is given up after three days."""
    given_up = error is not None and now_ms - notice.created_ms > GIVE_UP_AFTER_MS
    said = {"b_id": notice.id, "b_error": None if error is None else error[:400]}
    if error is None or given_up:
        connection.execute(_DONE, {**said, "b_now_ms": now_ms})
    else:
        wait_ms = _RETRY_MS[min(notice.tries, len(_RETRY_MS)) - 1]
        connection.execute(_LATER, {**said, "b_due_ms": now_ms + wait_ms})
    return not given_up
