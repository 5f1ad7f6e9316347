"""Death at every point between a ticket and its money, with a real bank at the other end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Connection, select

from settlement.ledger.books import read_books
from settlement.messages import PayoutState, SettlementUpdated
from settlement.metrics import Metrics
from settlement.migrations import upgrade
from settlement.notices.senders import WebhookSender
from settlement.notices.service import WEBHOOK, record_delivery, take_due
from settlement.payouts.changes import find_settlement
from settlement.payouts.identity import settlement_id
from settlement.payouts.rails import RAILS
from settlement.payouts.rails.rail import RailAdapter, RailSetup
from settlement.payouts.service import RailCall, record
from settlement.payouts.states import RailOutcome
from settlement.settle import settle_ticket
from settlement.tables import settlements
from settlement.workers.notices import NoticeWorker
from settlement.workers.payouts import PayoutWorker
from taigan.transactions import Database
from tests.fakes_bank import FakeBank, eventually, running_bank
from tests.integration.settlement.conftest import RAIL_POLICY, Desk, agree_beforehand
from tests.integration.settlement.crash_banks import BANKS
from tests.integration.settlement.payout_steps import answer, answer_due, make_due, sent
from tests.integration.settlement.program import GATEWAY_SECRET, TOKEN, running_receiver, settings
from tests.services.notify_socket import notify_socket
from tests.services.postgres import fresh_database
from tests.unit.settlement.rail_examples import settings_with
from tests.unit.settlement.tickets import ticket

AMOUNT = 574_800
PAID_ONCE = [("622200000001", AMOUNT)]


class Crash(Exception):
    """The process dies here."""


@pytest.fixture(params=sorted(BANKS))
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of a rail: every test of a bank runs once for each."""
    return str(request.param)


@pytest.fixture
def bank(name: str) -> Iterator[FakeBank]:
    with running_bank(BANKS[name]) as running:
        yield running


@pytest.fixture
def setup(name: str, bank: FakeBank) -> RailSetup:
    """Return the rail as its settings set it up, with the times of the virtual clock."""
    settings = settings_with(name, bank.url, connect_timeout_s=0.5, read_timeout_s=0.2)
    setup = RAILS[name].set_up(settings)
    assert setup is not None
    times = {part: getattr(RAIL_POLICY, part) for part in ("lease_ms", "quarantine_ms")}
    return replace(setup, policy=replace(setup.policy, **times))


@pytest.fixture
def rail(setup: RailSetup) -> Iterator[RailAdapter]:
    speaking = setup.connect()
    yield speaking
    speaking.close()


@pytest.fixture
def worker(desk: Desk, name: str, setup: RailSetup, rail: RailAdapter) -> PayoutWorker:
    """Return a worker at a funded desk with one ticket settled."""
    return worker_at(desk, name, setup, rail)


def worker_at(desk: Desk, name: str, setup: RailSetup, rail: RailAdapter) -> PayoutWorker:
    desk.rules(rails={name: setup.policy}, default_rail=name)
    desk.deposit(100_000_000)
    desk.settle(ticket())
    return PayoutWorker(desk.database, desk.policy, {name: rail}, Metrics())


def test_every_rail_has_a_bank_to_crash_against() -> None:
    assert set(BANKS) == set(RAILS), "add a bank to tests/integration/settlement/crash_banks.py"


def die_before_commit(desk: Desk, work: Callable[[Connection], object]) -> None:
    with desk.database.write() as connection:
        work(connection)
        raise Crash


def claim(worker: PayoutWorker) -> RailCall:
    (call,) = worker.claim(1)
    return call


def state(desk: Desk) -> PayoutState:
    with desk.database.snapshot() as connection:
        assert read_books(connection).balanced
        now = find_settlement(connection, settlement_id(ticket().ticket_id))
    assert now is not None
    return now.payout.state


def recover(desk: Desk, worker: PayoutWorker, *, minutes: int = 40) -> None:
    """Let a fresh worker go on, minute by minute, as after a restart."""
    for _ in range(minutes):
        desk.ahead_ms += 60_000
        for call in worker.claim(10):
            worker.perform(call, time.monotonic())


def test_dying_before_the_settlement_commits_leaves_nothing(desk: Desk) -> None:
    with pytest.raises(Crash):
        die_before_commit(desk, lambda c: settle_ticket(desk.transaction(c), ticket()))
    with desk.database.snapshot() as connection:
        assert connection.execute(select(settlements)).all() == []
    assert desk.settle(ticket())[1]


def test_dying_between_claim_and_send_pays_once_after_the_quarantine(
    desk: Desk, worker: PayoutWorker, bank: FakeBank
) -> None:
    claim(worker)
    recover(desk, worker, minutes=10)
    assert (state(desk), bank.movements) == (PayoutState.UNKNOWN, [])
    recover(desk, worker, minutes=20)
    assert (state(desk), bank.movements) == (PayoutState.PAID, PAID_ONCE)


