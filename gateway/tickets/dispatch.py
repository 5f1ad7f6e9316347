"""What people decide about a stop: a command to its lane, or booking what left unmatched."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, select
from sqlalchemy.engine import Connection

from edge.messages import Action, Command
from gateway.records.hints import Hint
from gateway.records.service import Applied
from gateway.tickets.commands import Times, command_by_dispatcher
from gateway.tickets.locks import lock_vehicles_of_stop
from gateway.tickets.reasons import Reason
from gateway.tickets.record_context import RecordContext, TicketRules
from gateway.tickets.stops import GivenUp, Stop, find_stop, update_stop
from gateway.tickets.tables import decisions
from gateway.tickets.weighings import book_released
from gateway.trail.service import By, Deed, keep

BOOK: Final = "book"
"""A decision that sends nothing to a lane."""


class StopNotFound(LookupError):
    """No such stop."""


class NotDecidable(Exception):
    """The stop is not at the point where this can be decided; the message says why."""


class StillUnmatched(Exception):
    """There is nothing that this weight could be booked on; the message is the reason's slug."""


@dataclass(frozen=True, slots=True)
class Decision:
    stop_id: UUID
    action: Action
    reason: str
    """A slug of `[a-z_]`; "dispatcher" when none is given."""
    username: str


@dataclass(frozen=True, slots=True)
class Assignment:
    stop_id: UUID
    order_id: str | None
    """None sets the weight aside: it belongs to no trip."""
    reason: str
    username: str


@dataclass(frozen=True, slots=True)
class Ending:
    stop_id: UUID
    reason: str
    """A slug of `[a-z_]`."""
    username: str


ASSIGNED: Final = "assign"
ENDED: Final = "end"
"""What `dispatcher_action` says of them; no lane is told."""

_KNOWN: Final = select(decisions.c.id).where(decisions.c.id == bindparam("b_id"))
_WHILE_ARRIVED: Final = frozenset({Action.ADMIT, Action.REFUSE, Action.HOLD})
_WHILE_WEIGHED: Final = frozenset({Action.RELEASE, Action.REFUSE, Action.HOLD})


def command_stop(connection: Connection, decision: Decision, times: Times) -> Command:
    """Record a dispatcher's decision on a stop and return the command to send after the commit.

    An admit or release overrules what may be overruled (`reasons.OVERRIDABLE`).
    Raises StopNotFound, or NotDecidable for a stop that is over or not at that point.
    """
    stop = _find(connection, decision.stop_id)
    _check_decidable(stop, decision.action)
    times = _own_time(connection, stop, decision, times)
    command = command_by_dispatcher(stop.place, decision.action, decision.reason, times)
    decided = "arrival_action" if stop.weighing_event_id is None else "weighing_action"
    values: dict[str, Any] = {
        decided: decision.action.value,
        "dispatcher": decision.username,
        "dispatcher_action": decision.action.value,
        "dispatcher_reason": decision.reason,
        "dispatcher_ms": times.now_ms,
        "reason": decision.reason,
        "is_accepted": _is_word_for(stop, decision.action),
    }
    if decision.action is Action.ADMIT:
        values["objection"] = None  # whoever lets it in has looked at its plate
    if stop.reason == Reason.LOAD_WRONG_WAY:
        values["reason"] = stop.reason  # a release that comes after this must know
    before = "arrived" if stop.weighing_event_id is None else "weighed"
    values["state"] = "held" if decision.action is Action.HOLD else before
    kept = {"id": str(command.command_id), "action": decision.action.value}
    by = By(decision.username, times.now_ms)
    deed = _decided(connection, kept | {"reason": decision.reason}, stop, by)
    update_stop(connection, stop, values)
    keep(connection, by, deed)
    return command


def _own_time(connection: Connection, stop: Stop, decision: Decision, times: Times) -> Times:
    """Return when it was decided: a millisecond after the last that was the same otherwise.

    A command is named by it, and is sent and kept once.
    """
    while True:
        command = command_by_dispatcher(stop.place, decision.action, decision.reason, times)
        if connection.execute(_KNOWN, {"b_id": str(command.command_id)}).first() is None:
            return times
        times = times._replace(now_ms=times.now_ms + 1)


def end_stop(connection: Connection, ending: Ending, now_ms: int) -> Hint:
    """End a stop of which its lane will tell no more, so that its truck may be weighed elsewhere.

    What its lane tells of it all the same takes it up again. The lane itself is told nothing.
    Raises StopNotFound, or NotDecidable for a stop that is over.
    """
    stop = _find(connection, ending.stop_id)
    if stop.is_over:
        raise NotDecidable(f"stop is over: {stop.state}")
    ended: dict[str, Any] = {"state": "voided", "reason": GivenUp.BY_PERSON.value}
    if not stop.was_denied:  # a no counts on, if its lane let the truck go all the same
        ended |= {
            "dispatcher": ending.username,
            "dispatcher_action": ENDED,
            "dispatcher_reason": ending.reason,
            "dispatcher_ms": now_ms,
        }
    kept = {"id": str(uuid4()), "action": ENDED, "reason": ending.reason}
    by = By(ending.username, now_ms)
    deed = _decided(connection, kept, stop, by)
    hint = update_stop(connection, stop, ended)
    keep(connection, by, deed)
    return hint


