"""Whether a link to a receipt still opens it: not when its ticket is old, or it was revoked."""

from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from gateway.tickets.tables import tickets
from gateway.trail.service import By, Deed, keep

DAY_MS: Final = 86_400_000

_IS_VALID: Final = select(tickets.c.id).where(
    tickets.c.id == bindparam("of_id"),
    tickets.c.created_ms > bindparam("since_ms"),
    tickets.c.receipt_revoked_ms.is_(None),
)
_REVOKE: Final = (
    update(tickets)
    .where(tickets.c.id == bindparam("of_id"), tickets.c.receipt_revoked_ms.is_(None))
    .values(receipt_revoked_ms=bindparam("now_ms"))
)


def is_valid(connection: Connection, ticket_id: str, now_ms: int, valid_days: int) -> bool:
    """Return whether a genuine link to this ticket's receipt still opens it."""
    asked = {"of_id": ticket_id, "since_ms": now_ms - valid_days * DAY_MS}
    return connection.execute(_IS_VALID, asked).first() is not None


def revoke(connection: Connection, ticket_id: str, by: By, reason: str) -> None:
    """Let every link to this ticket's receipt open nothing, for good; a repeat changes nothing."""
    if connection.execute(_REVOKE, {"of_id": ticket_id, "now_ms": by.at_ms}).rowcount:
        keep(connection, by, Deed("receipt.revoke", ticket_id, reason=reason))
