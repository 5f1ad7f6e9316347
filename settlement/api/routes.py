"""Tickets and deposits come in; settlements and payouts are shown. A route never decides."""

import base64
import binascii
from typing import Annotated, Final, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from settlement.api.dependencies import AUTHORISED, Body, ServicesDep
from settlement.messages import Id, PayoutState, SettlementState, TicketToSettle
from settlement.payouts.changes import find_settlement
from settlement.payouts.funding import Deposit, deposit
from settlement.payouts.identity import settlement_id
from settlement.payouts.listing import PayoutPage, list_payouts
from settlement.settle import settle_ticket
from settlement.strict_json import BadInput, read_form
from taigan.problem import FieldError, Kind, Problem

log = structlog.get_logger()
router = APIRouter(prefix="/api/v1", dependencies=[AUTHORISED])

_MS_DIGITS_MAX: Final = 18
"""More than any database can compare with."""


class Lanes(BaseModel):
    """The lanes that the guard believes, "yard/lane", each with its public keys in base64."""

    lanes: dict[str, tuple[str, ...]]


@router.get("/lanes", operation_id="list_lanes")
def list_lanes(services: ServicesDep) -> Lanes:
    """List the lanes that the guard believes, to be compared with those that are registered."""
    believed = sorted(services.lanes.items())
    return Lanes(
        lanes={
            lane: tuple(base64.b64encode(key).decode() for key in keys) for lane, keys in believed
        }
    )


@router.put("/settlements/{ticket_id}", operation_id="settle")
def settle(
    ticket_id: UUID, body: Body, services: ServicesDep, response: Response
) -> SettlementState:
    """Settle a ticket (TicketToSettle) once: 201 the first time, 200 for every repeat."""
    ticket = read_form(body, TicketToSettle)
    if ticket.ticket_id != ticket_id:
        raise BadInput((FieldError("ticket_id", "is not the one in the path"),))
    state, created = services.run(lambda tx: settle_ticket(tx, ticket))
    services.metrics.settled.labels("settled" if created else "repeated").inc()
    if created:
        services.wake_ups.wake_all()
        log.info(
            "A ticket was settled",
            ticket_id=str(ticket_id),
            total_minor=state.price.total_minor,
            payout=state.payout.state,
            reason=state.payout.reason,
        )
    response.status_code = 201 if created else 200
    return state


@router.get("/settlements/{ticket_id}", operation_id="get_settlement")
def get_settlement(
    ticket_id: UUID, services: ServicesDep, believed: Literal["settled"] | None = None
) -> SettlementState:
    """Return how the settlement of a ticket stands now.

    Who was told before that it is settled says so: if it is unknown, /readyz is red until it comes.
    """
    with services.database.snapshot() as connection:
        state = find_settlement(connection, settlement_id(ticket_id))
    if state is None:
        if believed == "settled":
            services.forgotten.note(ticket_id)
        raise Problem(Kind.NOT_FOUND, f"ticket {ticket_id} was not settled here")
    return state


@router.get("/payouts", operation_id="list_payouts")
def payouts(
    services: ServicesDep,
    state: PayoutState | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PayoutPage:
    """List payouts, newest first; pass `next_cursor` back to read on."""
    with services.database.snapshot() as connection:
        return list_payouts(connection, state, _cursor(cursor), limit)


def _cursor(text: str | None) -> tuple[int, UUID] | None:
    if text is None:
        return None
    try:
        created_ms, _, payout = base64.urlsafe_b64decode(text.encode()).decode().partition("/")
        return int(created_ms[:_MS_DIGITS_MAX]), UUID(payout)
    except (binascii.Error, ValueError) as error:
        raise BadInput((FieldError("cursor", "is not one that this API gave out"),)) from error


class DepositIn(BaseModel):
    """A consignor's payment for a contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contract_id: Id
    amount_minor: int = Field(strict=True, gt=0, le=10**15)
    reference: str = Field(default="", max_length=140)
    new_contract: bool = Field(default=False, strict=True)
    """The first deposit of a contract says so: one that is mistyped is refused."""


class DepositOut(BaseModel):
    deposit_id: UUID
    contract_id: str
    free_minor: int
    released: int
    """Payouts that were waiting for this money."""


@router.post("/deposits", operation_id="deposit")
def take_deposit(
    body: Body,
    services: ServicesDep,
    response: Response,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> DepositOut:
    """Book a deposit once per Idempotency-Key and release the payouts that waited for it."""
    if not idempotency_key:
        raise Problem(Kind.KEY_MISSING, "a deposit needs an Idempotency-Key header")
    asked = read_form(body, DepositIn)
    paid_in = Deposit(
        contract_id=asked.contract_id, amount_minor=asked.amount_minor, reference=asked.reference
    )
    receipt = services.run(
        lambda tx: deposit(tx, idempotency_key, paid_in, opens_contract=asked.new_contract)
    )
    services.wake_ups.wake_all()
    response.status_code = 200 if receipt.repeated else 201
    return DepositOut(
        deposit_id=receipt.deposit_id,
        contract_id=asked.contract_id,
        free_minor=receipt.free_minor,
        released=receipt.released,
    )
