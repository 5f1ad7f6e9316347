"""A settlement that was restored from a backup gets again what it forgot, and nothing else."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine, update

from gateway.core import FORGOTTEN
from gateway.outbox import comparison
from gateway.outbox.comparison import Comparison
from gateway.outbox.relay import Relay, SettlementHandlers, Unanswered
from gateway.outbox.tables import outbox
from gateway.records.tables import alarms
from gateway.tickets.settlements import refuse_settlement, store_settlement
from gateway.tickets.settling import ReceiptLinks, queue_refused
from gateway.tickets.tables import tickets
from settlement.messages import SettlementState
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.radio import FakeSettlement, fake_settlement, settled
from tests.integration.gateway.yard import add_order, add_truck, settings_for

HOUR_MS = 3_600_000


@pytest.fixture
def settlement() -> Iterator[FakeSettlement]:
    with fake_settlement() as server:
        yield server


class Compared:
    """A gateway with one ticket that settlement took at revision 3, and its comparison."""

    def __init__(self, gateway: Gateway, settlement: FakeSettlement) -> None:
        self.gateway = gateway
        self.gateway.deliver()
        self.settings = settings_for(
            "sqlite:///unused.db",
            settlement={
                "url": settlement.url,
                "token": "t" * 16,
                "webhook_secret": "whsec_" + "c" * 32,
            },
        ).settlement
        self.woken = 0
        self.settlement = settlement
        self.ticket_id: str = self.gateway.row(outbox)["ticket_id"]
        self.body: str = self.gateway.row(outbox)["body"]
        self.answer(revision=3, state="paid")
        self.comparison = Comparison(
            gateway.engine,
            self.settings,
            FORGOTTEN,
            publish=lambda *_: None,
            wake_relay=self._wake,
            now_ms=lambda: self.gateway.now_ms,
        )

    def answer(self, revision: int, state: str) -> None:
        """Take settlement's answer to the ticket, as the relay does."""
        told = SettlementState.model_validate_json(settled(self.ticket_id, revision, state)[1])
        with self.gateway.engine.begin() as connection:
            store_settlement(connection, told, self.gateway.now_ms)
            connection.execute(update(outbox).values(done_ms=self.gateway.now_ms))

    @property
    def ticket(self) -> object:
        row = self.gateway.row(tickets, id=self.ticket_id)
        return row["settlement_revision"], row["settlement_error"]

    def is_queued(self) -> bool:
        row = self.gateway.row(outbox)
        assert row["body"] == self.body
        return row["done_ms"] is None

    def reason(self) -> str | None:
        with self.gateway.engine.begin() as connection:
            return self.comparison.look(connection)

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture
def compared(engine: Engine, settlement: FakeSettlement) -> Iterator[Compared]:
    made = Compared(Gateway(engine), settlement)
    yield made
    made.comparison._client.close()


def test_a_settlement_that_knows_it_is_asked_and_left_alone(compared: Compared) -> None:
    compared.settlement.known = lambda ticket_id: settled(ticket_id, 3, "paid")
    compared.comparison.compare()
    assert compared.settlement.asked == [compared.ticket_id]
    assert (compared.ticket, compared.is_queued()) == ((3, None), False)
    assert compared.gateway.alarms() == []


def test_what_settlement_forgot_is_sent_again_byte_for_byte_and_said_until_it_is_taken(
    compared: Compared,
) -> None:
    compared.comparison.compare()
    assert (compared.is_queued(), compared.woken) == (True, 1)
    assert compared.gateway.alarms() == ["settlement_forgot"]
    assert "forgotten 1 tickets" in str(compared.reason())
    compared.comparison.compare()
    assert compared.gateway.row(alarms)["detail"] == "1 tickets"

    compared.answer(revision=1, state="ready")
    assert compared.ticket == (1, None)
    assert compared.reason() is None
    compared.settlement.known = lambda ticket_id: settled(ticket_id, 1, "ready")
    compared.comparison.compare()
    assert (compared.is_queued(), compared.gateway.alarms()) == (False, [])


