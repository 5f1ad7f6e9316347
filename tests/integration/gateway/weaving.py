"""The journals of a day and what people did, woven together in one of the orders that may be.

What the lanes recorded comes in any order that keeps each journal's own. What the outer world does
has a place that is bound to what it depends on, and is free within that:

- An order stands in the database before any record that was made after it was entered.
- A lane's records are refused, and kept by the lane, until somebody registers it.
- A person decides about a weight that has come. He takes what has come for all there is, so that a
  complete trip is sealed by his word; one who is refused tries again when more has come, and whom
  the gateway refuses to the end is the same in all orders.
- A trip may be sealed at any moment since it is complete, because the wait for its lanes is over.
  The others go on.

A seal is final: which weighings make a trip is then decided by when it came. So it comes, by a
person's word or the end of the wait, only when the truck has no weighing that is still out from
before, by the lanes' own clocks, nor one of the same trip, and nobody has still to decide about
one. What a truck's weighings come to after a seal that came too early may depend on it, and is not
asked here (see `after_settlement`).

Within that the law is: trips, tickets, what is given to settlement, where each stop ends and the
alarms about trucks are the same for all orders, with seals or without.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from typing import Any, Final, Self

from sqlalchemy import select
from sqlalchemy.engine import Connection

from edge.messages import LaneState
from gateway.outbox.tables import outbox
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.envelope import Rejected
from gateway.records.lane_reports import LaneReports
from gateway.records.service import receive
from gateway.records.tables import alarms
from gateway.registry.tables import orders
from gateway.tickets.dispatch import (
    Assignment,
    NotDecidable,
    StillUnmatched,
    assign_stop,
    book_held_stop,
)
from gateway.tickets.record_context import TicketRules
from gateway.tickets.service import Tickets
from gateway.tickets.tables import stops, tickets
from tests.integration.gateway.fleet import UNREGISTERED, Fleet, Trip, enter
from tests.integration.gateway.journals import LATER_MS, Day, Decision, Told, Weighing
from tests.integration.gateway.yard import START_MS, record_in, register_lane

WAIT_MS: Final = 300_000
Outcome = dict[str, Any]


def outcomes(fleet: Fleet, day: Day, seed: int, endings: int = 1) -> Iterator[Outcome]:
    """Yield what comes of some orders of the day; nothing of it stays in the database.

    They have their beginning in common, of random length: it need not be told again for each.
    """
    chooser = random.Random(seed)
    with fleet.engine.connect() as connection, connection.begin() as transaction:
        weaver = Weaver(connection, fleet, day, chooser)
        weaver.weave(chooser.randint(20, 80) * len(day.records()) // 100 if endings > 1 else 0)
        for ending in range(endings):
            with connection.begin_nested() as told:
                yield weaver.branch(random.Random(f"{seed} {ending}")).end()
                told.rollback()
        transaction.rollback()


class Weaver:
    """One order of a day, told to the gateway inside the caller's transaction."""

    def __init__(
        self, connection: Connection, fleet: Fleet, day: Day, chooser: random.Random
    ) -> None:
        self._connection = connection
        self._settings = fleet.settings
        self._rules = TicketRules.of(fleet.settings)
        self._world = fleet.world
        self._chooser = chooser
        self._cut_all()
        self._journals = {name: list(reversed(told)) for name, told in day.journals.items()}
        self._ends = {name: told[-1] for name, told in day.journals.items() if told}
        self._to_enter = sorted(day.trips, key=lambda trip: (-trip.entered_ms, trip.name))
        self._enter_until(START_MS)
        self._to_decide = list(day.decisions)
        self._of_truck: dict[int, list[Weighing]] = {}
        for weighing in day.weighings():
            self._of_truck.setdefault(weighing.trip.truck, []).append(weighing)
        self._came: set[Weighing] = set()
        self._is_registered = False
        self._seals = self._chooser.choice((0.0, 0.3, 1.0))
        """How often the wait for a trip's lanes ends as soon as it may."""

    def branch(self, chooser: random.Random) -> Self:
        """Return one who goes on from here in an order of its own."""
        other = copy(self)
        other._chooser = chooser
        other._journals = {name: list(told) for name, told in self._journals.items()}
        other._to_enter, other._to_decide = list(self._to_enter), list(self._to_decide)
        other._came = set(self._came)
        other._cut_all()
        return other

    def end(self) -> Outcome:
        """Tell all that is left, and return what came of the day."""
        self.weave(0)
        self._hear_all()
        undecided = [str(decision.weighing.stop_id) for decision in self._to_decide]
        return outcome(self._connection) | {"undecided": sorted(undecided)}

    def weave(self, left: int) -> None:
        """Tell records until about so many are left."""
        while sum(map(len, self._journals.values())) > left:
            names = [name for name, told in self._journals.items() if told]
            if self._to_enter and self._chooser.random() < 0.05:
                enter(self._connection, self._to_enter.pop())
            name = self._chooser.choice(names)
            if name == UNREGISTERED and not self._is_registered:
                self._register(self._journals[name][-1])
                continue
            journal = self._journals[name]
            burst = self._chooser.choice((1, 1, 2, 8, len(journal)))
            for _ in range(min(burst, len(journal))):
                self._tell(journal.pop())

    def _cut_all(self) -> None:
        """Let all lanes be out of reach, just now: all trips wait for them."""
        self._reports = LaneReports(lambda: LATER_MS)
        self._tickets = Tickets(self._settings, self._reports.behind)
        for lane in self._world.lanes.values():
            self._reports.take(lane.yard, lane.lane, LaneState(online=False))

    def _enter_until(self, at_ms: int) -> None:
        while self._to_enter and self._to_enter[-1].entered_ms <= at_ms:
            enter(self._connection, self._to_enter.pop())

    def _register(self, told: Told) -> None:
        """Register the lane, or let it find out that it is not: it keeps its record then."""
        if self._chooser.random() < 0.5:
            with suppress(Rejected):
                receive(self._connection, told.envelope, self._tickets, LATER_MS)
            return
        register_lane(self._connection, self._world.lane(UNREGISTERED))
        self._is_registered = True

    def _tell(self, told: Told) -> None:
        self._enter_until(told.at_ms)
        receive(self._connection, told.envelope, self._tickets, LATER_MS)
        if told.weighing is None:
            return
        self._came.add(told.weighing)
        truck = told.weighing.trip.truck
        self._decide(truck, how_often=0.5)
        if self._chooser.random() < self._seals and self._may_seal(truck):
            self._tickets.rebook(self._connection, f"vehicle-{truck}", LATER_MS + WAIT_MS)

    def _hear_all(self) -> None:
        """Let people do the rest, and the lanes say that this was all."""
        self._enter_until(max(told.at_ms for told in self._ends.values()))
        for truck in self._of_truck:
            self._decide(truck, how_often=1.0)
        for told in self._ends.values():
            last = record_in(told.envelope)
            said = LaneState(online=True, epoch=last.epoch, seq=last.seq)
            self._reports.take(last.yard, last.lane, said)
        for vehicle_id in self._tickets.waiting(self._connection, LATER_MS):
            self._tickets.rebook(self._connection, vehicle_id, LATER_MS)

    # --- people ---

    def _decide(self, truck: int, how_often: float) -> None:
        waiting = self._waiting(truck)
        if not waiting or self._chooser.random() >= how_often:
            return
        (decision,) = waiting
        if self._makes_none_complete(truck) or self._is_all_there(truck):
            with suppress(StillUnmatched, NotDecidable), self._connection.begin_nested():
                self._apply(decision)
                self._to_decide.remove(decision)

    def _waiting(self, truck: int) -> list[Decision]:
        return [
            decision
            for decision in self._to_decide
            if decision.weighing.trip.truck == truck and decision.weighing in self._came
        ]

    def _apply(self, decision: Decision) -> None:
        stop_id, trip = decision.weighing.stop_id, decision.weighing.trip
        if decision.deed == "book":
            book_held_stop(self._connection, stop_id, "li", self._rules, LATER_MS)
            return
        order_id = trip.order_id if decision.deed == "assign" else None
        assignment = Assignment(stop_id, order_id, "seen_on_site", "li")
        assign_stop(self._connection, assignment, self._rules, LATER_MS)

    # --- when a trip may be sealed ---

    def _may_seal(self, truck: int) -> bool:
        return not self._waiting(truck) and self._is_all_there(truck)

    def _makes_none_complete(self, truck: int) -> bool:
        at = Counter(one.yard for one in self._of_truck[truck] if one in self._came)
        return min(at["mine"], at["plant"]) < 2

    def _is_all_there(self, truck: int) -> bool:
        """Return whether nothing is out from before what has come, nor of a complete trip."""
        known = self._of_truck[truck]
        count = sum(one in self._came for one in known)
        if not all(one in self._came for one in known[:count]):
            return False
        begun = {one.trip for one in known[count:]} & {one.trip for one in known[:count]}
        return not any(self._may_be_complete(trip, known[:count]) for trip in begun)

    @staticmethod
    def _may_be_complete(trip: Trip, known: list[Weighing]) -> bool:
        at = Counter(one.yard for one in known if one.trip == trip)
        return min(at["mine"], at["plant"]) >= 2


def outcome(connection: Connection) -> Outcome:
    """Return trips, tickets, stops, money and calls: everything but when it was written."""
    timed = {"created_ms", "closed_ms", "sealed_ms"}
    untimed = [column for column in tickets.c if column.name not in timed]
    is_sealed = tickets.c.sealed_ms.is_not(None).label("is_sealed")
    ended = (stops.c.stop_id, stops.c.state, stops.c.reason, stops.c.ticket_id)
    about_trucks = (AlarmKind.RELEASED_UNMATCHED.value, AlarmKind.TRIP_INCOMPLETE.value)
    calls = select(alarms.c.kind, alarms.c.subject).where(
        alarms.c.kind.in_(about_trucks), alarms.c.open_key.is_not(None)
    )
    return {
        "trips": _rows(connection, select(orders.c.id, orders.c.status).order_by(orders.c.id)),
        "tickets": _rows(connection, select(*untimed, is_sealed).order_by(tickets.c.id)),
        "stops": _rows(connection, select(*ended).order_by(stops.c.stop_id)),
        "money": _rows(connection, select(outbox.c.body).order_by(outbox.c.ticket_id)),
        "calls": _rows(connection, calls.order_by(alarms.c.kind, alarms.c.subject)),
    }


def _rows(connection: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]
