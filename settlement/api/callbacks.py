"""The banks' callbacks: verified, stored once, answered; then they are only a reason to ask.

Each rail reads its own. Nothing in the body is believed: the payout is made due and the bank is
asked.
"""

from collections.abc import Callable, Iterable
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, bindparam, update

from settlement.api.dependencies import Body, ServicesDep
from settlement.messages import PayoutState
from settlement.payouts.rails.rail import ForgedCallback, RailCallbacks, RailSetup
from settlement.services import Services
from settlement.strict_json import BadInput
from settlement.tables import callbacks, payouts
from taigan.problem import Kind, Problem
from taigan.sql import insert_if_absent, insert_new

log = structlog.get_logger()

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


def callback_router(rails: Iterable[RailSetup]) -> APIRouter:
    """Return a router with one address for each rail that calls back."""
    router = APIRouter(prefix="/api/v1/callbacks")
    for setup in rails:
        if setup.callbacks is not None:
            router.add_api_route(
                f"/{setup.callbacks.path}",
                _endpoint(setup.callbacks),
                methods=["POST"],
                status_code=204,
                operation_id=f"{setup.callbacks.path}_callback",
                name=f"{setup.callbacks.path}_callback",
            )
    return router


def _endpoint(reader: RailCallbacks) -> Callable[[Request, bytes, Services], Response]:
    def callback(request: Request, body: Body, services: ServicesDep) -> Response:
        """Take a hint from the bank: 204 also for one that was here before."""
        event_id = _verified_id(services, reader, request, body)
        number = _number(services, reader, body)
        fresh = services.database.run(
            lambda connection: _keep(services, connection, event_id, number, body)
        )
        services.metrics.callbacks.labels("fresh" if fresh else "repeated").inc()
        if fresh:
            services.wake_ups.wake_all()
        return Response(status_code=204)

    return callback


def _verified_id(services: Services, reader: RailCallbacks, request: Request, body: bytes) -> str:
    """Return the event's id if the bank signed it."""
    try:
        event_id = reader.verify(request.headers, body)
    except ForgedCallback as error:
        services.metrics.callbacks.labels("forged").inc()
        log.warning("A bank callback without a valid signature was refused", error=str(error))
        raise Problem(Kind.BAD_SIGNATURE, "the signature does not hold") from error
    if len(event_id) > _EVENT_ID_CHARACTERS_MAX or len(body) > _BYTES_MAX:
        raise Problem(Kind.TOO_LARGE, "the event or its id is too long")
    return event_id


def _number(services: Services, reader: RailCallbacks, body: bytes) -> str:
    try:
        return reader.number(body)
    except BadInput:
        services.metrics.callbacks.labels("unreadable").inc()
        raise


def _keep(
    services: Services, connection: Connection, event_id: str, number: str, body: bytes
) -> bool:
    now_ms = services.database.now_ms(connection)
    row = {
        "event_id": event_id,
        "provider_no": number,
        "body": body.decode(),
        "received_ms": now_ms,
    }
    if not insert_new(connection, _KEEP, row):
        return False
    connection.execute(ASK_NOW, {"number": number, "now": now_ms})
    return True
