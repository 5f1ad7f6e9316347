"""Alarms: one per happening; a repeat only raises its count."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import RowMapping, select

from gateway.auth.guard import Looker
from gateway.http.context import InContext
from gateway.http.paging import Page, PageQuery, fetch_page
from gateway.http.times import at_of, maybe_at
from gateway.records.tables import alarms


class AlarmView(BaseModel):
    id: str
    kind: str
    yard_id: str | None
    lane_id: str | None
    subject: str
    detail: str
    count: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    resolved_at: AwareDatetime | None


class AlarmQuery(PageQuery):
    open: bool | None = None
    """True: only those that are not resolved. False: only those that are."""


_COPIED: Final = sorted(set(AlarmView.model_fields) - {"first_at", "last_at", "resolved_at"})

router = APIRouter(prefix="/api/v1/alarms", tags=["alarms"])


def view_alarm(row: RowMapping) -> AlarmView:
    """Return a row of alarms as the API gives it."""
    return AlarmView(
        **{name: row[name] for name in _COPIED},
        first_at=at_of(row["first_ms"]),
        last_at=at_of(row["last_ms"]),
        resolved_at=maybe_at(row["resolved_ms"]),
    )


@router.get("", operation_id="list_alarms")
def list_alarms(
    query: Annotated[AlarmQuery, Query()], context: InContext, _principal: Looker
) -> Page[AlarmView]:
    """List alarms, latest first occurrence first: an order that a repeat does not change."""
    wanted = select(alarms)
    if query.open is not None:
        unresolved = alarms.c.resolved_ms.is_(None)
        wanted = wanted.where(unresolved if query.open else ~unresolved)
    with context.engine.begin() as connection:
        return fetch_page(connection, wanted, (alarms.c.first_ms, alarms.c.id), query, view_alarm)
