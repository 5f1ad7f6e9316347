"""News that settlement sends unasked: a settlement or its payout changed."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ValidationError
from standardwebhooks import Webhook, WebhookVerificationError
from structlog import get_logger

from gateway.http.context import Context, InContext
from gateway.tickets.settlements import store_settlement
from settlement.messages import SettlementUpdated
from taigan.problem import Kind, Problem
from taigan.problem_answers import malformed

SIGNATURE_HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")

log = get_logger()
router = APIRouter(prefix="/api/v1/callbacks", tags=["callbacks"])


class Received(BaseModel):
    """`stored` is false for news that is older than what is known, or about no closed ticket."""

    stored: bool


async def raw_body(request: Request) -> bytes:
    """Return the body as it was signed."""
    return await request.body()


@router.post("/settlement", operation_id="settlement_updated")
def settlement_updated(
    request: Request, body: Annotated[bytes, Depends(raw_body)], context: InContext
) -> Received:
    """Take news from settlement, signed by the Standard Webhooks scheme; repeats are harmless."""
    _verify(request, body, context)
    try:
        update = SettlementUpdated.model_validate_json(body)
    except ValidationError as error:
        raise malformed(error.errors()) from error
    with context.engine.begin() as connection:
        hints = store_settlement(connection, update.data, context.now_ms())
    for hint in hints:
        context.hub.publish(hint.event, hint.data)
    log.info(
        "settlement changed",
        ticket_id=str(update.data.ticket_id),
        payout=update.data.payout.state,
        stored=bool(hints),
    )
    return Received(stored=bool(hints))


def _verify(request: Request, body: bytes, context: Context) -> None:
    """Raise Problem unless settlement signed this body within the last minutes."""
    secret = context.settings.settlement.webhook_secret.get_secret_value()
    headers = {name: request.headers.get(name, "") for name in SIGNATURE_HEADERS}
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        # A malformed header makes the library fail in unpacking or decoding it: ValueError too.
        log.warning("a callback was refused", reason=str(error))
        raise Problem(Kind.BAD_SIGNATURE) from error
