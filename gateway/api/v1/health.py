"""For machines that watch: alive, ready, and numbers."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from gateway.http.context import InContext
from taigan.readiness import Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz", operation_id="healthz")
async def healthz() -> dict[str, str]:
    """Say that the process answers, and which program it is."""
    return {"status": "ok", "program": "taigan-gateway"}


@router.get("/readyz", operation_id="readyz")
def readyz(request: Request, context: InContext) -> JSONResponse:
    """Say whether this gateway works, 503 with reasons if not; and which kinds of alarms are open.

    The alarms are `attention`: a dead lane must not take the console away.
    """
    readiness: Readiness = request.app.state.readiness
    return readiness.answer(context.engine)


@router.get("/metrics", operation_id="metrics", response_class=Response)
def metrics(request: Request, _context: InContext) -> Response:
    """Give the numbers to Prometheus."""
    registry: CollectorRegistry = request.app.state.metrics
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
