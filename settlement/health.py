"""Whether the program lives, whether it is ready, and what Prometheus reads."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError

from settlement.api.dependencies import ServicesDep
from settlement.messages import PayoutState
from settlement.services import Services
from settlement.tables import accounts, notices, payouts
from settlement.workers.running import Workers

router = APIRouter()

_UNDECIDED: Final = (
    PayoutState.READY,
    PayoutState.SENDING,
    PayoutState.ACCEPTED,
    PayoutState.UNKNOWN,
    PayoutState.MANUAL,
)
_PAYOUTS: Final = select(payouts.c.state, payouts.c.reason, func.count()).group_by(
    payouts.c.state, payouts.c.reason
)
_OLDEST: Final = select(func.min(payouts.c.created_ms)).where(payouts.c.state.in_(_UNDECIDED))
_IN_TRANSIT: Final = select(func.sum(accounts.c.balance_minor)).where(
    accounts.c.kind == "bank_in_transit"
)
_WITHOUT_RAIL: Final = (
    select(payouts.c.rail)
    .where(payouts.c.due_ms.is_not(None), payouts.c.rail.not_in(bindparam("rails", expanding=True)))
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
    """Answer 503 with the reasons while tickets cannot be settled or payouts are not worked on."""
    reasons = [*_money_reasons(services), *_guard_reasons(services), *_worker_reasons(request)]
    return JSONResponse(
        {"ready": not reasons, "reasons": reasons}, status_code=503 if reasons else 200
    )


@router.get("/metrics", operation_id="metrics")
def metrics(services: ServicesDep) -> Response:
    """Return counters, and gauges read from the database now."""
    with services.database.snapshot() as connection:
        _measure(services, connection)
    return Response(services.metrics.render(), media_type="text/plain; version=0.0.4")


def _money_reasons(services: Services) -> list[str]:
    try:
        with services.database.snapshot() as connection:
            connection.execute(_OLDEST)
            rails = {"rails": list(services.rails)}
            lost = connection.execute(_WITHOUT_RAIL, rails).scalar()
    except SQLAlchemyError as error:
        return [f"database: {type(error).__name__}"]
    return [] if lost is None else [f"rail: {lost} has payouts and is not set up"]


def _guard_reasons(services: Services) -> list[str]:
    trouble = services.lanes.trouble
    return [] if trouble is None else [f"guard: {trouble}"]


def _worker_reasons(request: Request) -> list[str]:
    workers = request.app.state.workers
    if not isinstance(workers, Workers):
        return []
    return [
        *(f"worker: {name} has stopped" for name in workers.dead()),
        *(f"worker: {name} is failing" for name in workers.failing()),
    ]


def _measure(services: Services, connection: Connection) -> None:
    gauges = services.metrics
    gauges.payouts.clear()
    for state, reason, count in connection.execute(_PAYOUTS):
        gauges.payouts.labels(state, reason or "").set(count)
    gauges.in_transit_minor.set(connection.execute(_IN_TRANSIT).scalar() or 0)
    oldest_ms = connection.execute(_OLDEST).scalar()
    age_ms = 0 if oldest_ms is None else services.database.now_ms(connection) - oldest_ms
    gauges.oldest_unresolved_s.set(age_ms / 1000)
    gauges.notices_waiting.clear()
    for channel, count in connection.execute(_WAITING):
        gauges.notices_waiting.labels(channel).set(count)
