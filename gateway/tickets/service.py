"""What the lanes' records mean: stops, decisions, tickets. One record, inside one transaction.

A weighing is decided when it is recorded, but the ticket moves only when the truck is released:
a truck that never left with its weight has not been weighed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy.engine import Connection

from edge.messages import (
    Command,
    LaneFault,
    Record,
    TruckArrived,
    TruckLeft,
    TruckRefused,
    TruckReleased,
    Verdict,
    WeighingCompleted,
    WeighingVoided,
)
from gateway.config import Settings
from gateway.records.service import Applied
from gateway.tickets.arrivals import (
    begin_journal,
    on_arrived,
    on_fault,
    on_left,
    on_refused,
    on_voided,
)
from gateway.tickets.book import rebook
from gateway.tickets.clocks import follow_clock
from gateway.tickets.locks import lock_vehicles_of
from gateway.tickets.record_context import (
    LanesBehind,
    RecordContext,
    RecordRefused,
    TicketRules,
    none_behind,
)
from gateway.tickets.stops import Stop, find_stop
from gateway.tickets.waiting import waiting_vehicles
from gateway.tickets.weighings import on_released, on_weighed

_HANDLERS: Final[dict[type[BaseModel], Callable[[RecordContext, Any], Applied]]] = {
    TruckArrived: on_arrived,
    WeighingCompleted: on_weighed,
    TruckReleased: on_released,
    TruckLeft: on_left,
    TruckRefused: on_refused,
    WeighingVoided: on_voided,
    LaneFault: on_fault,
}


class Tickets:
    """Applies records; holds nothing but the rules, and whom to ask which lanes are not heard."""

    def __init__(self, settings: Settings, lanes_behind: LanesBehind = none_behind) -> None:
        self._rules = TicketRules.of(settings)
        self._lanes_behind = lanes_behind

    def prepare(self, connection: Connection, records: Sequence[Record]) -> None:
        """Lock the vehicles of these records of one lane, before anything of them is read."""
        lock_vehicles_of(connection, records)

    def apply(self, connection: Connection, record: Record, now_ms: int) -> Applied:
        """Apply one record; one that breaks a rule changes nothing and is answered REFUSED.

        But for what its number and its clock say of the lane.
        """
        context = RecordContext(connection, self._rules, now_ms, self._lanes_behind)
        follow_clock(context, record)
        given_up = begin_journal(context, record)
        try:
            applied = _HANDLERS[type(record)](context, record)
        except RecordRefused as error:
            applied = Applied(Verdict.REFUSED, error.reason)
        return replace(applied, hints=(*given_up, *applied.hints, *context.alarm_hints))

    def waiting(self, connection: Connection, now_ms: int) -> tuple[str, ...]:
        """Return the vehicles to rebook, by id: their trips may change without a record."""
        return waiting_vehicles(connection, now_ms - self._rules.call_trip_after_ms)

    def rebook(self, connection: Connection, vehicle_id: str, now_ms: int) -> Applied:
        """Book what a vehicle's weighings make by now; it waited for a lane."""
        context = RecordContext(connection, self._rules, now_ms, self._lanes_behind)
        applied = rebook(context, vehicle_id)
        return replace(applied, hints=(*applied.hints, *context.alarm_hints))

    def answer_again(
        self, connection: Connection, record: Record, now_ms: int
    ) -> tuple[Command, ...]:
        """Give the decision on a repeated record once more, while its truck still waits for it."""
        if not isinstance(record, TruckArrived | WeighingCompleted):
            return ()
        stop = find_stop(connection, record.stop_id)
        action = None if stop is None else _pending(stop, record)
        if stop is None or action is None:
            return ()
        context = RecordContext(connection, self._rules, now_ms, self._lanes_behind)
        return (context.command(record, record.stop_id, action, stop.reason),)


def _pending(stop: Stop, record: TruckArrived | WeighingCompleted) -> str | None:
    """Return the action that the lane may still be waiting for."""
    if stop.is_over:
        return None
    if isinstance(record, WeighingCompleted):
        return stop.weighing_action
    return stop.arrival_action if stop.weighing_event_id is None else None
