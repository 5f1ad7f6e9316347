"""Who decided what about which truck, and whether the lane's records show that it was done."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import RowMapping, Select, select

from edge.messages import Action
from gateway.api.v1.summary import day_start_ms
from gateway.auth.guard import Looker
from gateway.http.context import InContext
from gateway.http.paging import Page, PageQuery, fetch_page
from gateway.http.times import at_of
from gateway.registry.tables import orders
from gateway.tickets.dispatch import ASSIGNED, BOOK, ENDED
from gateway.tickets.tables import decisions, stops


class DecisionView(BaseModel):
    id: str
    """Of the command to the lane, if one was sent."""
    stop_id: str
    yard_id: str
    lane_id: str
    tag: str
    plate: str | None
    weight_kg: int | None
    action: str
    """`admit`, `release`, `refuse`, `hold`; or `book`, `assign`, `end`, which no lane is told."""
    reason: str | None
    order_no: str | None
    """Of `assign`: the order that the weight was given to; null if it was set aside."""
    username: str
    decided_at: AwareDatetime
    is_done: bool
    """Shown by a signed record of the lane; a truck that is held or just admitted shows nothing."""


class DecisionQuery(PageQuery):
    stop_id: str | None = None
    today: bool = False
    """Only those since midnight in China."""


_STOP: Final = ("yard_id", "lane_id", "tag", "plate", "weight_kg", "state", "released_ms")
_DECISIONS: Final[Select[Any]] = (
    select(
        decisions,
        orders.c.order_no,
        stops.c.weighing_event_id,
        *(stops.c[name] for name in _STOP),
    )
    .join_from(decisions, stops)
    .join(orders, decisions.c.order_id == orders.c.id, isouter=True)
)
_COPIED: Final = sorted(set(DecisionView.model_fields) - {"decided_at", "is_done"})

router = APIRouter(prefix="/api/v1/decisions", tags=["stops"])


def view_decision(row: RowMapping) -> DecisionView:
    """Return a row of decisions, with its stop, as the API gives it."""
    return DecisionView(
        **{name: row[name] for name in _COPIED},
        decided_at=at_of(row["decided_ms"]),
        is_done=_is_done(row),
    )


def _is_done(row: RowMapping) -> bool:
    match row["action"]:
        case Action.ADMIT:
            return row["weighing_event_id"] is not None
        case Action.RELEASE:
            return row["released_ms"] is not None
        case Action.REFUSE:
            return bool(row["state"] == "refused")
        case action:
            return action in {BOOK, ASSIGNED, ENDED}


@router.get("", operation_id="list_decisions")
def list_decisions(
    query: Annotated[DecisionQuery, Query()], context: InContext, _principal: Looker
) -> Page[DecisionView]:
    """List what people decided about trucks, newest first."""
    wanted = _DECISIONS
    if query.stop_id is not None:
        wanted = wanted.where(decisions.c.stop_id == query.stop_id)
    if query.today:
        wanted = wanted.where(decisions.c.decided_ms >= day_start_ms(context.now_ms()))
    key = (decisions.c.decided_ms, decisions.c.id)
    with context.engine.begin() as connection:
        return fetch_page(connection, wanted, key, query, view_decision)
