"""For machines that watch: alive, ready, and numbers."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.http.context import InContext
from gateway.live.hub import Hub
from gateway.outbox.tables import outbox
from gateway.records.tables import alarms
from taigan.transactions import read_transaction

Check = Callable[[], str | None]
"""Returns why something is not ready, or None."""

router = APIRouter(tags=["health"])


@router.get("/healthz", operation_id="healthz")
async def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/readyz", operation_id="readyz")
def readyz(request: Request) -> JSONResponse:
    """Say whether work gets done; 503 with reasons if not."""
    checks: Mapping[str, Check] = request.app.state.checks
    reasons = {name: reason for name, check in checks.items() if (reason := check()) is not None}
    body: dict[str, Any] = {"status": "unready" if reasons else "ready", "reasons": reasons}
    return JSONResponse(body, 503 if reasons else 200)


@router.get("/metrics", operation_id="metrics", response_class=Response)
def metrics(request: Request, _context: InContext) -> Response:
    """Give the numbers to Prometheus."""
    registry: CollectorRegistry = request.app.state.metrics
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def database_check(engine: Engine) -> Check:
    """Return the check that the database answers."""

    def check() -> str | None:
        try:
            with read_transaction(engine) as connection:
                connection.execute(select(1))
        except SQLAlchemyError as error:
            return f"the database does not answer: {type(error).__name__}"
        return None

    return check


_OUTBOX: Final = select(func.count(), func.min(outbox.c.created_ms)).where(
    outbox.c.done_ms.is_(None)
)
_ALARMS: Final = select(func.count()).select_from(alarms).where(alarms.c.resolved_ms.is_(None))


class GatewayCollector(Collector):
    """Reads the gauges from the database when asked: no other code has to count."""

    def __init__(self, engine: Engine, hub: Hub, now_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._hub = hub
        self._now_ms = now_ms

    def describe(self) -> list[Metric]:
        """Name nothing: registering must not read the database."""
        return []

    def collect(self) -> list[Metric]:
        """Return all gauges."""
        return [*self._database(), *self._lanes()]

    def _database(self) -> list[Metric]:
        with read_transaction(self._engine) as connection:
            waiting, oldest_ms = connection.execute(_OUTBOX).one()
            open_alarms = connection.execute(_ALARMS).scalar_one()
        age_s = 0.0 if oldest_ms is None else (self._now_ms() - oldest_ms) / 1000
        return [
            GaugeMetricFamily("taigan_outbox_waiting", "Tickets not yet settled", waiting),
            GaugeMetricFamily("taigan_outbox_age_seconds", "Age of the oldest of them", age_s),
            GaugeMetricFamily("taigan_alarms_open", "Unresolved alarms", open_alarms),
            GaugeMetricFamily("taigan_viewers", "Browsers watching", self._hub.viewers),
        ]

    def _lanes(self) -> list[Metric]:
        online = GaugeMetricFamily(
            "taigan_lane_online", "1 while the lane is connected", labels=["yard", "lane"]
        )
        depth = GaugeMetricFamily(
            "taigan_lane_outbox", "Records the lane still has to deliver", labels=["yard", "lane"]
        )
        for state in self._hub.lanes("lane_state"):
            labels = [str(state["yard"]), str(state["lane"])]
            online.add_metric(labels, float(bool(state.get("online"))))
            depth.add_metric(labels, float(state.get("outbox_depth") or 0))
        return [online, depth]
