"""What every decision about a truck has in common: its reason, its refusals, and booking anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from gateway.http.context import Context
from gateway.records.service import Applied
from gateway.tickets.dispatch import NotDecidable, StillUnmatched, StopNotFound
from taigan.problem import Kind, Problem
from taigan.transactions import run


class ReasonedIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, Field(pattern=r"^[a-z_]{1,48}$")]
    """Why, as a slug; it is recorded with the stop, and shown to a driver who waits."""


class Booked(BaseModel):
    stop_id: UUID
    will_be_settled: bool


@contextmanager
def refusals(stop_id: UUID) -> Iterator[None]:
    """Turn what cannot be decided about a stop into Problems."""
    try:
        yield
    except StopNotFound as error:
        raise Problem(Kind.NOT_FOUND, f"there is no stop {stop_id}") from error
    except (NotDecidable, StillUnmatched) as error:
        raise Problem(Kind.CONFLICT, str(error)) from error


def book_anew(context: Context, stop_id: UUID, effect: Callable[[Connection], Applied]) -> Applied:
    """Run `effect` in one transaction and tell screens; its refusals become Problems."""
    with refusals(stop_id):
        applied = run(context.engine, effect)
    for hint in applied.hints:
        context.hub.publish(hint.event, hint.data)
    return applied
