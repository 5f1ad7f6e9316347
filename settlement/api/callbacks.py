"""The bank's callbacks: verified, stored once, answered; then they are only a reason to ask.

Standard Webhooks signature; body `{"type": "transfer.updated", "data": {"id", …}}`. Nothing in
the body is believed: the payout is made due and the bank is asked.
"""

from typing import Any, Final

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, bindparam, update
from standardwebhooks import Webhook, WebhookVerificationError

from settlement.api.dependencies import Body, ServicesDep
from settlement.api.problems import Problem, Refused
from settlement.db import insert_if_absent, insert_new
from settlement.messages import PayoutState
from settlement.services import Services
from settlement.strict_json import BadInput, read_form
from settlement.tables import callbacks, payouts

log = structlog.get_logger()
router = APIRouter(prefix="/api/v1/callbacks")

_BYTES_MAX: Final = 65_536
_EVENT_ID_CHARACTERS_MAX: Final = 200

_KEEP: Final = insert_if_absent(callbacks)
ASK_NOW: Final = (
    update(payouts)
    .where(
        payouts.c.provider_no == bindparam("number"),
        payouts.c.state.in_(
            [
                PayoutState.ACCEPTED,
                PayoutState.UNKNOWN,
                PayoutState.PAID,
                PayoutState.FAILED,
                PayoutState.RETURNED,
            ]
        ),
    )
    .values(due_ms=bindparam("now"))
)
"""A payout that is being sent has its answer under way and is asked about soon after it anyway."""


class TransferHint(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")


class BankEvent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str = Field(max_length=64)
    data: TransferHint


@router.post("/bank", status_code=204, operation_id="bank_callback")
def bank_callback(request: Request, body: Body, services: ServicesDep) -> Response:
    """Take a hint from the bank: 204 also for one that was here before."""
    event_id = _verified_id(services, request, body)
    event = _event(services, body)
    fresh = services.database.run(
        lambda connection: _keep(services, connection, event_id, event, body)
    )
    services.metrics.callbacks.labels("fresh" if fresh else "repeated").inc()
    if fresh:
        services.wake_ups.wake_all()
    return Response(status_code=204)


def _verified_id(services: Services, request: Request, body: bytes) -> str:
    """Return the event's id if the bank signed it.

    The library raises other errors than its own for malformed headers, all of them ValueError or
    OverflowError; a stranger must not be able to cause a 500.
    """
    secret = services.settings.bank.callback_secret.get_secret_value()
    event_id = request.headers.get("webhook-id", "")
    try:
        Webhook(secret).verify(body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError, OverflowError, TypeError) as error:
        services.metrics.callbacks.labels("forged").inc()
        log.warning("A bank callback without a valid signature was refused", error=str(error))
        raise Refused(Problem.FORGED_CALLBACK, "the signature does not hold") from error
    if len(event_id) > _EVENT_ID_CHARACTERS_MAX or len(body) > _BYTES_MAX:
        raise Refused(Problem.TOO_LARGE, "the event or its id is too long")
    return event_id


def _event(services: Services, body: bytes) -> BankEvent:
    try:
        return read_form(body, BankEvent)
    except BadInput:
        services.metrics.callbacks.labels("unreadable").inc()
        raise


def _keep(
    services: Services, connection: Connection, event_id: str, event: BankEvent, body: bytes
) -> bool:
    now_ms = services.database.now_ms(connection)
    row: dict[str, Any] = {
        "event_id": event_id,
        "provider_no": event.data.id,
        "body": body.decode(),
        "received_ms": now_ms,
    }
    if not insert_new(connection, _KEEP, row):
        return False
    connection.execute(ASK_NOW, {"number": event.data.id, "now": now_ms})
    return True
