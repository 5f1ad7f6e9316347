"""Today in a few numbers: how many trips, how fast, how much was paid."""

from collections.abc import Callable, Sequence
from statistics import median
from threading import Lock
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Select,
    bindparam,
    func,
    select,
)

from gateway.auth.guard import Looker
from gateway.http.times import CHINA_AHEAD_MS, at_of
from gateway.tickets.tables import stops, tickets
from settlement.messages import PayoutState
from taigan.transactions import read_transaction

DAY_MS: Final = 86_400_000
FRESH_MS: Final = 2_000
MEDIAN_OF_MAX: Final = 10_000
"""Medians are of the whole day up to so many stops or loads, of the newest beyond."""


class SummaryView(BaseModel):
    """Since midnight in China; medians of the newest 10,000 stops and loads."""

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


_SINCE: Final[BindParameter[int]] = bindparam("since")
_SEEN: Final = stops.c.arrived_ms >= _SINCE
_DELIVERED: Final = (
    tickets.c.closed_ms >= _SINCE,
    tickets.c.purpose == "unloading",
    tickets.c.status == "closed",
)
_IS_PAID: Final = tickets.c.payout_state == PayoutState.PAID
_PAID_AFTER_MS: Final = tickets.c.paid_ms - tickets.c.closed_ms

_STOPS: Final = select(
    func.count(stops.c.released_ms).label("passes"),
    func.count().filter(stops.c.state == "refused").label("refused"),
).where(_SEEN)
_LOADS: Final = select(
    func.count().label("delivered"),
    func.coalesce(func.sum(tickets.c.net_kg), 0).label("delivered_kg"),
    func.count().filter(_IS_PAID).label("paid"),
    func.coalesce(func.sum(tickets.c.payout_minor).filter(_IS_PAID), 0).label("paid_minor"),
).where(*_DELIVERED)


class _Times(NamedTuple):
    """Durations in milliseconds, of which the median is asked."""

    number: Select[Any]
    ordered: Select[Any]


def _times(
    duration_ms: ColumnElement[int], query: Select[Any], most: int = MEDIAN_OF_MAX
) -> _Times:
    newest = query.add_columns(duration_ms.label("ms")).limit(most).subquery()
    known = select(newest.c.ms).where(newest.c.ms.is_not(None))
    return _Times(select(func.count(newest.c.ms)), known.order_by(newest.c.ms))


_NEWEST_STOPS: Final[Select[Any]] = select().where(_SEEN).order_by(stops.c.arrived_ms.desc())
_NEWEST_PAID: Final[Select[Any]] = (
    select().where(*_DELIVERED, _IS_PAID).order_by(tickets.c.closed_ms.desc())
)
_CYCLE: Final = _times(stops.c.cycle_ms, _NEWEST_STOPS)
_ADMIT: Final = _times(stops.c.admit_ms, _NEWEST_STOPS)
_RELEASE: Final = _times(stops.c.release_ms, _NEWEST_STOPS)
_PAID_AFTER: Final = _times(_PAID_AFTER_MS, _NEWEST_PAID)

router = APIRouter(prefix="/api/v1/summary", tags=["summary"])


def day_start_ms(now_ms: int) -> int:
    """Return when the current day began in China."""
    local = now_ms + CHINA_AHEAD_MS
    return local - local % DAY_MS - CHINA_AHEAD_MS


def _median(connection: Connection, times: _Times, since_ms: int) -> int | None:
    """Return the median; the database sorts, and one or two values leave it."""
    since = {"since": since_ms}
    number = connection.execute(times.number, since).scalar_one()
    if number == 0:
        return None
    middle = times.ordered.limit(2 - number % 2).offset((number - 1) // 2)
    values: Sequence[int] = connection.execute(middle, since).scalars().all()
    return round(median(values))


def summarise(connection: Connection, since_ms: int) -> SummaryView:
    """Return the numbers of the stops and loads since `since_ms`; read in one transaction."""
    since = {"since": since_ms}
    seen = connection.execute(_STOPS, since).one()
    loads = connection.execute(_LOADS, since).one()
    return SummaryView(
        since=at_of(since_ms),
        trips=loads.delivered,
        passes=seen.passes,
        refused=seen.refused,
        cycle_ms=_median(connection, _CYCLE, since_ms),
        admit_ms=_median(connection, _ADMIT, since_ms),
        release_ms=_median(connection, _RELEASE, since_ms),
        delivered_kg=loads.delivered_kg,
        paid_minor=loads.paid_minor,
        paid=loads.paid,
        unpaid=loads.delivered - loads.paid,
        paid_after_ms=_median(connection, _PAID_AFTER, since_ms),
    )


class Summaries:
    """Today's numbers, read once for all browsers that ask within two seconds."""

    def __init__(self, engine: Engine, now_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._now_ms = now_ms
        self._lock = Lock()
        self._view: SummaryView | None = None
        self._read_ms = 0

    def today(self) -> SummaryView:
        """Return the numbers since midnight; whoever asks while they are read waits for them."""
        with self._lock:
            now_ms = self._now_ms()
            if self._view is None or not self._is_fresh(self._view, now_ms):
                with read_transaction(self._engine) as connection:
                    self._view = summarise(connection, day_start_ms(now_ms))
                self._read_ms = now_ms
            return self._view

    def _is_fresh(self, view: SummaryView, now_ms: int) -> bool:
        is_today = view.since == at_of(day_start_ms(now_ms))
        return is_today and 0 <= now_ms - self._read_ms < FRESH_MS


@router.get("", operation_id="get_summary")
def get_summary(request: Request, _principal: Looker) -> SummaryView:
    """Read today's numbers; they may be two seconds old."""
    summaries: Summaries = request.app.state.summaries
    return summaries.today()
