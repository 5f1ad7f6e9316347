"""Stops in the database: one truck at one lane, from its card to its leaving."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from edge.messages import Action
from gateway.records.hints import Hint
from gateway.records.tables import records
from gateway.tickets.commands import Place
from gateway.tickets.tables import stops


class GivenUp(StrEnum):
    """Why a stop was ended without a word of its lane."""

    SEEN_ELSEWHERE = "seen_elsewhere"
    """Its lane has told nothing of it for long, and its truck is at another one."""
    JOURNAL_REPLACED = "journal_replaced"
    """Its lane has begun a new journal, and the old one tells no more."""
    LANE_MOVED_ON = "lane_moved_on"
    """Another truck arrived at its lane, by the journal of the same box or of one before it."""
    BY_PERSON = "ended_by_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One row; the names are those of the table, but for what the weighing's record says."""

    stop_id: str
    yard_id: str
    lane_id: str
    tag: str
    plate: str | None
    plate_read: str | None
    vehicle_id: str | None
    order_id: str | None
    state: str
    arrival_event_id: str
    arrived_ms: int
    arrival_action: str
    weighing_event_id: str | None
    weight_kg: int | None
    weighed_ms: int | None
    weighing_seq: int | None
    weighing_epoch: str | None
    """Of the journal in which `weighing_seq` counts."""
    told_ms: int | None
    """When the gateway learned of the weighing."""
    is_synced: bool
    weighing_action: str | None
    reason: str | None
    dispatcher_action: str | None
    objection: str | None
    is_accepted: bool
    pinned_order_id: str | None
    is_set_aside: bool
    ticket_id: str | None
    sealed_ms: int | None
    released_ms: int | None
    released_by: str | None
    heard_ms: int | None
    left_ms: int | None

    @property
    def place(self) -> Place:
        return Place(self.yard_id, self.lane_id, UUID(self.stop_id))

    @property
    def is_over(self) -> bool:
        """Whether the lane may not weigh or release for this stop any more."""
        ended = self.state in {"left", "refused", "voided"}
        return ended or self.released_ms is not None or self.left_ms is not None

    @property
    def is_given_up(self) -> bool:
        """Whether it was ended without a word of its lane, whose late records still count."""
        return self.state == "voided" and self.reason in set(GivenUp)

    def as_its_lane_knows_it(self) -> Self:
        """Return the stop as it was before it was given up."""
        if not self.is_given_up:
            return self
        state = "arrived" if self.weighing_event_id is None else "weighed"
        return replace(self, state=state, reason=None)

    @property
    def was_admitted(self) -> bool:
        return self.arrival_action == Action.ADMIT

    @property
    def was_let_in(self) -> bool:
        """Whether the gateway's admission was heard: a lane that was alone decided by its list."""
        return self.was_admitted and self.released_by != "offline"

    @property
    def was_answered(self) -> bool:
        """Whether it was let go by the gateway's word, which its lane was waiting for."""
        return self.released_by in {"gateway", "dispatcher"}

    @property
    def was_denied(self) -> bool:
        """Whether the last that a person said about this truck was no."""
        return self.dispatcher_action in {Action.HOLD, Action.REFUSE}

    @property
    def may_be_released(self) -> bool:
        return self.weighing_action == Action.RELEASE


def of_weighing(column: str) -> ColumnElement[Any]:
    """Return a column of the record of a stop's weighing."""
    # Asked for each of the few rows: a join might go along all records.
    found = select(records.c[column]).where(records.c.event_id == stops.c.weighing_event_id)
    return found.correlate(stops).scalar_subquery()


