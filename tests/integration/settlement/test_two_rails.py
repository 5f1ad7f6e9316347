"""Two rails at once: each payout goes by its own, from its bytes to its account in the books."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy import select, update

from settlement.messages import PayoutState
from settlement.metrics import Metrics
from settlement.migrations import upgrade
from settlement.payouts import holds, service
from settlement.payouts.rails import RAILS
from settlement.payouts.rails.rail import RailAdapter, RailSetup
from settlement.payouts.rails.sandbox.adapter import SandboxAdapter
from settlement.tables import payouts, rails
from settlement.verify.rails import READERS
from settlement.workers.payouts import PayoutWorker
from tests.fakes_bank import FakeBank, eventually, running_bank
from tests.integration.settlement import giro
from tests.integration.settlement.conftest import POLICY, RAIL_POLICY, Desk
from tests.integration.settlement.payout_steps import balance, books, claim, now, settle
from tests.integration.settlement.program import Program, running_program
from tests.integration.settlement.tampering import without_triggers, write
from tests.unit.settlement.tickets import ticket

BOTH = {"sandbox": RAIL_POLICY, giro.NAME: giro.POLICY}


@pytest.fixture
def giro_bank(monkeypatch: pytest.MonkeyPatch) -> giro.GiroBank:
    """Register the second rail, as a row and as a reader of guard and verifier."""
    bank = giro.GiroBank()
    monkeypatch.setitem(RAILS, giro.NAME, giro.giro(bank))
    monkeypatch.setitem(READERS, giro.NAME, giro.read)
    return bank


@pytest.fixture
def two_rails(giro_bank: giro.GiroBank, desk: Desk) -> Desk:
    """Return a funded desk with ticket 1 on the sandbox and ticket 2 on the giro."""
    assert giro_bank.taken == {}
    upgrade(desk.database)
    desk.rules(rails=BOTH)
    desk.deposit(100_000_000)
    settle(desk, ticket(1))
    desk.rules(default_rail=giro.NAME)
    settle(desk, ticket(2))
    return desk


@pytest.fixture
def bank() -> Iterator[FakeBank]:
    with running_bank() as running:
        yield running


@pytest.fixture
def worker(two_rails: Desk, giro_bank: giro.GiroBank, bank: FakeBank) -> Iterator[PayoutWorker]:
    sandbox = SandboxAdapter(bank.url, connect_timeout_s=0.5, read_timeout_s=0.5)
    adapters: dict[str, RailAdapter] = {"sandbox": sandbox, giro.NAME: giro_bank}
    yield PayoutWorker(two_rails.database, two_rails.policy, adapters, Metrics())
    sandbox.close()


def work(desk: Desk, worker: PayoutWorker) -> None:
    for _ in range(5):
        for call in worker.claim(10):
            worker.perform(call, time.monotonic())
        desk.ahead_ms += 1_000


def test_each_payout_is_paid_by_its_own_rail(
    two_rails: Desk, worker: PayoutWorker, giro_bank: giro.GiroBank, bank: FakeBank
) -> None:
    work(two_rails, worker)
    assert [now(two_rails, ticket(n)).payout.state for n in (1, 2)] == [PayoutState.PAID] * 2
    number, amount_minor = (
        now(two_rails, ticket(2)).payout.provider_no,
        now(two_rails, ticket(2)).payout.amount_minor,
    )
    assert len(number) == RAILS[giro.NAME].number_length == 20
    assert giro_bank.taken == {number: giro.instruction(ticket(2), number, amount_minor)}
    assert [json.loads(body)["id"] for body in bank.sends] == [
        now(two_rails, ticket(1)).payout.provider_no
    ]
    assert balance(two_rails, "bank:giro") == amount_minor
    assert balance(two_rails, "bank_in_transit:giro") == 0
    assert books(two_rails).in_transit_minor == 0


def test_each_rail_has_its_own_lease(two_rails: Desk) -> None:
    assert sorted(call.rail for call in claim(two_rails)) == ["giro", "sandbox"]
    two_rails.ahead_ms += giro.POLICY.lease_ms
    assert [(call.rail, call.kind) for call in claim(two_rails)] == [("giro", "ask")]


def test_the_guard_reads_the_bytes_of_the_payouts_own_rail(two_rails: Desk) -> None:
    without_triggers(two_rails)
    changed = update(payouts).where(payouts.c.rail == giro.NAME)
    write(two_rails, changed.values(request_body="no=P1&fen=1"))
    assert [call.rail for call in claim(two_rails)] == ["sandbox"]
    assert now(two_rails, ticket(2)).payout.reason == "payout_altered"


def test_a_rail_that_the_guard_cannot_read_pays_nobody(
    two_rails: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(READERS, giro.NAME)
    assert [call.rail for call in claim(two_rails)] == ["sandbox"]
    assert now(two_rails, ticket(2)).payout.reason == "guard"


def test_one_rail_can_be_paused_and_both(two_rails: Desk) -> None:
    run = two_rails.database.run
    run(lambda c: holds.pause_rails(c, giro.NAME, "drill", two_rails.database.now_ms(c)))
    assert [call.rail for call in claim(two_rails)] == ["sandbox"]
    paused = run(lambda c: holds.pause_rails(c, None, "drill", two_rails.database.now_ms(c)))
    assert paused == sorted(RAILS)
    settle(two_rails, ticket(3))
    assert claim(two_rails) == []
    resumed = run(lambda c: holds.resume_rails(two_rails.transaction(c), None))
    assert resumed == dict.fromkeys(RAILS, 0) | {giro.NAME: 2}


def test_a_payout_whose_rail_is_not_set_up_stops_alone_and_is_told(two_rails: Desk) -> None:
    two_rails.policy = replace(POLICY, rails={"sandbox": RAIL_POLICY})
    found = two_rails.database.run(lambda c: service.claim_due(two_rails.transaction(c), 10))
    assert [call.rail for call in found.calls] == ["sandbox"]
    ((_, why, detail),) = found.stopped
    assert (why, detail) == ("payout_unclaimable", "RailNotSetUp")


def test_a_new_rail_is_known_after_an_upgrade_and_a_paused_one_stays_paused(
    two_rails: Desk,
) -> None:
    two_rails.database.run(
        lambda c: holds.pause_rails(c, "sandbox", "drill", two_rails.database.now_ms(c))
    )
    upgrade(two_rails.database)
    with two_rails.database.snapshot() as connection:
        found = connection.execute(select(rails.c.name, rails.c.paused)).all()
    assert {row.name: row.paused for row in found} == {name: name == "sandbox" for name in RAILS}


@pytest.fixture
def giro_program(
    giro_bank: giro.GiroBank, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Program]:
    """Yield the whole program with the giro as the rail of new payouts."""
    giro_bank.patient_asks = 3
    monkeypatch.setattr("settlement.services.DEFAULT_RAIL", giro.NAME)
    with running_program(database_url) as running:
        yield running


def test_the_program_pays_by_the_second_rail_and_takes_its_callbacks(
    giro_program: Program, giro_bank: giro.GiroBank
) -> None:
    giro_program.deposit(100_000_000)
    giro_program.put(ticket())
    eventually(lambda: bool(giro_bank.taken))
    path, signed = "/api/v1/callbacks/giro", {"giro-signature": giro.SIGNATURE}
    number = giro_program.payout(ticket())["provider_no"]
    hint = giro_program.client.post(path, content=number, headers=signed)
    forged = giro_program.client.post(path, content=number)
    unreadable = giro_program.client.post(path, content="?", headers=signed)
    assert [hint.status_code, forged.status_code, unreadable.status_code] == [204, 401, 422]
    eventually(lambda: giro_program.payout(ticket())["state"] == "paid")
    assert giro_program.call_back("P1").status_code == 204
    assert (giro_program.bank.sends, giro_program.books()["balanced"]) == ([], True)
    metrics = giro_program.client.get("/metrics").text
    assert "taigan_in_transit_minor 0.0" in metrics


def test_a_program_without_the_rail_of_a_payout_is_not_ready(
    giro_program: Program, giro_bank: giro.GiroBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    giro_bank.patient_asks = 1_000
    giro_program.deposit(100_000_000)
    giro_program.put(ticket())
    eventually(lambda: bool(giro_bank.taken))
    assert giro_program.client.get("/readyz").status_code == 200
    monkeypatch.delitem(cast("dict[str, RailSetup]", giro_program.services.rails), giro.NAME)
    found = giro_program.client.get("/readyz").json()
    reasons = {"rail": "giro has payouts and is not set up"}
    assert found == {"status": "unready", "reasons": reasons, "attention": {}}
