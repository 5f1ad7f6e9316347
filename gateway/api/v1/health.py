"""For machines that watch: alive, ready, and numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.api.collector import open_alarms
from gateway.http.context import InContext
from taigan.transactions import read_transaction

Check = Callable[[], str | None]
"""Returns why something is not ready, or None."""

router = APIRouter(tags=["health"])


@router.get("/healthz", operation_id="healthz")
async def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/readyz", operation_id="readyz")
def readyz(request: Request, context: InContext) -> JSONResponse:
    """Say whether this gateway works, 503 with reasons if not; and what people must attend to.

    `attention` names the kinds of open alarms: a dead lane must not take the console away.
    """
    checks: Mapping[str, Check] = request.app.state.checks
    reasons = {name: reason for name, check in checks.items() if (reason := check()) is not None}
    body: dict[str, Any] = {
        "status": "unready" if reasons else "ready",
        "reasons": reasons,
        "attention": {} if "database" in reasons else _attention(context.engine),
    }
    return JSONResponse(body, 503 if reasons else 200)


def _attention(engine: Engine) -> dict[str, int]:
    with read_transaction(engine) as connection:
        return open_alarms(connection)


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
