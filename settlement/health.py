"""Whether the program lives, whether it is ready, and what Prometheus reads."""

from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, bindparam, exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from structlog import get_logger

from settlement.api.dependencies import ServicesDep
from settlement.guard.check import UNPINNED
from settlement.messages import PayoutState
from settlement.payouts.controls import switches
from settlement.payouts.holds import BREAKER, EXAMINED_AGAIN
from settlement.services import Services
from settlement.tables import STOPPED, UNPAID, accounts, notices, payouts, rails
from settlement.workers.running import Workers

log = get_logger()
router = APIRouter()

_UNDECIDED: Final = {
    PayoutState.READY,
    PayoutState.SENDING,
    PayoutState.ACCEPTED,
    PayoutState.UNKNOWN,
    PayoutState.MANUAL,
}
_PAYOUTS: Final = (
    select(
        payouts.c.state,
        payouts.c.reason,
        func.count().label("number"),
        func.min(payouts.c.created_ms).label("oldest_ms"),
    )
    .where(UNPAID)
    .group_by(payouts.c.state, payouts.c.reason)
)
_IN_TRANSIT: Final = select(func.sum(accounts.c.balance_minor)).where(
    accounts.c.kind == "bank_in_transit"
)
_WITHOUT_RAIL: Final = (
    select(rails.c.name)
    .where(
        rails.c.name.not_in(bindparam("rails", expanding=True)),
        exists().where(payouts.c.due_ms.is_not(None), payouts.c.rail == rails.c.name),
    )
    .limit(1)
)
"""Which payouts wait is asked only for a rail that the settings lack: as a rule for none."""
_STOPPED: Final = (
    select(payouts.c.state, payouts.c.reason, func.count())
    .where(
        STOPPED,
        payouts.c.reason.in_((*EXAMINED_AGAIN, BREAKER)) | (payouts.c.state == PayoutState.MANUAL),
    )
    .group_by(payouts.c.state, payouts.c.reason)
)
_UNPINNED: Final = (
    select(payouts.c.detail)
    .where(
        STOPPED,
        payouts.c.state == PayoutState.HELD,
        payouts.c.reason == "guard",
        payouts.c.detail.contains(UNPINNED, autoescape=True),
    )
    .limit(1)
)
_WAITING: Final = (
    select(notices.c.channel, func.count())
    .where(notices.c.due_ms.is_not(None))
    .group_by(notices.c.channel)
)


@router.get("/healthz", operation_id="healthz")
def healthz() -> dict[str, str]:
    """Answer as long as the program lives."""
    return {"status": "alive"}


@router.get("/readyz", operation_id="readyz")
def readyz(request: Request, services: ServicesDep) -> JSONResponse:
    """Answer 503 with the reasons while tickets cannot be settled or payouts are not worked on.

    `attention` counts the payouts that wait for a person, and names the rails that are paused.
    """
    guard = [*_guard_reasons(services), *_lane_reasons(services)]
    reasons = [*_money_reasons(services), *guard, *_worker_reasons(request)]
    attention = _attention(services)
    body = {"ready": not reasons, "reasons": reasons, "attention": attention}
    return JSONResponse(body, status_code=503 if reasons else 200)


@router.get("/metrics", operation_id="metrics")
def metrics(services: ServicesDep) -> Response:
    """Return counters, and gauges read from the database now."""
    services.metrics.lanes_pinned.set(len(services.policy.lane_keys))
    try:
        with services.database.snapshot() as connection:
            _measure(services, connection)
        services.metrics.database_up.set(1)
    except SQLAlchemyError as error:
        log.warning("the database could not be measured", error=repr(error))
        services.metrics.database_up.set(0)
    return Response(services.metrics.render(), media_type="text/plain; version=0.0.4")


def _money_reasons(services: Services) -> list[str]:
    try:
        with services.database.snapshot() as connection:
            known = {"rails": list(services.rails)}
            lost = connection.execute(_WITHOUT_RAIL, known).scalar()
    except SQLAlchemyError as error:
        return [f"database: {type(error).__name__}"]
    return [] if lost is None else [f"rail: {lost} has payouts and is not set up"]


def _lane_reasons(services: Services) -> list[str]:
    """Return which mistake in the guard's list stops payouts."""
    if not services.policy.lane_keys:
        return ["guard: no lane in guard.lane_keys, every payout is held"]
    try:
        with services.database.snapshot() as connection:
            unpinned = connection.execute(_UNPINNED).scalar()
    except SQLAlchemyError:  # which is a reason of its own
        return []
    return [] if unpinned is None else [f"guard: a lane is not in guard.lane_keys: {unpinned}"]


def _attention(services: Services) -> dict[str, int]:
    """Return how many payouts wait for a person, by state and reason, and which rails do."""
    try:
        with services.database.snapshot() as connection:
            rows = connection.execute(_STOPPED).all()
            paused = [name for name, is_paused, _ in switches(connection) if is_paused]
    except SQLAlchemyError:
        return {}
    waiting = {f"{state} {reason or ''}".strip(): count for state, reason, count in rows}
    return waiting | {f"rail {name} paused": 1 for name in paused}


def _guard_reasons(services: Services) -> list[str]:
    trouble = services.lanes.trouble
    return [] if trouble is None else [f"guard: {trouble}"]


def standstill(app: FastAPI) -> str | None:
    """Return which of the workers inside does not move, None if there are none or all do."""
    workers = app.state.workers
    return workers.standstill() if isinstance(workers, Workers) else None


def _worker_reasons(request: Request) -> list[str]:
    workers = request.app.state.workers
    if not isinstance(workers, Workers):
        return []
    return [f"worker: {trouble}" for trouble in workers.troubles()]


def _measure(services: Services, connection: Connection) -> None:
    gauges = services.metrics
    gauges.payouts.clear()
    unpaid = connection.execute(_PAYOUTS).all()
    for row in unpaid:
        gauges.payouts.labels(row.state, row.reason or "").set(row.number)
    gauges.in_transit_minor.set(connection.execute(_IN_TRANSIT).scalar() or 0)
    now_ms = services.database.now_ms(connection)
    undecided_ms = [row.oldest_ms for row in unpaid if row.state in _UNDECIDED]
    gauges.oldest_unresolved_s.set((now_ms - min(undecided_ms, default=now_ms)) / 1000)
    gauges.notices_waiting.clear()
    for channel, count in connection.execute(_WAITING):
        gauges.notices_waiting.labels(channel).set(count)
