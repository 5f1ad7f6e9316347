"""Writing what a vehicle's crossings make: its tickets, orders and stops. Asks for no reason.

Everything that is not settled is found anew and compared with what stands; only what differs is
written. So a record that comes late moves tickets, and one that comes twice moves nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

import structlog
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, open_alarm, resolve_alarm
from gateway.records.hints import Hint
from gateway.records.service import Applied
from gateway.registry.tables import orders
from gateway.tickets.facts import find_orders, find_settled
from gateway.tickets.folding import fold
from gateway.tickets.judging import crossing_of, crossings_since, is_left_over
from gateway.tickets.locks import batches, lock_vehicles
from gateway.tickets.matching import OrderStatus
from gateway.tickets.reasons import BY_TRIPS, NO_ALARM, Reason
from gateway.tickets.record_context import RecordContext
from gateway.tickets.settling import queue_settlement
from gateway.tickets.stops import Stop, crossings_of, update_stop
from gateway.tickets.tables import stops, tickets
from gateway.tickets.trips import IN_LANE_ORDER, Leg, Trip, Trips

log = structlog.get_logger()

UNPLACED_KEPT: Final = 100
"""So many of a vehicle's weighings that are in no ticket are folded with every other one, and can
be assigned: weeks of a truck that never fits. Those before are sealed, so that a vehicle's decision
costs the same after years."""

_TICKET_IDS: Final = UUID("6d4b5e6c-9b5c-4f0e-8a1e-3f0a7c5d2b11")

_STANDING: Final = select(tickets).where(
    tickets.c.order_id.in_(bindparam("b_orders", expanding=True)), tickets.c.sealed_ms.is_(None)
)
_REMOVE: Final = delete(tickets).where(tickets.c.id == bindparam("b_ticket_id"))
_STEP: Final = (
    update(orders)
    .where(orders.c.id == bindparam("b_order_id"))
    .values(status=bindparam("b_status"), revision=orders.c.revision + 1)
)
_SEAL_TICKETS: Final = (
    update(tickets)
    .where(tickets.c.order_id == bindparam("b_order_id"))
    .values(sealed_ms=bindparam("b_now_ms"))
)
_SEAL_STOPS: Final = (
    update(stops)
    .where(stops.c.stop_id.in_(bindparam("b_stops", expanding=True)))
    .values(sealed_ms=bindparam("b_now_ms"))
)


def ticket_id_of(order_id: str, purpose: str) -> UUID:
    """Return the id of an order's ticket: the same whichever weighing comes first, and where."""
    return uuid5(_TICKET_IDS, f"{order_id} {purpose}")


def rebook(context: RecordContext, vehicle_id: str, told: str | None = None) -> Applied:
    """Bring the vehicle's tickets, orders and stops to what its crossings make; settle trips.

    `told` is the stop that was told just now, if one was: late, if a trip behind it is settled.
    """
    connection = context.connection
    lock_vehicles(connection, (vehicle_id,))
    found = find_orders(connection, vehicle_id)
    standing = crossings_of(connection, vehicle_id)
    settled = find_settled(connection, vehicle_id)
    crossings = [
        replace(one, is_late=True) if one.stop_id == told and settled.is_too_late(one) else one
        for one in crossings_since(standing, settled)
    ]
    trips = fold(found, crossings, context.rules.limits, settled)
    left_over = frozenset(one.stop_id for one in standing if is_left_over(one, settled))
    writer = _Writer(context, trips, {stop.stop_id: stop for stop in standing}, left_over)
    return writer.write({order.order_id: order.status for order in found})


def hold_released(context: RecordContext, stop: Stop, reason: Reason) -> Hint:
    """Note that a truck left with a weight that is in no ticket, and call somebody."""
    detail = f"{stop.plate or stop.tag} left with {stop.weight_kg} kg: {reason}"
    context.raise_alarm(stop.place, AlarmKind.RELEASED_UNMATCHED, detail, stop.stop_id)
    held: dict[str, Any] = {"state": "held", "reason": reason.value, "ticket_id": None}
    if reason is Reason.ALREADY_ON_ANOTHER_LANE:
        held["objection"] = reason.value  # it stands when its other half is settled and gone
    return update_stop(context.connection, stop, held)


