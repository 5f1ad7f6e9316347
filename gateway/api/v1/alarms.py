"""Alarms: one per happening; a repeat only raises its count. A person may close any of them."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, RowMapping, func, select
from structlog import get_logger

from gateway.api.v1.summary import day_start_ms
from gateway.auth.guard import Dispatcher, Looker
from gateway.http.context import InContext
from gateway.http.idempotency import HttpAnswer, InOnce, answer_once
from gateway.http.paging import Page, PageQuery, fetch_page
from gateway.http.times import at_of, maybe_at
from gateway.records.alarm_kinds import ALARMS, Actor, AlarmKind, Blocks, Severity
from gateway.records.alarms import AlarmIsClosed, AlarmNotFound, close_alarm, hint_of, lane_of
from gateway.records.hints import Hint
from gateway.records.tables import alarms
from gateway.registry.fields import Text400
from gateway.registry.places import Place, places
from gateway.registry.tables import orders, vehicles
from gateway.tickets.tables import stops, tickets
from taigan.problem import Kind, Problem

log = get_logger()


class AlarmView(BaseModel):
    id: str
    kind: str
    severity: Severity | None
    """None, like `actor`, for a kind of another version of this program."""
    actor: Actor | None
    blocks: Blocks | None
    """What waits until somebody acts."""
    closes_itself: bool
    """False: only a person closes it."""
    yard_id: str | None
    lane_id: str | None
    place: Place | None = None
    """The lane that it is about, by name; also one that is not registered."""
    subject: str
    plate: str | None = None
    """Of the truck that it is about, if it is about one; like the order."""
    order_no: str | None = None
    detail: str
    count: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    resolved_at: AwareDatetime | None
    resolved_by: str | None
    """Username of who closed it; None if it closed by itself."""
    resolved_reason: str | None


class AlarmQuery(PageQuery):
    open: bool | None = None
    """True: only those that are not resolved. False: only those that are."""
    kind: AlarmKind | None = None
    closed_today: bool = False
    """Only those that a person has closed since midnight in China, latest closed first."""


class CloseIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Text400
    """What was done, or why nothing need be; kept and shown with the alarm."""


_COPIED: Final = (
    "id", "kind", "yard_id", "lane_id", "subject", "detail", "count", "resolved_by",
    "resolved_reason",
)  # fmt: skip

_ALARMS: Final = (
    select(
        alarms,
        orders.c.order_no,
        func.coalesce(stops.c.plate, vehicles.c.plate).label("plate"),
    )
    .join_from(alarms, stops, stops.c.stop_id == alarms.c.subject, isouter=True)
    .join(tickets, tickets.c.id == alarms.c.subject, isouter=True)
    .join(
        orders,
        orders.c.id == func.coalesce(stops.c.order_id, tickets.c.order_id, alarms.c.subject),
        isouter=True,
    )
    .join(vehicles, orders.c.vehicle_id == vehicles.c.id, isouter=True)
)
"""The subject is a stop, a ticket, an order, or no truck's at all."""

router = APIRouter(prefix="/api/v1/alarms", tags=["alarms"])


def _view(row: RowMapping) -> AlarmView:
    """Return a row of alarms as the API gives it, before its lane is named."""
    known, lane = ALARMS.get(row["kind"]), lane_of(row)
    return AlarmView(
        **{name: row[name] for name in _COPIED},
        place=None if lane is None else Place(yard_id=lane[0], lane_id=lane[1]),
        plate=row.get("plate"),
        order_no=row.get("order_no"),
        severity=known and known.severity,
        actor=known and known.actor,
        blocks=known and known.blocks,
        closes_itself=known is not None and known.closed_by is not None,
        first_at=at_of(row["first_ms"]),
        last_at=at_of(row["last_ms"]),
        resolved_at=maybe_at(row["resolved_ms"]),
    )


def _named(connection: Connection, views: Sequence[AlarmView]) -> list[AlarmView]:
    wanted = {(one.place.yard_id, one.place.lane_id) for one in views if one.place is not None}
    found = places(connection, wanted)
    return [
        one.model_copy(update={"place": found[one.place.yard_id, one.place.lane_id]})
        if one.place
        else one
        for one in views
    ]


@router.get("", operation_id="list_alarms")
def list_alarms(
    query: Annotated[AlarmQuery, Query()], context: InContext, _principal: Looker
) -> Page[AlarmView]:
    """List alarms, latest first occurrence first: an order that a repeat does not change."""
    wanted = _ALARMS
    if query.open is not None:
        unresolved = alarms.c.resolved_ms.is_(None)
        wanted = wanted.where(unresolved if query.open else ~unresolved)
    if query.kind is not None:
        wanted = wanted.where(alarms.c.kind == query.kind)
    at_ms = alarms.c.first_ms
    if query.closed_today:
        at_ms = alarms.c.resolved_ms
        since_ms = day_start_ms(context.now_ms())
        wanted = wanted.where(alarms.c.resolved_by.is_not(None), at_ms >= since_ms)
    with context.engine.begin() as connection:
        page = fetch_page(connection, wanted, (at_ms, alarms.c.id), query, _view)
        return Page(items=_named(connection, page.items), next_cursor=page.next_cursor)


@router.post(
    "/{alarm_id}/close",
    response_model=None,
    responses={200: {"model": AlarmView}},
    operation_id="close_alarm",
)
def close(
    alarm_id: UUID, given: CloseIn, context: InContext, principal: Dispatcher, once: InOnce
) -> Response:
    """Close an alarm by hand, with a reason. What is not over raises a new one."""
    hints: list[Hint] = []

    def effect(connection: Connection) -> HttpAnswer:
        row = _close(connection, alarm_id, principal.username, given.reason, context.now_ms())
        hints.append(hint_of(row))
        (view,) = _named(connection, [_view(row)])
        return HttpAnswer(200, view.model_dump_json())

    answer = answer_once(context, principal.user_id, once, effect)
    for hint in hints:
        context.hub.publish(hint.event, hint.data)
        log.info("an alarm was closed", user=principal.username, reason=given.reason, **hint.data)
    return Response(answer.body, answer.status, media_type="application/json")


def _close(
    connection: Connection, alarm_id: UUID, username: str, reason: str, now_ms: int
) -> RowMapping:
    try:
        return close_alarm(connection, str(alarm_id), username, reason, now_ms)
    except AlarmNotFound as error:
        raise Problem(Kind.NOT_FOUND, f"there is no alarm {alarm_id}") from error
    except AlarmIsClosed as error:
        raise Problem(Kind.CONFLICT, f"alarm {alarm_id} was {error}") from error
