"""A seeded day of ten trucks, as the journals of its lanes, and what the outer world did to it.

The lanes are cut off and decide alone. Cards are shown that belong to another truck, trucks back
out, are weighed twice, take a load back; plates are read late, wrongly or not at all; one lane's
clock is held over and another's is wrong though it is synchronised. Orders are entered while the
trucks drive, and people decide about weights. Each lane's records are in its own order; how they
are woven together, with the rest, is the business of `weaving`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from edge.messages import PlateRead, SeenPlate
from gateway.records.envelope import Envelope
from tests.integration.gateway.fleet import BACK, EXTRA_LANES, THERE, TRUCKS, Trip, plate_of, tag_of
from tests.integration.gateway.yard import START_MS, Clock, FakeLane, World, record_in

MINUTE_MS: Final = 60_000
LATER_MS: Final = START_MS + 400 * MINUTE_MS
BACK_MS: Final = 125 * MINUTE_MS
"""From a trip's begin to that of the load back."""
MINUTES: Final = (0, 25, 90, 110)
LANES_OF: Final = {"mine": ("mine-in", "mine-out"), "plant": ("plant-in", "plant-out")}
HELD_OVER_MS: Final = 3 * MINUTE_MS
WRONG_MS: Final = tuple(
    sign * minutes * MINUTE_MS for minutes in (2, 10, 45, 180) for sign in (-1, 1)
)
"""By how much a clock may be wrong that calls itself synchronised: less than the minutes between
two weighings, more, and more than `trips.CLOCK_ERROR_MS`."""
HARMLESS_MS: Final = 10 * MINUTE_MS

Kind = Literal["passes", "backs out", "drives off"]
PlateKind = Literal["right", "unseen", "late", "wrong", "wrong later"]
Deed = Literal["assign", "set aside", "book"]
DEEDS: Final[tuple[Deed, ...]] = ("assign", "set aside", "book")


class Weighing(NamedTuple):
    """A weight whose truck was released."""

    in_lane_order: tuple[int, str, str, int]
    """As `trips.IN_LANE_ORDER` sorts it: by its lane's clock, right or wrong."""
    trip: Trip
    """The one that it was truly made for."""
    yard: str
    stop_id: UUID


class Told(NamedTuple):
    """One record of a journal."""

    at_ms: int
    """When it was truly made, whatever the lane's clock says."""
    envelope: Envelope
    weighing: Weighing | None = None
    """The one that this record releases."""


class Decision(NamedTuple):
    """What a person decides about a weight, once it is known."""

    weighing: Weighing
    deed: Deed


@dataclass(frozen=True)
class Day:
    """What the lanes recorded, and what people did."""

    journals: dict[str, list[Told]]
    trips: tuple[Trip, ...]
    decisions: tuple[Decision, ...]
    nets: dict[str, tuple[int, int]]
    """By order: loaded and unloaded. Only of trucks that met nothing that a person must mend."""

    def records(self) -> list[Told]:
        """Return those of all lanes, as they were made."""
        return sorted(told for journal in self.journals.values() for told in journal)

    def weighings(self) -> list[Weighing]:
        """Return those of all trucks, by the lanes' clocks."""
        return sorted(told.weighing for told in self.records() if told.weighing is not None)


@dataclass(frozen=True)
class _Visit:
    at_ms: int
    lane: str
    trip: Trip
    weight_kg: int
    kind: Kind = "passes"
    plate: PlateKind = "right"
    deed: Deed | None = None


@dataclass
class _Clocks:
    """By lane; those not named are right."""

    held_over: str
    wrong: str | None
    wrong_ms: int

    def error_ms(self, lane: str) -> int:
        if lane == self.held_over:
            return HELD_OVER_MS
        return self.wrong_ms if lane == self.wrong else 0

    def quality(self, lane: str) -> str:
        return "holdover" if lane == self.held_over else "synced"

    def may_mislead(self, lane: str) -> bool:
        return abs(self.error_ms(lane)) > HARMLESS_MS


