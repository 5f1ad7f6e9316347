"""Two at once with one truck, on PostgreSQL: they wait for each other, never in a ring.

At a chosen statement of the first the second begins, on a connection of its own, and runs until it
is done or has to wait. So each test has one course, whatever the machine does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, event, text

from edge.messages import Action
from gateway.records.service import receive
from gateway.registry.tables import orders
from gateway.tickets.dispatch import Assignment, assign_stop, book_held_stop
from gateway.tickets.record_context import TicketRules
from gateway.tickets.tables import stops
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import FakeLane, add_order, add_truck, record_in

pytestmark = pytest.mark.postgres

Work = Callable[[Connection], object]
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def gateway(postgres_engine: Engine) -> Gateway:
    return Gateway(postgres_engine)


class Other(Thread):
    """The second of the two; what it raises is raised again by `finish`."""

    def __init__(self, engine: Engine, work: Work) -> None:
        super().__init__(daemon=True)
        self._engine, self._work = engine, work
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            with self._engine.begin() as connection:
                self._work(connection)
        except Exception as error:  # noqa: BLE001 - raised again in the test's own thread
            self.error = error

    def start_and_settle(self) -> None:
        """Return once it is done, or waits for a lock."""
        self.start()
        with self._engine.connect() as connection:
            while self.is_alive() and not connection.execute(_WAITING).scalar_one():
                connection.rollback()

    def finish(self) -> None:
        self.join(30)
        if self.error is not None:
            raise self.error


@contextmanager
def once_at(engine: Engine, words: str, then: Callable[[], object]) -> Iterator[None]:
    """Call `then` once, after the first statement with these words."""
    called: list[str] = []

    def look(*arguments: Any) -> None:
        if words in arguments[2] and not called:
            called.append(words)
            then()

    event.listen(engine, "after_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", look)
        assert called, f"no statement said {words}"


def together(engine: Engine, first: Work, words: str, second: Work) -> None:
    """Run both; the second from the statement of the first that has these words."""
    other = Other(engine, second)
    with engine.begin() as connection, once_at(engine, words, other.start_and_settle):
        first(connection)
    other.finish()


def held(gateway: Gateway) -> UUID:
    """Let a truck leave with a weight that fits no trip."""
    gateway.cross(gateway.lane("mine-in"), 16_000)
    lane, stop_id = gateway.lane("mine-out"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_020)
    gateway.receive(weighed)
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    assert gateway.row(stops, stop_id=str(stop_id))["state"] == "held"
    return stop_id


def rebooking(gateway: Gateway) -> Work:
    return lambda connection: gateway.tickets.rebook(connection, "vehicle-1", gateway.now_ms)


def assigning(gateway: Gateway, stop_id: UUID) -> Work:
    assignment = Assignment(stop_id, None, "seen_on_site", "li")
    rules = TicketRules.of(gateway.settings)
    return lambda connection: assign_stop(connection, assignment, rules, gateway.now_ms)


def booking(gateway: Gateway, stop_id: UUID) -> Work:
    rules = TicketRules.of(gateway.settings)
    return lambda connection: book_held_stop(connection, stop_id, "li", rules, gateway.now_ms)


def test_a_person_who_assigns_while_the_truck_is_booked_waits(gateway: Gateway) -> None:
    stop_id = held(gateway)
    with gateway.engine.begin() as connection:
        connection.execute(orders.update().values(status="open"))  # so that both have to write
        connection.execute(stops.update().where(stops.c.ticket_id.is_(None)).values(reason="?"))
    together(gateway.engine, rebooking(gateway), "FROM vehicles", assigning(gateway, stop_id))
    assert gateway.row(stops, stop_id=str(stop_id))["reason"] == "set_aside"


def test_a_person_who_books_while_the_truck_is_booked_waits(gateway: Gateway) -> None:
    stop_id = held(gateway)
    with gateway.engine.begin() as connection:
        connection.execute(stops.update().where(stops.c.ticket_id.is_(None)).values(reason="?"))
    together(gateway.engine, rebooking(gateway), "FROM vehicles", booking(gateway, stop_id))
    assert gateway.row(stops, stop_id=str(stop_id))["state"] == "released"


def test_a_truck_that_leaves_while_it_is_booked_has_left(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    gateway.receive(weighed)
    weighing_id = record_in(weighed).event_id
    gateway.receive(lane.released(stop_id, weighing_id))
    with gateway.engine.begin() as connection:
        connection.execute(stops.update().values(order_id=None))  # something to write again
    left = lane.left(stop_id, weighing_id)

    def leave(connection: Connection) -> None:
        receive(connection, left, gateway.tickets, gateway.now_ms)

    together(gateway.engine, rebooking(gateway), "stops.sealed_ms IS NULL", leave)
    stop = gateway.row(stops)
    assert (stop["state"], stop["left_ms"] is not None) == ("left", True)


def offline_crossing(lane: FakeLane, weight_kg: int, tag: str) -> list[Any]:
    stop_id = uuid4()
    arrived, weighed = lane.arrived(stop_id, tag), lane.weighed(stop_id, weight_kg, tag)
    return [arrived, weighed, lane.released(stop_id, record_in(weighed).event_id, "offline")]


def test_two_lanes_that_tell_many_trucks_at_once_lock_them_in_one_order(gateway: Gateway) -> None:
    tags = ["AAAAAAA2", "AAAAAAA3"]
    with gateway.engine.begin() as connection:
        for number, tag in enumerate(tags, 2):
            add_truck(connection, str(number), tag)
            add_order(connection, str(number), str(number))
    one, other = gateway.lane("mine-in"), gateway.lane("mine-out")
    waiting = []
    for lane, order, weight_kg in ((one, tags, 16_000), (other, tags[::-1], 49_000)):
        first, *parked = [each for tag in order for each in offline_crossing(lane, weight_kg, tag)]
        for each in parked:
            gateway.receive(each)
        waiting.append(first)

    def tell(envelope: Any) -> Work:
        return lambda connection: receive(connection, envelope, gateway.tickets, gateway.now_ms)

    together(gateway.engine, tell(waiting[0]), "INSERT INTO tickets", tell(waiting[1]))
    assert {row["status"] for row in gateway.rows(orders) if row["id"] != "order-1"} == {"loaded"}
    assert gateway.alarms() == []
    assert Action.ADMIT in {row["arrival_action"] for row in gateway.rows(stops)}
