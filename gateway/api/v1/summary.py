"""Today in a few numbers: how many trips, how fast, how much was paid."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any, Final

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Row, bindparam, select

from gateway.auth.guard import Looker
from gateway.http.context import InContext
from gateway.http.times import at_of, ms_of
from gateway.tickets.tables import stops, tickets
from settlement.messages import Payout, PayoutState, SettlementState

DAY_MS: Final = 86_400_000
LOCAL_OFFSET_MS: Final = 8 * 3_600_000
"""China has one time zone and no summer time."""


class SummaryView(BaseModel):
    """Since midnight in China."""

    since: AwareDatetime
    trips: int
    """Loads delivered: both weighings at the plant are done."""
    passes: int
    """Trucks released by a scale: four of a trip."""
    refused: int
    cycle_ms: int | None
    """Median of card read → exit barrier opens."""
    admit_ms: int | None
    release_ms: int | None
    delivered_kg: int
    paid_minor: int
    paid: int
    unpaid: int
    """Delivered loads whose payout has not arrived."""
    paid_after_ms: int | None
    """Median of truck released → paid."""


_STOPS: Final = select(
    stops.c.state, stops.c.released_ms, stops.c.cycle_ms, stops.c.admit_ms, stops.c.release_ms
).where(stops.c.arrived_ms >= bindparam("since"))
_TICKETS: Final = select(tickets.c.closed_ms, tickets.c.net_kg, tickets.c.settlement).where(
    tickets.c.closed_ms >= bindparam("since"),
    tickets.c.purpose == "unloading",
    tickets.c.status == "closed",
)

router = APIRouter(prefix="/api/v1/summary", tags=["summary"])


def day_start_ms(now_ms: int) -> int:
    """Return when the current day began in China."""
    local = now_ms + LOCAL_OFFSET_MS
    return local - local % DAY_MS - LOCAL_OFFSET_MS


def _median(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(median(known)) if known else None


def _payouts(delivered: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[tuple[int, Payout]]:
    for row in delivered:
        if row.settlement is not None:
            yield row.closed_ms, SettlementState.model_validate_json(row.settlement).payout


def summarise(
    since_ms: int, seen: Sequence[Row[*tuple[Any, ...]]], delivered: Sequence[Row[*tuple[Any, ...]]]
) -> SummaryView:
    """Return the numbers of the stops `seen` and the loads `delivered` since `since_ms`."""
    paid = [(at, payout) for at, payout in _payouts(delivered) if payout.state == PayoutState.PAID]
    return SummaryView(
        since=at_of(since_ms),
        trips=len(delivered),
        passes=sum(row.released_ms is not None for row in seen),
        refused=sum(row.state == "refused" for row in seen),
        cycle_ms=_median(row.cycle_ms for row in seen),
        admit_ms=_median(row.admit_ms for row in seen),
        release_ms=_median(row.release_ms for row in seen),
        delivered_kg=sum(row.net_kg for row in delivered),
        paid_minor=sum(payout.amount_minor for _, payout in paid),
        paid=len(paid),
        unpaid=len(delivered) - len(paid),
        paid_after_ms=_median(ms_of(p.paid_at) - at for at, p in paid if p.paid_at is not None),
    )


@router.get("", operation_id="get_summary")
def get_summary(context: InContext, _principal: Looker) -> SummaryView:
    """Read today's numbers."""
    since_ms = day_start_ms(context.now_ms())
    with context.engine.begin() as connection:
        seen = connection.execute(_STOPS, {"since": since_ms}).all()
        delivered = connection.execute(_TICKETS, {"since": since_ms}).all()
    return summarise(since_ms, seen, delivered)
