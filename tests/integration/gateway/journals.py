"""A seeded day of four lanes and ten trucks, as the journals of its lanes, and what it comes to.

The lanes are cut off now and then and decide alone; cards are shown that belong to another truck,
trucks back out, are weighed twice, and one lane's clock is only held over. Each lane's records are
in its own order; how the four journals are woven together is the caller's to choose.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection

from edge.messages import LaneState
from gateway.config import Settings
from gateway.outbox.tables import outbox
from gateway.records.envelope import Envelope
from gateway.records.lane_reports import LaneReports
from gateway.records.service import receive
from gateway.registry.tables import orders
from gateway.tickets.service import Tickets
from gateway.tickets.tables import stops, tickets
from gateway.tickets.waiting import waiting_vehicles
from tests.integration.gateway.yard import (
    START_MS,
    Clock,
    FakeLane,
    World,
    add_order,
    add_truck,
    record_in,
)

TRUCKS = 10
MINUTE_MS = 60_000
LATER_MS = START_MS + 400 * MINUTE_MS
WAY = (("mine-in", 0), ("mine-out", 25), ("plant-in", 90), ("plant-out", 110))

Outcome = dict[str, Any]


def tag_of(truck: int) -> str:
    return f"{0xCA0000 + truck:08X}"


def add_fleet(connection: Connection) -> None:
    """Insert the trucks, with an order for each of their two trips."""
    for truck in range(2, TRUCKS + 2):
        add_truck(connection, str(truck), tag_of(truck))
        for trip in (1, 2):
            add_order(connection, f"{truck}-{trip}", str(truck), START_MS + trip)


@dataclass(frozen=True)
class Day:
    """What the lanes recorded, lane by lane, and the nets that the scales showed."""

    journals: dict[str, list[Envelope]]
    nets: dict[str, tuple[int, int]]
    """By order: loaded and unloaded."""


@dataclass
class _Visit:
    at_ms: int
    lane: str
    truck: int
    weight_kg: int
    kind: str = "passes"


class _DayMaker:
    def __init__(self, world: World, seed: int) -> None:
        self._random = random.Random(seed)
        self._lanes = {name: _rewound(world.lane(name)) for name, _ in WAY}
        self._nets: dict[str, tuple[int, int]] = {}

    def make(self) -> Day:
        visits = [visit for truck in range(2, TRUCKS + 2) for visit in self._two_trips(truck)]
        journals: dict[str, list[Envelope]] = {name: [] for name in self._lanes}
        drifting = self._random.choice(list(self._lanes))
        free_ms = dict.fromkeys(self._lanes, 0)
        for visit in sorted(visits, key=lambda visit: visit.at_ms):
            lane = self._lanes[visit.lane]
            begins_ms = max(visit.at_ms, free_ms[visit.lane])
            quality = "holdover" if visit.lane == drifting else "synced"
            drift_ms = 3 * MINUTE_MS if visit.lane == drifting else 0
            lane.clock = Clock(begins_ms + drift_ms)
            journals[visit.lane] += self._records(lane, visit, quality)
            free_ms[visit.lane] = lane.clock.now_ms - drift_ms + 10_000
        return Day(journals, self._nets)

    def _two_trips(self, truck: int) -> Iterator[_Visit]:
        tare_kg = 20 * self._random.randint(700, 850)
        for trip, start_ms in ((1, START_MS), (2, LATER_MS)):
            begin_ms = start_ms + self._random.randint(0, 60) * MINUTE_MS
            load_kg = 20 * self._random.randint(1300, 1550)
            lost_kg = 20 * self._random.randint(0, 5)
            weights = (tare_kg, tare_kg + load_kg, tare_kg + load_kg - lost_kg, tare_kg)
            self._nets[f"order-{truck}-{trip}"] = (load_kg, load_kg - lost_kg)
            for (lane, minute), weight_kg in zip(WAY, weights, strict=True):
                at_ms = begin_ms + minute * MINUTE_MS
                yield from self._visits(_Visit(at_ms, lane, truck, weight_kg))

    def _visits(self, visit: _Visit) -> Iterator[_Visit]:
        """Yield the visit, and at times what went wrong just before it."""
        chance = self._random.random()
        before_ms = visit.at_ms - 2 * MINUTE_MS
        if chance < 0.1:
            yield _Visit(before_ms, visit.lane, visit.truck, visit.weight_kg, "backs out")
        elif chance < 0.2:
            other = self._random.randint(2, TRUCKS + 1)
            yield _Visit(before_ms, visit.lane, other, 0, "drives off")
        elif chance < 0.3:
            yield _Visit(before_ms, visit.lane, visit.truck, visit.weight_kg)
        yield visit

    def _records(self, lane: FakeLane, visit: _Visit, quality: str) -> Iterator[Envelope]:
        stop_id, tag = self._uuid(), tag_of(visit.truck)
        lane.quality = quality
        yield lane.arrived(stop_id, tag)
        if visit.kind == "drives off":
            yield lane.refused(stop_id, "card_changed")
            return
        weighed = lane.weighed(stop_id, visit.weight_kg, tag, self._uuid())
        weighing_id = record_in(weighed).event_id
        yield weighed
        if visit.kind == "backs out":
            yield lane.voided(stop_id, weighing_id, "left_without_release")
            yield lane.left(stop_id, None)
            return
        yield lane.released(stop_id, weighing_id, "offline")
        yield lane.left(stop_id, weighing_id)

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)


def _rewound(lane: FakeLane) -> FakeLane:
    """Return the lane with an empty journal."""
    return FakeLane(lane.yard, lane.lane, lane.key)


def make_day(world: World, seed: int) -> Day:
    return _DayMaker(world, seed).make()


def woven(day: Day, seed: int) -> Iterator[tuple[str, Envelope]]:
    """Yield the records of all lanes in one of the orders in which they may come.

    Now one lane tells, now another; at times one tells all that it has.
    """
    chooser = random.Random(seed)
    left = {name: list(reversed(journal)) for name, journal in day.journals.items()}
    while any(left.values()):
        name = chooser.choice([name for name, journal in left.items() if journal])
        burst = chooser.choice((1, 1, 2, 8, len(left[name])))
        for _ in range(min(burst, len(left[name]))):
            yield name, left[name].pop()


def replay(connection: Connection, settings: Settings, day: Day, seed: int) -> Outcome:
    """Apply the day in one order, inside the caller's transaction, and return what came of it."""
    reports = LaneReports(lambda: LATER_MS)
    for name, journal in day.journals.items():
        last = record_in(journal[-1])
        said = LaneState(online=True, epoch=last.epoch, seq=last.seq)
        reports.take(last.yard, name, said)
    handler = Tickets(settings, reports.behind)
    for _, envelope in woven(day, seed):
        receive(connection, envelope, handler, LATER_MS)
    for vehicle_id in waiting_vehicles(connection):
        handler.rebook(connection, vehicle_id, LATER_MS)
    return outcome(connection)


def outcome(connection: Connection) -> Outcome:
    """Return the trips, tickets and money: everything but when it was written."""
    untimed = [column for column in tickets.c if column.name not in {"created_ms", "closed_ms"}]
    ended = (stops.c.stop_id, stops.c.state, stops.c.reason, stops.c.ticket_id)
    return {
        "trips": _rows(connection, select(orders.c.id, orders.c.status).order_by(orders.c.id)),
        "tickets": _rows(connection, select(*untimed).order_by(tickets.c.id)),
        "stops": _rows(connection, select(*ended).order_by(stops.c.stop_id)),
        "money": _rows(connection, select(outbox.c.body).order_by(outbox.c.ticket_id)),
    }


def _rows(connection: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]
