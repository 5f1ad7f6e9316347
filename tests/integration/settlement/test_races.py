"""Several workers and several gateways at once: one effect each."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial

from sqlalchemy import select

from settlement.ledger.books import read_books
from settlement.metrics import Metrics
from settlement.payouts.rails.sandbox.adapter import SandboxAdapter
from settlement.tables import payouts
from settlement.workers.payouts import PayoutWorker
from taigan.transactions import Database
from tests.fakes_bank import running_bank
from tests.integration.settlement.conftest import Desk
from tests.people import agree_on
from tests.unit.settlement.tickets import ticket

WORKERS = 8
PAYOUTS = 24


def all_at_once(work: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def empty_the_queue(worker: PayoutWorker) -> None:
    while calls := worker.claim(2):
        for call in calls:
            worker.perform(call, time.monotonic())


def test_eight_workers_send_each_payout_once(desk: Desk, database_url: str) -> None:
    desk.deposit(100_000_000)
    for number in range(1, PAYOUTS + 1):
        desk.settle(ticket(number))
    with ExitStack() as stack:
        bank = stack.enter_context(running_bank())
        rail = SandboxAdapter(bank.url, connect_timeout_s=1, read_timeout_s=1)
        stack.callback(rail.close)
        own = [stack.enter_context(closing(Database(database_url))) for _ in range(WORKERS)]
        databases = [desk.database] * WORKERS if desk.database.is_sqlite else own
        workers = [
            PayoutWorker(one, desk.policy, {"sandbox": rail}, Metrics()) for one in databases
        ]
        all_at_once([partial(empty_the_queue, worker) for worker in workers])
        sent = [json.loads(body)["id"] for body in bank.sends]
    assert len(sent) == len(set(sent)) == len(bank.movements) == PAYOUTS


def test_eight_gateways_that_send_one_ticket_settle_it_once(desk: Desk) -> None:
    desk.deposit(100_000_000)
    one = ticket()
    desk.database.run(lambda c: agree_on(desk.transaction(c), one))
    created: list[bool] = []

    def put() -> None:
        created.append(desk.settle_unknown(one)[1])

    all_at_once([put] * WORKERS)
    assert sorted(created) == [False] * (WORKERS - 1) + [True]
    with desk.database.snapshot() as connection:
        assert len(connection.execute(select(payouts)).all()) == 1


def test_a_deposit_that_everybody_wants_is_never_overdrawn(desk: Desk) -> None:
    each_minor = desk.settle(ticket(1))[0].payout.amount_minor
    desk.deposit(each_minor * 5)
    others = [ticket(number) for number in range(2, WORKERS + 2)]
    all_at_once([partial(desk.settle, one) for one in others])
    with desk.database.snapshot() as connection:
        books = read_books(connection)
    assert books.balanced
    assert books.in_transit_minor == each_minor * 5