def leave_out(context: RecordContext, stop: Stop) -> Hint:
    """Note that the weight of a truck that nobody knows is nobody's task any more."""
    _call_off(context, stop)
    values = {"reason": Reason.SET_ASIDE.value, "ticket_id": None}
    return update_stop(context.connection, stop, values | _left(stop))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A ticket as its leg makes it."""

    trip: Trip
    leg: Leg

    @property
    def key(self) -> tuple[str, str]:
        return (self.trip.order.order_id, self.leg.purpose)

    @property
    def stop_ids(self) -> tuple[str, ...]:
        return tuple(one.stop_id for one in self.leg.weighed)

    def columns(self) -> dict[str, Any]:
        """Return what the weighings say, without id and times of writing."""
        first, *rest = self.leg.weighed
        second, pair = (rest[0] if rest else None), self.leg.pair
        return {
            "order_id": self.trip.order.order_id,
            "yard_id": first.yard,
            "purpose": self.leg.purpose,
            "status": "open" if pair is None else "closed",
            "first_event_id": first.event_id,
            "first_kg": first.weight_kg,
            "first_ms": first.weighed_ms,
            "second_event_id": None if second is None else second.event_id,
            "second_kg": None if second is None else second.weight_kg,
            "second_ms": None if second is None else second.weighed_ms,
            "gross_kg": None if pair is None else pair.gross.weight_kg,
            "tare_kg": None if pair is None else pair.tare.weight_kg,
            "net_kg": None if pair is None else pair.net_kg,
        }


class _Place(NamedTuple):
    order_id: str
    ticket_id: str


class _Writer:
    """One vehicle's booking; used once."""

    def __init__(
        self,
        context: RecordContext,
        trips: Trips,
        standing: dict[str, Stop],
        left_over: frozenset[str],
    ) -> None:
        self._context = context
        self._connection = context.connection
        self._trips = trips
        self._stops = standing
        self._left_over = left_over
        self._places: dict[str, _Place] = {}
        """By stop."""
        self._closed_ms: dict[str, int] = {}
        """By order: when the last of its tickets was closed."""
        self._hints: list[Hint] = []

    def write(self, statuses: dict[str, OrderStatus]) -> Applied:
        self._write_tickets()
        sealed = [trip for trip in self._trips.trips if trip.is_complete and self._is_due(trip)]
        over = {trip.order.order_id: self._over_with(trip) for trip in sealed}
        self._write_orders(statuses, sealed)
        self._write_stops(self._left_over.union(*over.values()))
        self._let_go()
        self._call_for_unfinished()
        is_queued = [self._settle(trip, over[trip.order.order_id]) for trip in sealed]
        return Applied(hints=tuple(self._hints), queued=any(is_queued))

    # --- tickets ---

    def _write_tickets(self) -> None:
        standing = self._standing_tickets()
        wanted = {each.key: each for each in self._wanted()}
        changed = [each for key, each in wanted.items() if _differs(standing.get(key), each)]
        gone = [row for key, row in standing.items() if key not in wanted]
        # Removed first: a weighing may move from one ticket to another, and is in one at a time.
        for row in (*gone, *(standing[one.key] for one in changed if one.key in standing)):
            self._connection.execute(_REMOVE, {"b_ticket_id": row["id"]})
        for each in changed:
            self._insert_ticket(each, standing.get(each.key))
        for key, each in wanted.items():
            place = _Place(key[0], _id_of(standing.get(key), key))
            self._places |= dict.fromkeys(each.stop_ids, place)
            is_new = each in changed
            closed_ms = self._context.now_ms if is_new else standing[key]["closed_ms"] or 0
            self._closed_ms[key[0]] = max(closed_ms, self._closed_ms.get(key[0], 0))

    def _standing_tickets(self) -> dict[tuple[str, str], RowMapping]:
        names = {"b_orders": [trip.order.order_id for trip in self._trips.trips]}
        rows = self._connection.execute(_STANDING, names).mappings()
        return {(row["order_id"], row["purpose"]): row for row in rows}

    def _wanted(self) -> Iterator[_Wanted]:
        for trip in self._trips.trips:
            yield from (_Wanted(trip, leg) for leg in trip.legs() if leg.crossings)

    def _insert_ticket(self, wanted: _Wanted, before: RowMapping | None) -> None:
        now_ms = self._context.now_ms
        columns = wanted.columns()
        is_closed = columns["status"] == "closed"
        ticket_id = _id_of(before, wanted.key)
        made = {
            "id": ticket_id,
            "created_ms": now_ms if before is None else before["created_ms"],
            "closed_ms": now_ms if is_closed else None,
        }
        self._connection.execute(insert(tickets), columns | made)
        if before is not None and before["first_event_id"] != columns["first_event_id"]:
            log.info("ticket paired anew", ticket_id=ticket_id, order_id=columns["order_id"])
        shown = {name: columns[name] for name in ("order_id", "purpose", "status", "net_kg")}
        self._hints.append(
            Hint("ticket", {"ticket_id": ticket_id, "yard": columns["yard_id"]} | shown)
        )

    # --- orders ---

    def _write_orders(self, statuses: dict[str, OrderStatus], sealed: list[Trip]) -> None:
        for trip in self._trips.trips:
            status = trip.status
            if status is OrderStatus.DELIVERED and trip not in sealed:
                status = OrderStatus.UNLOADING  # complete, but a lane may have more to tell
            if status is not statuses[trip.order.order_id]:
                names = {"b_order_id": trip.order.order_id, "b_status": status.value}
                self._connection.execute(_STEP, names)

    # --- stops ---

    def _write_stops(self, over: frozenset[str]) -> None:
        """Write where each stop stands; those that are over with wait for nothing any more."""
        for stop in self._stops.values():
            reason = self._trips.unplaced.get(stop.stop_id)
            is_over = stop.stop_id in over
            self._hints.extend(self._write_stop(stop, reason, is_over=is_over))

    def _write_stop(self, stop: Stop, reason: Reason | None, *, is_over: bool) -> Iterator[Hint]:
        values: dict[str, Any] = _left(stop)
        if reason is None:
            values |= {"reason": None, **self._places[stop.stop_id]._asdict()}
        elif reason in NO_ALARM:
            values |= {"reason": reason.value, "ticket_id": None}
        elif not is_over and self._may_be_lifted(reason, stop):
            values |= {"reason": Reason.AWAITING_RECORDS.value, "ticket_id": None}
        elif (stop.state, stop.reason) == ("held", reason.value):
            return
        else:
            yield hold_released(self._context, stop, reason)
            return
        if any(getattr(stop, name) != value for name, value in values.items()):
            yield update_stop(self._connection, stop, values)
        if stop.state == "held":
            _call_off(self._context, stop)

    def _let_go(self) -> None:
        """Be done with the oldest weighings that are in no ticket: newer ones are plenty."""
        unplaced = (
            crossing_of(stop)
            for stop in self._stops.values()
            if stop.stop_id in self._trips.unplaced
        )
        oldest = sorted(unplaced, key=IN_LANE_ORDER)[:-UNPLACED_KEPT]
        self._seal(one.stop_id for one in oldest)

    def _seal(self, stop_ids: Iterable[str]) -> None:
        for some in batches(sorted(stop_ids)):
            names = {"b_stops": some, "b_now_ms": self._context.now_ms}
            self._connection.execute(_SEAL_STOPS, names)

    def _may_be_lifted(self, reason: Reason, stop: Stop) -> bool:
        yards = self._trips.yards() | {stop.yard_id}
        return reason in BY_TRIPS and self._context.may_be_explained(yards, _heard_ms(stop))

    # --- trips that a weighing is missing from ---

    def _call_for_unfinished(self) -> None:
        unfinished = self._trips.unfinished()
        for trip in self._trips.trips:
            lacks = trip.last is not None and not trip.is_complete
            calls = lacks and self._calls(trip, is_passed=trip in unfinished)
            self._hints.extend(_follow_lack(self._context, trip, lacks=calls))

    def _calls(self, trip: Trip, *, is_passed: bool) -> bool:
        """Return whether what is missing is not on its way, be it the truck itself."""
        heard_ms = max(_heard_ms(self._stops[stop_id]) for stop_id in trip.stop_ids())
        if self._context.may_be_explained(trip.yards, heard_ms):
            return False
        rules = self._context.rules
        return is_passed or self._context.now_ms - heard_ms >= rules.call_trip_after_ms

    # --- settling ---

    def _is_due(self, trip: Trip) -> bool:
        """Return whether no record can be on its way that would still change this trip."""
        return not self._context.may_change(trip.yards, self._closed_ms[trip.order.order_id])

    def _over_with(self, trip: Trip) -> frozenset[str]:
        """Return the trip's stops, and what no trip has from before its end: it waits no more."""
        others = [other.stop_ids() for other in self._trips.trips if other is not trip]
        taken = frozenset().union(*others)
        end = IN_LANE_ORDER(trip.end)
        before = {
            stop.stop_id for stop in self._stops.values() if IN_LANE_ORDER(crossing_of(stop)) <= end
        }
        return (trip.stop_ids() | before) - taken

    def _is_task(self, stop_id: str) -> bool:
        """Return whether a person has still to say where this weight belongs."""
        reason = self._trips.unplaced.get(stop_id)
        return reason is not None and reason not in NO_ALARM

    def _settle(self, trip: Trip, over: frozenset[str]) -> bool:
        now_ms = self._context.now_ms
        names = {"b_order_id": trip.order.order_id, "b_now_ms": now_ms}
        self._connection.execute(_SEAL_TICKETS, names)
        self._seal(one for one in over if not self._is_task(one))
        ticket_id = UUID(self._places[trip.unloading.weighed[0].stop_id].ticket_id)
        queued = queue_settlement(self._connection, ticket_id, self._context.rules.links, now_ms)
        self._hints.extend(queued.hints)
        return queued.is_queued


