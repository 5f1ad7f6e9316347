"""Workers in a process of their own hear at once what another process made due."""

from contextlib import ExitStack
from threading import Event

import pytest
from sqlalchemy import text

from settlement.config import WorkerSettings
from settlement.services import open_services
from settlement.wake_ups import WakeUps
from settlement.workers.listening import DueListener
from settlement.workers.running import Workers
from taigan.transactions import Database
from tests.fakes_bank import eventually, running_bank
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.payout_steps import claim, now
from tests.integration.settlement.program import running_receiver, settings
from tests.plans import watched
from tests.unit.settlement.tickets import ticket

on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@on_postgres
def test_it_wakes_for_what_is_due_and_for_nothing_else(funded: Desk, database_url: str) -> None:
    wake_ups, woken = WakeUps(), Event()
    wake_ups.add(woken.set)
    elsewhere = Database(database_url)
    listener = DueListener(elsewhere, wake_ups)
    listener.start()
    assert woken.wait(5)  # it listens now
    woken.clear()
    funded.settle(ticket())
    assert woken.wait(5)
    woken.clear()
    claim(funded)  # due when the lease has run out
    assert not woken.wait(0.5)
    with funded.database.write() as connection:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        assert list(connection.execute(text(ended)).scalars()) == [True]
    assert woken.wait(10)  # it listens again
    woken.clear()
    funded.settle(ticket(2))
    assert woken.wait(5)
    listener.stop()
    elsewhere.close()


@on_postgres
def test_a_worker_that_looks_every_ten_seconds_pays_at_once(
    funded: Desk, database_url: str
) -> None:
    with ExitStack() as stack:
        bank = stack.enter_context(running_bank())
        gateway = stack.enter_context(running_receiver())
        found = settings(database_url, bank.url, gateway.url, gateway.url)
        lazy = WorkerSettings(inside_serve=False, poll_s=10)
        services = open_services(found.model_copy(update={"worker": lazy}))
        workers = Workers(services)
        workers.start()
        stack.callback(services.database.close)
        stack.callback(workers.stop)
        funded.settle(ticket())
        eventually(lambda: now(funded, ticket()).payout.state == "paid", 5)
        eventually(lambda: len(gateway.taken) >= 2, 5)


@pytest.mark.usefixtures("desk")
def test_a_worker_without_work_looks_about_once_a_second(database_url: str) -> None:
    services = open_services(settings(database_url, *["http://127.0.0.1:9"] * 3))
    workers = Workers(services)
    workers.start()
    with watched(services.database.engine) as seen:
        Event().wait(2.5)
    workers.stop()
    services.database.close()
    # Three loops; twenty looks a second would be 150 and more.
    assert 3 <= len(seen.statements) <= 3 * 6
