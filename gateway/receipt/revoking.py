"""Taking a driver's link back: it was sent to a wrong number, or shown around."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from gateway.api.v1.tickets import find_ticket
from gateway.auth.guard import MoneyEditor
from gateway.http.context import InContext
from gateway.receipt.validity import revoke
from gateway.registry.fields import Text400
from gateway.trail.service import By

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"])


class RevokeIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Text400


@router.post("/{ticket_id}/receipt/revocation", status_code=204, operation_id="revoke_receipt")
def revoke_receipt(
    ticket_id: UUID, given: RevokeIn, context: InContext, principal: MoneyEditor
) -> Response:
    """Let every link to this ticket's receipt open nothing, for good."""
    by = By(principal.username, context.now_ms())
    with context.engine.begin() as connection:
        find_ticket(connection, str(ticket_id))
        revoke(connection, str(ticket_id), by, given.reason)
    return Response(status_code=204)