def _left(stop: Stop) -> dict[str, Any]:
    return {"state": "left" if stop.left_ms is not None else "released"}


def _heard_ms(stop: Stop) -> int:
    """Return when the gateway learned that the truck was released."""
    if stop.heard_ms is None:
        raise ValueError(f"stop {stop.stop_id} was not released")
    return stop.heard_ms


def _differs(standing: RowMapping | None, wanted: _Wanted) -> bool:
    if standing is None:
        return True
    return any(standing[name] != value for name, value in wanted.columns().items())


def _id_of(standing: RowMapping | None, key: tuple[str, str]) -> str:
    """Return the id that a ticket has, by an earlier version perhaps, or will have."""
    return str(ticket_id_of(*key)) if standing is None else str(standing["id"])


def _call_off(context: RecordContext, stop: Stop) -> None:
    """Note that somebody who was called for this weight is needed no more."""
    context.resolve_alarm(stop.place, AlarmKind.RELEASED_UNMATCHED, stop.stop_id)


def _follow_lack(context: RecordContext, trip: Trip, *, lacks: bool) -> tuple[Hint, ...]:
    """Call somebody once for a trip that lacks a weighing, until it does not."""
    lacking = ", ".join(leg.purpose for leg in trip.legs() if leg.pair is None)
    detail = f"a weighing is missing: {lacking}"
    alarm = Alarm(AlarmKind.TRIP_INCOMPLETE, detail, subject=trip.order.order_id)
    if lacks:
        opened = open_alarm(context.connection, alarm, context.now_ms)
        return () if opened is None else (opened,)
    return resolve_alarm(context.connection, alarm, context.now_ms)