def test_dying_between_send_and_answer_pays_once(
    desk: Desk, worker: PayoutWorker, bank: FakeBank, rail: RailAdapter
) -> None:
    call = claim(worker)
    rail.send(call.provider_no, call.request_body, call.amount_minor)
    recover(desk, worker)
    assert (state(desk), bank.movements, len(bank.sends)) == (PayoutState.PAID, PAID_ONCE, 1)


def test_dying_before_the_answer_is_committed_pays_once(
    desk: Desk, worker: PayoutWorker, bank: FakeBank, rail: RailAdapter
) -> None:
    call = claim(worker)
    answer = rail.send(call.provider_no, call.request_body, call.amount_minor)
    with pytest.raises(Crash):
        die_before_commit(desk, lambda c: record(desk.transaction(c), call, answer))
    assert state(desk) is PayoutState.SENDING
    recover(desk, worker)
    assert (state(desk), bank.movements, len(bank.sends)) == (PayoutState.PAID, PAID_ONCE, 1)


@pytest.mark.parametrize("fault", ["hang up", "5xx", "slow", "garbage status"])
def test_an_answer_that_proves_nothing_is_unknown_and_then_asked_about(
    desk: Desk, worker: PayoutWorker, bank: FakeBank, fault: str
) -> None:
    if fault == "slow":
        bank.faults.delay_s = 0.4
    bank.faults.hang_up_after_moving = lambda _: fault == "hang up"
    bank.faults.after_moving = lambda _: {"5xx": 502, "garbage status": 418}.get(fault)
    assert worker.perform(claim(worker), time.monotonic()) is PayoutState.UNKNOWN
    eventually(lambda: bank.movements == PAID_ONCE)
    recover(desk, worker, minutes=2)
    assert (state(desk), bank.movements, len(bank.sends)) == (PayoutState.PAID, PAID_ONCE, 1)


def test_a_bank_that_was_down_gets_the_same_bytes_again(
    desk: Desk, worker: PayoutWorker, bank: FakeBank
) -> None:
    bank.faults.before_moving = lambda ordinal: 503 if ordinal == 1 else None
    worker.perform(claim(worker), time.monotonic())
    recover(desk, worker)
    assert bank.movements == PAID_ONCE
    assert len(bank.sends) == 2
    assert len(set(bank.sends)) == 1


def test_a_bank_whose_questions_lag_behind_does_not_cause_a_second_send(
    desk: Desk, worker: PayoutWorker, bank: FakeBank
) -> None:
    bank.faults.after_moving = lambda _: 500
    bank.faults.not_found_yet = lambda ordinal: ordinal <= 8
    worker.perform(claim(worker), time.monotonic())
    recover(desk, worker)
    assert (state(desk), bank.movements, len(bank.sends)) == (PayoutState.PAID, PAID_ONCE, 1)


def test_a_worker_that_slept_through_its_lease_neither_sends_nor_records(
    desk: Desk, worker: PayoutWorker, bank: FakeBank
) -> None:
    call = claim(worker)
    assert worker.perform(call, time.monotonic() - 3600) is None
    assert bank.sends == []
    assert state(desk) is PayoutState.SENDING


def test_two_workers_with_one_payout_pay_once(
    desk: Desk, worker: PayoutWorker, bank: FakeBank, rail: RailAdapter
) -> None:
    late = claim(worker)
    desk.ahead_ms += 31_000
    asking = claim(worker)
    answer = rail.send(late.provider_no, late.request_body, late.amount_minor)
    assert desk.database.run(lambda c: record(desk.transaction(c), late, answer)) is None
    assert worker.perform(asking, time.monotonic()) is PayoutState.PAID
    assert bank.movements == PAID_ONCE


def test_a_backup_restored_from_before_the_payment_does_not_pay_again(
    tmp_path: Path, bank: FakeBank, name: str, setup: RailSetup, rail: RailAdapter
) -> None:
    for file in ("lost.db", "restored.db"):
        desk = Desk(Database(f"sqlite:///{tmp_path / file}"))
        desk.database.now_ms = desk.clock
        upgrade(desk.database)
        worker = worker_at(desk, name, setup, rail)
        assert worker.perform(claim(worker), time.monotonic()) is PayoutState.PAID
        desk.database.close()
    assert bank.movements == PAID_ONCE


def paid_but_untold(desk: Desk) -> None:
    desk.deposit(100_000_000)
    answer(desk, sent(desk, ticket()), RailOutcome.PAID)


def test_a_notice_that_was_not_sent_before_the_crash_is_sent_under_the_same_id(desk: Desk) -> None:
    paid_but_untold(desk)
    with running_receiver() as gateway:
        sender = WebhookSender(gateway.url, GATEWAY_SECRET)
        for notice in desk.database.run(lambda c: take_due(c, WEBHOOK, desk.clock(c), 30_000, 9)):
            assert sender.send(notice, int(time.time() * 1000)) is None
        desk.ahead_ms += 31_000
        fresh = NoticeWorker(desk.database, WEBHOOK, sender, Metrics())
        assert fresh.run_once()
        assert not fresh.run_once()
        sender.close()
    first, second = (headers["webhook-id"] for headers, _ in gateway.taken)
    assert first == second


