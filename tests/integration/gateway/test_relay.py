"""The outbox's way to settlement: which answers end it, which only delay it."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, insert, inspect, update
from sqlalchemy.engine import RowMapping

from gateway.outbox.relay import ALARM_AFTER, Relay, SettlementHandlers
from gateway.outbox.tables import outbox
from gateway.records.hints import Hint
from gateway.tickets.settlements import refuse_settlement, store_settlement
from gateway.tickets.tables import tickets
from settlement.messages import SettlementState
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.radio import FakeSettlement, fake_settlement, settled
from tests.integration.gateway.yard import settings_for


@pytest.fixture
def settlement() -> Iterator[FakeSettlement]:
    with fake_settlement() as server:
        yield server


@pytest.fixture
def delivered(sqlite_engine: Engine) -> Gateway:
    """A gateway with one ticket in its outbox."""
    gateway = Gateway(sqlite_engine)
    gateway.deliver()
    return gateway


def relay_until(
    gateway: Gateway, settlement: FakeSettlement, handlers: SettlementHandlers, asked: int
) -> None:
    """Let the relay work until settlement was asked `asked` times."""
    settings = settings_for(
        "sqlite:///unused.db",
        settlement={
            "url": settlement.url,
            "token": "t" * 16,
            "webhook_secret": "whsec_" + "c" * 32,
        },
    ).settlement
    relay = Relay(gateway.engine, settings, handlers, lambda *_: None, lambda: gateway.now_ms)
    relay.loop.start()
    for _ in range(asked):
        assert settlement.arrived.wait(15)
        settlement.arrived.clear()
    relay.loop.stop()


def relayed(gateway: Gateway, settlement: FakeSettlement) -> RowMapping:
    """Let the relay work until settlement was asked once; return the outbox row."""
    relay_until(gateway, settlement, SettlementHandlers(store_settlement, refuse_settlement), 1)
    return gateway.row(outbox)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_what_may_pass_is_tried_again_later(
    delivered: Gateway, settlement: FakeSettlement, status: int
) -> None:
    settlement.answer = lambda _ticket_id: (status, "not now")
    row = relayed(delivered, settlement)
    assert (row["done_ms"], row["attempts"]) == (None, 1)
    assert row["due_ms"] == delivered.now_ms + 1000
    assert row["last_error"] == f"{status}: not now"


def test_the_delay_grows_and_stays_at_a_minute(
    delivered: Gateway, settlement: FakeSettlement
) -> None:
    settlement.answer = lambda _ticket_id: (503, "")
    with delivered.engine.begin() as connection:
        connection.execute(update(outbox).values(attempts=100))
    assert relayed(delivered, settlement)["due_ms"] == delivered.now_ms + 60_000


@pytest.mark.parametrize("status", [400, 409, 422])
def test_what_settlement_will_never_take_is_alarmed_and_left(
    delivered: Gateway, settlement: FakeSettlement, status: int
) -> None:
    settlement.answer = lambda _ticket_id: (status, "no")
    assert relayed(delivered, settlement)["done_ms"] == delivered.now_ms
    assert delivered.row(tickets, purpose="unloading")["settlement_error"] == f"{status}: no"
    assert delivered.alarms() == ["ticket_not_settled"]


def test_an_answer_about_another_ticket_is_no_answer(
    delivered: Gateway, settlement: FakeSettlement
) -> None:
    other = "00000000-0000-4000-8000-000000000009"
    settlement.answer = lambda _ticket_id: settled(other)
    assert relayed(delivered, settlement)["done_ms"] is None


def test_a_settlement_that_takes_it_clears_an_earlier_error(
    delivered: Gateway, settlement: FakeSettlement
) -> None:
    ticket_id = delivered.row(outbox)["ticket_id"]
    with delivered.engine.begin() as connection:
        connection.execute(update(tickets).values(settlement_error="422: no"))
    assert relayed(delivered, settlement)["done_ms"] == delivered.now_ms
    ticket = delivered.row(tickets, id=ticket_id)
    assert (ticket["settlement_error"], ticket["settlement_revision"]) == (None, 1)


def test_a_settlement_that_does_not_listen_is_only_a_delay(delivered: Gateway) -> None:
    settings = settings_for("sqlite:///unused.db").settlement  # port 9: refused at once
    handlers = SettlementHandlers(store_settlement, refuse_settlement)
    relay = Relay(delivered.engine, settings, handlers, lambda *_: None, lambda: delivered.now_ms)
    relay.loop.start()
    pause = threading.Event()
    while delivered.row(outbox)["attempts"] == 0:
        pause.wait(0.05)
    relay.loop.stop()
    assert delivered.row(outbox)["done_ms"] is None


def test_a_ticket_that_breaks_the_relay_does_not_keep_the_next_one_waiting(
    delivered: Gateway, settlement: FakeSettlement
) -> None:
    ticket_id = delivered.row(outbox)["ticket_id"]
    other = delivered.row(tickets, purpose="loading")["id"]
    before_it = dict(delivered.row(outbox)) | {"ticket_id": other, "due_ms": 0}
    with delivered.engine.begin() as connection:
        connection.execute(insert(outbox), before_it)

    def store(connection: Connection, state: SettlementState, now_ms: int) -> tuple[Hint, ...]:
        if str(state.ticket_id) == other:
            raise KeyError("unexpected")
        return store_settlement(connection, state, now_ms)

    relay_until(delivered, settlement, SettlementHandlers(store, refuse_settlement), 2)
    assert delivered.row(outbox, ticket_id=ticket_id)["done_ms"] == delivered.now_ms
    broken = delivered.row(outbox, ticket_id=other)
    assert (broken["done_ms"], broken["last_error"]) == (None, "KeyError('unexpected')")


def test_an_answer_that_no_database_keeps_is_kept_readable(
    delivered: Gateway, settlement: FakeSettlement
) -> None:
    settlement.answer = lambda _ticket_id: (422, "no\x00")
    assert relayed(delivered, settlement)["last_error"] == "422: no\ufffd"


def test_people_are_told_when_settlement_stays_silent(
    delivered: Gateway, settlement: FakeSettlement
) -> None:
    settlement.answer = lambda _ticket_id: (503, "")
    for attempts, alarms in ((ALARM_AFTER - 2, []), (ALARM_AFTER - 1, ["ticket_not_settled"])):
        with delivered.engine.begin() as connection:
            connection.execute(update(outbox).values(attempts=attempts, due_ms=0))
        assert relayed(delivered, settlement)["done_ms"] is None
        assert delivered.alarms() == alarms
    settlement.answer = settled
    delivered.now_ms += 60_000
    assert relayed(delivered, settlement)["done_ms"] is not None
    assert delivered.alarms() == []


def test_looking_for_work_does_not_read_what_is_done(delivered: Gateway) -> None:
    indexes = {one["name"]: one for one in inspect(delivered.engine).get_indexes("outbox")}
    index = indexes["ix_outbox_due_ms"]
    assert str(index["dialect_options"]["sqlite_where"]) == "done_ms IS NULL"
