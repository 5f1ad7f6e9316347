"""A truck with ten thousand weighings that fit no trip costs a decision no more than any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert

from gateway.tickets import book, judging
from gateway.tickets.book import UNPLACED_KEPT
from gateway.tickets.dispatch import NotDecidable
from gateway.tickets.stops import Stop, crossings_of
from gateway.tickets.tables import stops, tickets
from tests.integration.gateway.cut_off import WEIGHTS, assign
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import START_MS, TAG, add_order, add_truck
from tests.plans import watched

MANY = 10_000
OTHER = "BBBBBBBB"


@contextmanager
def crossings_read() -> Iterator[list[int]]:
    """Collect how many weighings are read each time that a vehicle's are."""
    read: list[int] = []

    def counted(connection: Connection, vehicle_id: str) -> list[Stop]:
        found = crossings_of(connection, vehicle_id)
        read.append(len(found))
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(book, "crossings_of", counted)
        patched.setattr(judging, "crossings_of", counted)
        yield read


def weigh_for_nothing(gateway: Gateway, count: int) -> list[UUID]:
    """Let truck 1 have been weighed `count` times before its order came, without being booked."""
    first_ms = START_MS - 60_000 * count
    ids = [UUID(int=number) for number in range(count)]
    rows = [
        {
            "stop_id": str(ids[number]),
            "yard_id": "mine",
            "lane_id": ("mine-in", "mine-out")[number % 2],
            "tag": TAG,
            "plate": "蒙K00001",
            "vehicle_id": "vehicle-1",
            "state": "held",
            "reason": "no_order",
            "arrival_event_id": f"arrival-{number}",
            "arrived_ms": first_ms + 60_000 * number,
            "arrival_action": "refuse",
            "weighing_event_id": f"weighing-{number}",
            "weight_kg": 16_000,
            "weighed_ms": first_ms + 60_000 * number + 10_000,
            "weighing_seq": number,
            "is_synced": True,
            "released_ms": first_ms + 60_000 * number + 20_000,
            "heard_ms": START_MS,
            "objection": "no_order",
        }
        for number in range(count)
    ]
    with gateway.engine.begin() as connection:
        connection.execute(insert(stops), rows)
    return ids


def test_a_decision_reads_and_asks_no_more(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        for truck, tag in (("2", OTHER), ("3", "CCCCCCCC")):
            add_truck(connection, truck, tag)
            add_order(connection, truck, truck)
    gateway.deliver("CCCCCCCC")  # begins the lanes' journals
    weigh_for_nothing(gateway, MANY)
    with gateway.engine.begin() as connection:
        gateway.tickets.rebook(connection, "vehicle-1", gateway.now_ms)
    costs = {}
    for tag in (OTHER, TAG):
        with watched(gateway.engine) as seen, crossings_read() as read:
            gateway.deliver(tag)
        costs[tag] = len(seen.statements)
        assert max(read) <= UNPLACED_KEPT + len(WEIGHTS)
    assert costs[TAG] == costs[OTHER]


def test_only_the_newest_that_fit_no_trip_can_still_be_assigned(gateway: Gateway) -> None:
    ids = weigh_for_nothing(gateway, UNPLACED_KEPT + 2)
    with gateway.engine.begin() as connection:
        gateway.tickets.rebook(connection, "vehicle-1", gateway.now_ms)
    unsealed = gateway.rows(stops, sealed_ms=None)
    assert sorted(row["stop_id"] for row in unsealed) == [str(one) for one in ids[2:]]
    assign(gateway, ids[2], None)
    with pytest.raises(NotDecidable, match="sealed"):
        assign(gateway, ids[1], None)


def test_what_a_trip_is_made_of_is_never_let_go(gateway: Gateway) -> None:
    gateway.cross(gateway.lane("mine-in"), 16_000)
    weigh_for_nothing(gateway, 2 * UNPLACED_KEPT)
    for name in list(WEIGHTS)[1:]:
        gateway.cross(gateway.lane(name), WEIGHTS[name])
    assert [row["net_kg"] for row in gateway.rows(tickets)] == [
        33_000,
        32_980,
    ]
