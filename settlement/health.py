"""Whether the program lives, whether it is ready, and what Prometheus reads."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, bindparam, exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from structlog import get_logger

from settlement.api.dependencies import ServicesDep
from settlement.guard.check import UNPINNED, LaneKeys
from settlement.guard.registers import FOR_PEOPLE
from settlement.messages import PayoutState
from settlement.payouts.controls import switches
from settlement.payouts.holds import BREAKER, DOUBTED
from settlement.services import Services
from settlement.tables import STOPPED, UNPAID, accounts, notices, payouts, rails
from settlement.workers.running import Workers
from taigan.readiness import Check, Readiness

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
        payouts.c.reason.in_((*DOUBTED, "limit", *FOR_PEOPLE, BREAKER))
        | (payouts.c.state == PayoutState.MANUAL),
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
    """Say that the process answers, and which program it is."""
    return {"status": "ok", "program": "taigan-settlement"}


@router.get("/readyz", operation_id="readyz")
def readyz(request: Request, services: ServicesDep) -> JSONResponse:
    """Say whether tickets are settled and payouts worked on, 503 with reasons if not.

    `attention` counts the payouts that wait for a person, and names the rails that are paused.
    """
    checks = {"guard": lambda: services.lanes.trouble, **_workers(request.app)}
    looks = {
        "rail": lambda connection: _lost_rail(connection, list(services.rails)),
        "gateway": services.forgotten.look,
        "guard_lanes": lambda connection: _unpinned(connection, services.policy.lane_keys),
    }
    return Readiness(checks, looks, _attention).answer(services.database.engine)


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


def standstill(app: FastAPI) -> str | None:
    """Return which of the workers inside does not move, None if there are none or all do."""
    workers = app.state.workers
    return workers.standstill() if isinstance(workers, Workers) else None


def _workers(app: FastAPI) -> Mapping[str, Check]:
    workers = app.state.workers
    return workers.checks() if isinstance(workers, Workers) else {}


def _lost_rail(connection: Connection, known: list[str]) -> str | None:
    lost = connection.execute(_WITHOUT_RAIL, {"rails": known}).scalar()
    return None if lost is None else f"{lost} has payouts and is not set up"


def _unpinned(connection: Connection, pinned: LaneKeys) -> str | None:
    """Return which mistake in the guard's list stops payouts."""
    if not pinned:
        return "no lane in guard.lane_keys, every payout is held"
    detail = connection.execute(_UNPINNED).scalar()
    return None if detail is None else f"a lane is not in guard.lane_keys: {detail}"


def _attention(connection: Connection) -> dict[str, int]:
    """Return how many payouts wait for a person, by state and reason, and which rails do."""
    rows = connection.execute(_STOPPED)
    waiting = {f"{state} {reason or ''}".strip(): count for state, reason, count in rows}
    paused = [name for name, is_paused, _ in switches(connection) if is_paused]
    return waiting | {f"rail {name} paused": 1 for name in paused}


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
