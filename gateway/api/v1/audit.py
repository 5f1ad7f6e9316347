"""What somebody takes away to check the gateway: the export, and heads to keep elsewhere."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, StreamingResponse

from gateway.audit.export import chained, export_lines
from gateway.audit.heads import keeper_of
from gateway.auth.guard import Exporter
from gateway.http.context import InContext
from taigan.problem import Kind, Problem

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


@router.get(
    "/export",
    operation_id="export_audit",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}}},
)
def export(context: InContext, _principal: Exporter) -> StreamingResponse:
    """Export lanes with their keys, signed records, tickets, settlements, and who did what."""
    keeper_of(context.engine, context.settings.heads, context.now_ms).extend()
    lines = export_lines(context.engine, context.now_ms())
    return StreamingResponse(
        chained(lines),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="taigan-gateway-audit.ndjson"'},
    )


@router.get("/head", operation_id="make_head", response_class=PlainTextResponse)
def head(context: InContext, _principal: Exporter) -> str:
    """Sign everything up to now and return the head, a C2SP checkpoint: keep it elsewhere."""
    settings = context.settings.heads
    if settings is None:
        raise Problem(Kind.NOT_FOUND, "heads are not set up: the settings have no section [heads]")
    return keeper_of(context.engine, settings, context.now_ms).head(settings).note