def test_what_the_bank_may_not_recognise_any_more_is_left_to_a_person(compared: Compared) -> None:
    compared.gateway.now_ms += 13 * HOUR_MS
    compared.comparison.compare()
    assert not compared.is_queued()
    assert compared.gateway.alarms() == ["settlement_forgot", "ticket_not_settled"]
    assert compared.reason() is None  # a person's task, not this program's
    compared.comparison.compare()
    assert len(compared.gateway.rows(alarms)) == 2

    links = ReceiptLinks("https://taigan.example", "r" * 32)
    with compared.gateway.engine.begin() as connection:
        queue_refused(connection, UUID(compared.ticket_id), links, compared.gateway.now_ms)
    assert compared.is_queued()


def test_a_settlement_that_went_back_is_believed(compared: Compared) -> None:
    compared.settlement.known = lambda ticket_id: settled(ticket_id, 2, "sending")
    compared.comparison.compare()
    row = compared.gateway.row(tickets, id=compared.ticket_id)
    state = SettlementState.model_validate_json(row["settlement"])
    assert (row["settlement_revision"], state.payout.state.value) == (2, "sending")
    compared.answer(revision=3, state="paid")
    assert compared.ticket == (3, None)


def test_news_that_came_meanwhile_is_not_undone(compared: Compared) -> None:
    def news(ticket_id: str) -> tuple[int, str]:
        compared.answer(revision=4, state="returned")
        return settled(ticket_id, 2, "sending")

    compared.settlement.known = news
    compared.comparison.compare()
    assert (compared.ticket, compared.is_queued()) == ((4, None), False)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: (500, "{}"),
        lambda _: (401, "{}"),
        lambda _: (200, "{}"),
        lambda _: (404, "<html>no such page</html>"),
        lambda _: settled("00000000-0000-4000-8000-0000000000ff"),
    ],
)
def test_no_answer_is_no_forgetting(
    compared: Compared, answer: Callable[[str], tuple[int, str]]
) -> None:
    compared.settlement.known = answer
    with pytest.raises(Unanswered):
        compared.comparison.compare()
    assert (compared.ticket, compared.is_queued()) == ((3, None), False)


def test_every_ticket_of_the_last_days_is_found_once_in_whatever_pages(
    compared: Compared, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = compared.gateway
    with gateway.engine.begin() as connection:
        for name in ("2", "3", "4"):
            add_truck(connection, name, f"0000000{name}")
            add_order(connection, name, name)
    for name in ("2", "3", "4"):
        gateway.deliver(f"0000000{name}")
    ids = {row["ticket_id"] for row in gateway.rows(outbox)}
    with gateway.engine.begin() as connection:
        for ticket_id in ids:
            told = SettlementState.model_validate_json(settled(ticket_id, 3, "paid")[1])
            store_settlement(connection, told, gateway.now_ms)
        connection.execute(update(outbox).values(done_ms=gateway.now_ms))
    monkeypatch.setattr(comparison, "PAGE", 2)
    compared.settlement.known = lambda ticket_id: settled(ticket_id, 3, "paid")
    compared.comparison.compare()
    assert sorted(compared.settlement.asked) == sorted(ids)
    compared.settlement.asked.clear()
    monkeypatch.setattr(comparison, "KNOWN_IN_A_ROW", 3)
    compared.comparison.compare()
    assert len(compared.settlement.asked) == 3


def test_what_is_older_than_any_backup_is_not_compared(compared: Compared) -> None:
    compared.settlement.known = lambda ticket_id: settled(ticket_id, 3, "paid")
    compared.comparison.compare()
    compared.gateway.now_ms += 8 * 24 * HOUR_MS
    compared.comparison.compare()
    assert len(compared.settlement.asked) == 1  # too old to be compared


def test_the_program_sends_it_and_settlement_has_it_again(compared: Compared) -> None:
    handlers = SettlementHandlers(store_settlement, refuse_settlement)
    gateway = compared.gateway
    relay = Relay(gateway.engine, compared.settings, handlers, lambda *_: None, wall(gateway))
    compared.comparison._wake_relay = relay.wake
    compared.settlement.arrived.clear()
    relay.loop.start()
    compared.comparison.loop.start()
    assert compared.settlement.arrived.wait(15)
    relay.loop.stop()
    compared.comparison.loop.stop()
    assert [path for path, *_ in compared.settlement.received] == [
        f"/api/v1/settlements/{compared.ticket_id}"
    ]
    assert (compared.ticket, compared.is_queued()) == ((1, None), False)
    assert compared.comparison.loop.check() == "the comparison thread has ended"


def wall(gateway: Gateway) -> Callable[[], int]:
    return lambda: gateway.now_ms
