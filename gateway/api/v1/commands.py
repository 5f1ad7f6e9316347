"""What a dispatcher decides about a held truck."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Connection
from structlog import get_logger

from edge.messages import Action, Command
from gateway.api.v1.deciding import Booked, ReasonedIn, book_anew, refusals
from gateway.auth.guard import Dispatcher
from gateway.http.context import Context, InContext
from gateway.http.idempotency import HttpAnswer, InOnce, answer_once
from gateway.records.service import Applied
from gateway.tickets.commands import Times
from gateway.tickets.dispatch import (
    Decision,
    Ending,
    book_held_stop,
    command_stop,
    end_stop,
)
from gateway.tickets.record_context import TicketRules

log = get_logger()
router = APIRouter(prefix="/api/v1/stops", tags=["stops"])


class CommandIn(ReasonedIn):
    action: Action


class CommandView(BaseModel):
    """A command on its way; the lane ignores it after `expires_at`."""

    command_id: UUID
    stop_id: UUID
    action: Action
    reason: str | None
    expires_at: AwareDatetime


@router.post(
    "/{stop_id}/commands",
    status_code=202,
    response_model=None,
    responses={202: {"model": CommandView}},
    operation_id="command_stop",
)
def decide(
    stop_id: UUID, given: CommandIn, context: InContext, principal: Dispatcher, once: InOnce
) -> Response:
    """Admit, release, refuse or hold a truck. Sent once the decision is recorded."""
    decided = Decision(stop_id, given.action, given.reason, principal.username)
    fresh: list[Command] = []

    def effect(connection: Connection) -> HttpAnswer:
        command = _decide(connection, decided, context)
        fresh.append(command)
        view = CommandView.model_validate(command, from_attributes=True)
        return HttpAnswer(202, view.model_dump_json())

    answer = answer_once(context, principal.user_id, once, effect)
    for command in fresh:
        context.publisher.publish(command)
        context.hub.publish("stop", {"stop_id": str(stop_id)})
        log.info(
            "a dispatcher decided",
            stop_id=str(stop_id),
            action=command.action,
            reason=command.reason,
            user=principal.username,
        )
    return Response(answer.body, answer.status, media_type="application/json")


@router.post("/{stop_id}/booking", operation_id="book_stop")
def book(stop_id: UUID, context: InContext, principal: Dispatcher) -> Booked:
    """Book the weight of a truck that was let out unmatched, now that its order is there."""
    rules, name = TicketRules.of(context.settings), principal.username
    applied = book_anew(
        context,
        stop_id,
        lambda connection: book_held_stop(connection, stop_id, name, rules, context.now_ms()),
    )
    log.info("a held stop was booked", stop_id=str(stop_id), user=name)
    return Booked(stop_id=stop_id, will_be_settled=applied.queued)


class Ended(BaseModel):
    stop_id: UUID


@router.post("/{stop_id}/end", operation_id="end_stop")
def end(stop_id: UUID, given: ReasonedIn, context: InContext, principal: Dispatcher) -> Ended:
    """End a stop that its lane will never end: its box is gone, and the truck is locked out."""
    ending = Ending(stop_id, given.reason, principal.username)
    book_anew(
        context,
        stop_id,
        lambda connection: Applied(hints=(end_stop(connection, ending, context.now_ms()),)),
    )
    log.info("a stop was ended", stop_id=str(stop_id), reason=given.reason, user=ending.username)
    return Ended(stop_id=stop_id)


def _decide(connection: Connection, decision: Decision, context: Context) -> Command:
    ttl_ms = int(context.settings.weighing.command_ttl_s * 1000)
    with refusals(decision.stop_id):
        return command_stop(connection, decision, Times(context.now_ms(), ttl_ms))