_OF_WEIGHING: Final = {
    "weighing_epoch": of_weighing("epoch").label("weighing_epoch"),
    "told_ms": of_weighing("received_ms").label("told_ms"),
}
_COLUMNS: Final = [
    _OF_WEIGHING[field.name] if field.name in _OF_WEIGHING else stops.c[field.name]
    for field in fields(Stop)
]
_FIND: Final = select(*_COLUMNS).where(stops.c.stop_id == bindparam("b_stop_id")).with_for_update()
UNDER_WAY: Final = (
    stops.c.state.in_([literal_column(f"'{state}'") for state in ("arrived", "weighed", "held")]),
    stops.c.released_ms.is_(None),
    stops.c.left_ms.is_(None),
)
_CROSSINGS: Final = select(*_COLUMNS).where(
    stops.c.vehicle_id == bindparam("b_vehicle_id"),
    stops.c.released_ms.is_not(None),
    stops.c.sealed_ms.is_(None),
)
_LAST_AT_LANE: Final = (
    select(stops.c.arrived_ms)
    .where(stops.c.yard_id == bindparam("b_yard"), stops.c.lane_id == bindparam("b_lane"))
    .order_by(stops.c.arrived_ms.desc())
    .limit(1)
)
_AT_LANE: Final = select(*_COLUMNS).where(
    stops.c.yard_id == bindparam("b_yard"), stops.c.lane_id == bindparam("b_lane"), *UNDER_WAY
)
_RECEIVED: Final = select(func.max(records.c.received_ms)).where(
    records.c.event_id.in_([stops.c.arrival_event_id, stops.c.weighing_event_id])
)
_ELSEWHERE: Final = select(
    stops.c.stop_id,
    stops.c.yard_id,
    stops.c.lane_id,
    # Asked for each of the few rows: a join might go along all records.
    _RECEIVED.correlate(stops).scalar_subquery().label("told_ms"),
    stops.c.dispatcher_ms,
).where(
    or_(stops.c.tag == bindparam("b_tag"), stops.c.plate == bindparam("b_plate")),
    or_(stops.c.yard_id != bindparam("b_yard"), stops.c.lane_id != bindparam("b_lane")),
    *UNDER_WAY,
)


class Elsewhere(NamedTuple):
    """A stop of a truck at another lane that is not over."""

    stop_id: str
    yard: str
    lane: str
    heard_ms: int
    """When the gateway last heard of it, from its lane or from a person."""


def find_stop(connection: Connection, stop_id: UUID | str) -> Stop | None:
    """Return the stop, locked until the transaction is over."""
    row = connection.execute(_FIND, {"b_stop_id": str(stop_id)}).mappings().one_or_none()
    return None if row is None else Stop(**row)


def stops_at(connection: Connection, yard: str, lane: str) -> list[Stop]:
    """Return the lane's stops that are not over."""
    found = connection.execute(_AT_LANE, {"b_yard": yard, "b_lane": lane})
    return [Stop(**row) for row in found.mappings()]


def crossings_of(connection: Connection, vehicle_id: str) -> list[Stop]:
    """Return the stops that the vehicle was released from and that are not settled, in order."""
    found = connection.execute(_CROSSINGS, {"b_vehicle_id": vehicle_id})
    crossings = [Stop(**row) for row in found.mappings()]
    # Put in order here: SQLite would go along all that the vehicle ever weighed to spare a sort.
    return sorted(crossings, key=lambda stop: (stop.weighed_ms or 0, stop.stop_id))


def last_arrival_ms(connection: Connection, yard: str, lane: str) -> int | None:
    """Return when a truck last arrived at the lane, None if none ever did."""
    found: int | None = connection.execute(
        _LAST_AT_LANE, {"b_yard": yard, "b_lane": lane}
    ).scalar_one_or_none()
    return found


def stops_elsewhere(
    connection: Connection, place: Place, tag: str, plate: str
) -> tuple[Elsewhere, ...]:
    """Return the stops of this card or truck on other lanes that are not over."""
    names = {"b_yard": place.yard, "b_lane": place.lane, "b_tag": tag, "b_plate": plate}
    return tuple(
        Elsewhere(
            row.stop_id, row.yard_id, row.lane_id, max(row.told_ms or 0, row.dispatcher_ms or 0)
        )
        for row in connection.execute(_ELSEWHERE, names)
    )


def give_up(connection: Connection, stop_id: str, why: GivenUp) -> Hint | None:
    """End a stop without a word of its lane, whose records take it up again if they come."""
    stop = find_stop(connection, stop_id)
    if stop is None or stop.is_over:
        return None
    return update_stop(connection, stop, {"state": "voided", "reason": why.value})


def insert_stop(connection: Connection, values: dict[str, Any]) -> Hint:
    connection.execute(insert(stops), values)
    return _hint(values)


def update_stop(connection: Connection, stop: Stop, values: dict[str, Any]) -> Hint:
    connection.execute(update(stops).where(stops.c.stop_id == stop.stop_id).values(values))
    return _hint({name: getattr(stop, name) for name in _SHOWN} | values)


_SHOWN: Final = (
    "stop_id",
    "yard_id",
    "lane_id",
    "plate",
    "state",
    "weight_kg",
    "reason",
    "ticket_id",
)


def _hint(values: dict[str, Any]) -> Hint:
    data = {name: values.get(name) for name in _SHOWN}
    return Hint("stop", {"yard": data.pop("yard_id"), "lane": data.pop("lane_id")} | data)