def test_news_that_came_while_older_news_was_under_way_is_told_after_it(desk: Desk) -> None:
    paid_but_untold(desk)
    with running_receiver() as gateway:
        sender = WebhookSender(gateway.url, GATEWAY_SECRET)
        (older,) = desk.database.run(lambda c: take_due(c, WEBHOOK, desk.clock(c), 30_000, 9))
        make_due(desk)
        answer_due(desk, RailOutcome.FAILED)
        sender.send(older, int(time.time() * 1000))
        desk.database.run(lambda c: record_delivery(c, older, None, desk.clock(c)))
        worker = NoticeWorker(desk.database, WEBHOOK, sender, Metrics())
        assert worker.due_in_s() <= 0
        assert worker.run_once()
        assert worker.due_in_s() > 60
        sender.close()
    told = [SettlementUpdated.model_validate(body).data for _, body in gateway.taken]
    assert [state.payout.state for state in told] == ["paid", "returned"]
    assert len({headers["webhook-id"] for headers, _ in gateway.taken}) == 2


@contextmanager
def process(config: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the shipped command; kill it when the block ends, if it still lives."""
    command = [sys.executable, "-m", "settlement", "serve", "--config", str(config)]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _answers(port), 20)
        yield running
    finally:
        running.kill()
        running.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settings_file(folder: Path, database_url: str, bank_url: str, port: int) -> Path:
    made = settings(database_url, bank_url, "http://127.0.0.1:9", bank_url)
    lines = [
        f'database.url = "{made.database.url}"',
        f"http.port = {port}",
        f'api.token = "{TOKEN}"',
        f'bank.base_url = "{bank_url}"',
        f'bank.callback_secret = "{made.bank.callback_secret.get_secret_value()}"',
        "bank.connect_timeout_s = 0.5",
        "bank.read_timeout_s = 1.0",
        "bank.lease_s = 2.0",
        "bank.quarantine_s = 1.0",
        f"worker.inside_serve = {str(made.database.is_sqlite).lower()}",
        "[guard.lane_keys]",
        *(f'"{lane}" = "{keys[0]}"' for lane, keys in made.guard.lane_keys.items()),
    ]
    path = folder / "settlement.toml"
    path.write_text("\n".join(lines))
    agree_beforehand(database_url, ticket())
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sandbox"], indirect=True)
def test_kill_nine_in_the_middle_of_a_send_pays_once(tmp_path: Path, bank: FakeBank) -> None:
    port = _free_port()
    config = _settings_file(tmp_path, f"sqlite:///{tmp_path / 's.db'}", bank.url, port)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    base = f"http://127.0.0.1:{port}/api/v1"
    with httpx2.Client(headers=headers, timeout=10) as client:
        with process(config, port) as first:
            deposit = {"contract_id": "C1", "amount_minor": 100_000_000, "new_contract": True}
            client.post(f"{base}/deposits", json=deposit, headers={"Idempotency-Key": "k"})
            bank.faults.delay_s = 0.5
            path = f"{base}/settlements/{ticket().ticket_id}"
            client.put(path, content=ticket().model_dump_json())
            eventually(lambda: len(bank.sends) == 1)
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
        bank.faults.delay_s = 0
    with httpx2.Client(headers=headers, timeout=10) as client, process(config, port):
        eventually(lambda: client.get(path).json()["payout"]["state"] == "paid", 15)
        assert client.get(f"{base}/books").json()["balanced"]
    assert bank.movements == PAID_ONCE


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", ["sandbox"], indirect=True)
def test_a_worker_of_its_own_pays_what_another_process_settled(
    tmp_path: Path, bank: FakeBank, postgres_address: str
) -> None:
    port = _free_port()
    command = [sys.executable, "-m", "settlement", "worker", "--config"]
    with fresh_database(postgres_address) as url, httpx2.Client(timeout=10) as client:
        config = _settings_file(tmp_path, url, bank.url, port)
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        base = f"http://127.0.0.1:{port}/api/v1"
        with process(config, port):
            deposit = {"contract_id": "C1", "amount_minor": 100_000_000, "new_contract": True}
            client.post(f"{base}/deposits", json=deposit, headers={"Idempotency-Key": "k"})
            path = f"{base}/settlements/{ticket().ticket_id}"
            client.put(path, content=ticket().model_dump_json())
            assert client.get(path).json()["payout"]["state"] == "ready"
            with (
                notify_socket() as systemd,
                subprocess.Popen([*command, str(config)], stderr=subprocess.DEVNULL) as worker,
            ):
                try:
                    assert [systemd.heard(), systemd.heard()] == ["READY=1", "WATCHDOG=1"]
                    eventually(lambda: client.get(path).json()["payout"]["state"] == "paid", 20)
                finally:
                    worker.terminate()
            assert worker.returncode == 0
    assert bank.movements == PAID_ONCE
