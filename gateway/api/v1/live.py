"""The live stream: server-sent events, one connection per browser."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from gateway.auth.guard import Looker
from gateway.http.context import InContext
from taigan.problem import Kind, Problem

router = APIRouter(prefix="/api/v1/stream", tags=["live"])


@router.get(
    "",
    operation_id="watch",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def watch(context: InContext, _principal: Looker) -> StreamingResponse:
    """Watch lanes: newest state first, then changes, hints to read again, a beat every 5 s."""
    if context.hub.is_full:
        raise Problem(Kind.UNAVAILABLE, "too many viewers", headers={"Retry-After": "30"})
    return StreamingResponse(
        context.hub.watch(context.now_ms),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
