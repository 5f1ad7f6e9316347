"""Pages of payouts for people and programs, newest first, by key and never by offset."""

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Connection, Row, select, tuple_

from settlement.messages import PayoutState
from settlement.tables import UNPAID, payouts, settlements


class PayoutLine(BaseModel):
    payout_id: UUID
    ticket_id: UUID
    order_no: str
    contract_id: str
    driver_id: str
    provider_no: str
    amount_minor: int
    state: PayoutState
    reason: str | None
    detail: str | None
    attempts: int
    created_at: datetime
    paid_at: datetime | None


class PayoutPage(BaseModel):
    items: list[PayoutLine]
    next_cursor: str | None


_LINES = select(payouts, settlements.c.ticket_id, settlements.c.order_no).join(
    settlements, settlements.c.id == payouts.c.settlement_id
)


def list_payouts(
    connection: Connection,
    state: PayoutState | None,
    before: tuple[int, UUID] | None,
    limit: int,
) -> PayoutPage:
    """Return up to `limit` payouts older than the key `before` (created_ms, id)."""
    key = tuple_(payouts.c.created_ms, payouts.c.id)
    query = _LINES.order_by(payouts.c.created_ms.desc(), payouts.c.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(payouts.c.state == state)
    if state not in {None, PayoutState.PAID}:
        query = query.where(UNPAID)  # says so, for the index of these
    if before is not None:
        query = query.where(key < before)
    found = connection.execute(query).all()
    shown = found[:limit]
    return PayoutPage(
        items=[_line(row) for row in shown],
        next_cursor=_cursor(shown[-1]) if len(found) > limit else None,
    )


def _cursor(row: Row[*tuple[Any, ...]]) -> str:
    return base64.urlsafe_b64encode(f"{row.created_ms}/{row.id}".encode()).decode()


def _line(row: Row[*tuple[Any, ...]]) -> PayoutLine:
    return PayoutLine(
        payout_id=row.id,
        ticket_id=row.ticket_id,
        order_no=row.order_no,
        contract_id=row.contract_id,
        driver_id=row.driver_id,
        provider_no=row.provider_no,
        amount_minor=row.amount_minor,
        state=PayoutState(row.state),
        reason=row.reason,
        detail=row.detail,
        attempts=row.fence,
        created_at=datetime.fromtimestamp(row.created_ms / 1000, UTC),
        paid_at=None if row.paid_ms is None else datetime.fromtimestamp(row.paid_ms / 1000, UTC),
    )