@dataclass
class _DayMaker:
    world: World
    random: random.Random
    decisions: list[Decision] = field(default_factory=list)
    nets: dict[str, tuple[int, int]] = field(default_factory=dict)
    troubled: set[int] = field(default_factory=set)
    """Trucks that met what only a person can mend."""
    decided: set[int] = field(default_factory=set)
    """Trucks that a person has decided about: one weight of each in a day."""

    def make(self) -> Day:
        self.lanes = {name: _rewound(lane) for name, lane in self.world.lanes.items()}
        self.clocks = self._clocks()
        visits = [visit for truck in TRUCKS for visit in self._day_of(truck)]
        trips = dict.fromkeys(visit.trip for visit in visits if visit.kind != "drives off")
        journals = self._journals(visits)
        nets = {
            trip.order_id: self.nets[trip.order_id]
            for trip in trips
            if trip.truck not in self.troubled
        }
        return Day(journals, tuple(trips), tuple(self.decisions), nets)

    def _clocks(self) -> _Clocks:
        held_over, other = self.random.sample(sorted(self.lanes), 2)
        wrong = other if self.random.random() < 0.7 else None
        return _Clocks(held_over, wrong, self.random.choice(WRONG_MS))

    def _journals(self, visits: list[_Visit]) -> dict[str, list[Told]]:
        journals: dict[str, list[Told]] = {name: [] for name in self.lanes}
        free_ms = dict.fromkeys(self.lanes, 0)
        for visit in sorted(visits, key=lambda visit: visit.at_ms):
            lane, error_ms = self.lanes[visit.lane], self.clocks.error_ms(visit.lane)
            lane.clock = Clock(max(visit.at_ms, free_ms[visit.lane]) + error_ms)
            lane.quality = self.clocks.quality(visit.lane)
            for envelope, weighing in self._records(lane, visit):
                at_ms = lane.clock.now_ms - error_ms
                journals[visit.lane].append(Told(at_ms, envelope, weighing))
            free_ms[visit.lane] = lane.clock.now_ms - error_ms + 10_000
        return journals

    # --- where the trucks drive ---

    def _day_of(self, truck: int) -> Iterator[_Visit]:
        tare_kg = 20 * self.random.randint(700, 850)
        first_ms = START_MS + self.random.randint(0, 60) * MINUTE_MS
        later_ms = LATER_MS + self.random.randint(0, 60) * MINUTE_MS
        begins = [(first_ms, "1", THERE), (later_ms, "2", THERE)]
        if self.random.random() < 0.3:
            begins.insert(1, (first_ms + BACK_MS, "b", BACK))
        entered_ms = START_MS
        for begin_ms, name, contract in begins:
            entered_ms = self._entered_ms(truck, entered_ms, begin_ms)
            trip = Trip(truck, f"{truck}-{name}", entered_ms, contract)
            yield from self._trip(trip, begin_ms, tare_kg)
            entered_ms += 1

    def _entered_ms(self, truck: int, since_ms: int, begins_ms: int) -> int:
        """Return when a person enters the order of a trip that begins then."""
        chance = self.random.random()
        if chance < 0.5 or since_ms >= begins_ms:
            return since_ms
        if chance < 0.8:  # while the truck drives
            return self.random.randint(since_ms, begins_ms)
        if chance < 0.95:  # while it stands at the lane: just in time
            if self.clocks.wrong_ms:
                self.troubled.add(truck)  # not by that clock
            return begins_ms + MINUTE_MS
        self.troubled.add(truck)
        return begins_ms + 40 * MINUTE_MS

    def _trip(self, trip: Trip, begin_ms: int, tare_kg: int) -> Iterator[_Visit]:
        load_kg = 20 * self.random.randint(1300, 1550)
        lost_kg = 20 * self.random.randint(0, 5)
        weights = (tare_kg, tare_kg + load_kg, tare_kg + load_kg - lost_kg, tare_kg)
        self.nets[trip.order_id] = (load_kg, load_kg - lost_kg)
        lanes = [lane for yard in trip.yards for lane in LANES_OF[yard]]
        for minute, beside, weight_kg in zip(MINUTES, lanes, weights, strict=True):
            is_extra = beside in EXTRA_LANES and self.random.random() < 0.3
            lane = EXTRA_LANES[beside] if is_extra else beside
            if self.clocks.may_mislead(lane):
                self.troubled.add(trip.truck)
            visit = _Visit(begin_ms + minute * MINUTE_MS, lane, trip, weight_kg)
            yield from self._visits(replace(visit, plate=self._plate()))

    def _plate(self) -> PlateKind:
        kinds: tuple[PlateKind, ...] = ("right", "unseen", "late")
        return self.random.choices(kinds, (5, 3, 1))[0]

    def _visits(self, visit: _Visit) -> Iterator[_Visit]:
        """Yield the visit, and at times what went wrong just before it."""
        chance = self.random.random()
        before = replace(visit, at_ms=visit.at_ms - 2 * MINUTE_MS)
        if chance < 0.1:
            yield replace(before, kind="backs out")
        elif chance < 0.2:
            other = Trip(self.random.choice(TRUCKS), "", 0)
            yield replace(before, trip=other, kind="drives off", plate="wrong")
        elif chance < 0.25:
            yield before
        elif chance < 0.3:
            yield replace(before, plate=self._wrong())
        elif chance < 0.45 and visit.trip.truck not in self.decided:
            self.decided.add(visit.trip.truck)
            deed = self.random.choice(DEEDS)
            if deed == "set aside":
                yield replace(before, deed=deed)
            else:
                plate = self._wrong() if deed == "book" else visit.plate
                visit = replace(visit, plate=plate, deed=deed)
        yield visit

    def _wrong(self) -> PlateKind:
        return self.random.choice(("wrong", "wrong later"))

    # --- what the lanes record of it ---

    def _records(self, lane: FakeLane, visit: _Visit) -> Iterator[tuple[Envelope, Weighing | None]]:
        stop_id, tag = self._uuid(), tag_of(visit.trip.truck)
        plate, seen = self._looks(visit, lane)
        yield lane.arrived(stop_id, tag, plate=plate), None
        if visit.kind == "drives off":
            yield lane.refused(stop_id, "card_changed"), None
            return
        weighed = lane.weighed(stop_id, visit.weight_kg, tag, self._uuid(), plates_seen=seen)
        weighing_id = record_in(weighed).event_id
        in_lane_order = (lane.clock.now_ms, lane.yard, lane.lane, lane.seq)
        yield weighed, None
        if visit.kind == "backs out":
            yield lane.voided(stop_id, weighing_id, "left_without_release"), None
            yield lane.left(stop_id, None), None
            return
        weighing = Weighing(in_lane_order, visit.trip, lane.yard, stop_id)
        self._decide(visit, weighing)
        yield lane.released(stop_id, weighing_id, "offline"), weighing
        yield lane.left(stop_id, weighing_id), None

    def _looks(
        self, visit: _Visit, lane: FakeLane
    ) -> tuple[PlateRead | None, tuple[SeenPlate, ...]]:
        """Return what a camera read when the card was shown, and what it read later."""
        if visit.plate == "unseen":
            return None, ()
        is_right = visit.plate in {"right", "late"}
        text = plate_of(visit.trip.truck + (0 if is_right else 100))
        at = datetime.fromtimestamp(lane.clock.now_ms / 1000, UTC)
        look: dict[str, Any] = {"text": text, "camera": "front", "camera_at": at}
        if visit.plate in {"right", "wrong"}:
            return PlateRead(**look, age_ms=0), ()
        return None, (SeenPlate(**look, confidence=None, since_arrival_ms=900),)

    def _decide(self, visit: _Visit, weighing: Weighing) -> None:
        if visit.deed is not None:
            decision = Decision(weighing, visit.deed)
            self.decisions.append(decision)

    def _uuid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)


def _rewound(lane: FakeLane) -> FakeLane:
    """Return the lane with an empty journal."""
    return FakeLane(lane.yard, lane.lane, lane.key)


def make_day(world: World, seed: int) -> Day:
    return _DayMaker(world, random.Random(seed)).make()