def _is_word_for(stop: Stop, action: Action) -> bool:
    """Return whether a person takes the weight on: not who only lets a truck go with it.

    Two weights that contradict each other make a load only if somebody says which one is wrong.
    """
    return action is Action.RELEASE and stop.reason != Reason.LOAD_WRONG_WAY


def book_held_stop(
    connection: Connection, stop_id: UUID, username: str, rules: TicketRules, now_ms: int
) -> Applied:
    """Book the weight of a truck that left unmatched, now that what was missing is there.

    Raises StopNotFound, NotDecidable if the stop is not such a one, StillUnmatched if nothing has
    changed.
    """
    stop = _find_locked(connection, stop_id)
    if stop.state != "held" or stop.released_ms is None:
        raise NotDecidable(f"stop is {stop.state}, only one that left and is held can be booked")
    _check_unsealed(stop)
    accepted = {
        "is_accepted": True,
        "dispatcher": username,
        "dispatcher_action": Action.RELEASE.value,
        "dispatcher_ms": now_ms,
    }
    by = By(username, now_ms)
    deed = _decided(connection, {"id": str(uuid4()), "action": BOOK}, stop, by)
    update_stop(connection, stop, accepted)
    applied = _book_again(RecordContext(connection, rules, now_ms), _find(connection, stop_id))
    keep(connection, by, deed)
    return applied


def assign_stop(
    connection: Connection, assignment: Assignment, rules: TicketRules, now_ms: int
) -> Applied:
    """Assign the weight of a truck that left to an order, or to none, and book anew.

    It is how a person pairs what the rules could not: the order's other weighings stay with it.
    Raises StopNotFound, NotDecidable for a stop that has no weight, has not left, or is settled,
    StillUnmatched if its weight is in no ticket of that order all the same.
    """
    stop = find_assignable(connection, assignment.stop_id)
    decided = {
        "pinned_order_id": assignment.order_id,
        "is_set_aside": assignment.order_id is None,
        "is_accepted": assignment.order_id is not None,
        "dispatcher": assignment.username,
        "dispatcher_action": ASSIGNED,
        "dispatcher_reason": assignment.reason,
        "dispatcher_ms": now_ms,
    }
    kept = {"id": str(uuid4()), "action": ASSIGNED, "order_id": assignment.order_id}
    kept["reason"] = assignment.reason
    by = By(assignment.username, now_ms)
    deed = _decided(connection, kept, stop, by)
    update_stop(connection, stop, decided)
    applied = _book_again(RecordContext(connection, rules, now_ms), _find(connection, stop.stop_id))
    keep(connection, by, deed)
    return applied


def find_assignable(connection: Connection, stop_id: UUID) -> Stop:
    """Return the stop, locked, whose weight a person may assign.

    Raises StopNotFound, or NotDecidable for one that has no weight, has not left, or is settled.
    """
    stop = _find_locked(connection, stop_id)
    if stop.released_ms is None or stop.weight_kg is None:
        raise NotDecidable(f"stop is {stop.state}, only one that left with a weight is assigned")
    _check_unsealed(stop)
    return stop


def _book_again(context: RecordContext, stop: Stop) -> Applied:
    applied = book_released(context, stop)
    booked = _find(context.connection, stop.stop_id)
    if booked.state == "held":
        raise StillUnmatched(str(booked.reason))
    return replace(applied, hints=(*applied.hints, *context.alarm_hints))


def _decided(connection: Connection, decided: Mapping[str, str | None], stop: Stop, by: By) -> Deed:
    """Insert who decided what, before the stop says so; return what is kept of it as the last.

    The stop names only its last decision. The trail locks until the commit: nothing comes after it.
    """
    whose = {"stop_id": stop.stop_id, "username": by.who, "decided_ms": by.at_ms}
    connection.execute(insert(decisions), {**decided, **whose})
    was = {"state": stop.state, "reason": stop.reason, "order_id": stop.order_id}
    what = f"stop.{decided['action']}"
    return Deed(what, stop.stop_id, was, decided, reason=decided.get("reason"))


def _find(connection: Connection, stop_id: UUID | str) -> Stop:
    stop = find_stop(connection, stop_id)
    if stop is None:
        raise StopNotFound(str(stop_id))
    return stop


def _find_locked(connection: Connection, stop_id: UUID) -> Stop:
    """Return the stop with its vehicle locked before it, as whoever books a vehicle does."""
    lock_vehicles_of_stop(connection, stop_id)
    return _find(connection, stop_id)


def _check_unsealed(stop: Stop) -> None:
    if stop.sealed_ms is not None:
        raise NotDecidable(
            "the stop is sealed: a trip of its time was given to settlement, or too many came since"
        )


def _check_decidable(stop: Stop, action: Action) -> None:
    if stop.is_over:
        raise NotDecidable(f"stop is over: {stop.state}")
    allowed = _WHILE_ARRIVED if stop.weighing_event_id is None else _WHILE_WEIGHED
    if action not in allowed:
        raise NotDecidable(f"a stop that is {stop.state} cannot be answered by {action.value}")
