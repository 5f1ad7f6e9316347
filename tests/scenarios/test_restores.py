"""A database is put back to a backup: everything agrees again, and nothing is paid twice."""

import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import make_url

from simulators.chance import seeded
from simulators.demo.fleet import Sent
from simulators.demo.options import Options
from simulators.demo.system import TaiganSystem
from simulators.lane import VisitOutcome
from simulators.trucks import Truck, fleet
from simulators.yard import SITES
from tests.scenarios.day import (
    all_paid,
    ask_everybody,
    assert_books_balance,
    assert_money_follows_the_trucks,
    assert_weights_are_the_trucks,
    is_delivered,
    wait_until,
)
from tests.services.production import Production

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SOON = {"gateway": {"settlement": {"compare_every_s": 2}}}


class Yard:
    """A system with trucks that drive one after another, each home and paid before the next."""

    def __init__(self, system: TaiganSystem) -> None:
        self._system = system
        self._trucks = fleet(seeded(3))
        self.sent: list[Sent] = []

    def register(self) -> tuple[Truck, str]:
        truck = next(self._trucks)
        order_no = self._system.seeder.register(truck)
        assert order_no is not None
        return truck, order_no

    def drive(self, truck: Truck, order_no: str) -> None:
        sent = Sent(truck, order_no, self._system.world.drive(truck))
        self.sent.append(sent)
        assert sent.outcome.result(150) is VisitOutcome.PASSED
        wait_until(self._all_settled, 60, "all loads settled and paid")

    def judge(self) -> None:
        """Hold everything against the trucks' truth and the bank's book."""
        system = self._system
        day = ask_everybody(system, _Fleet(self.sent))  # type: ignore[arg-type]
        assert {trip.sent.order_no for trip in day.delivered} == {s.order_no for s in self.sent}
        assert_money_follows_the_trucks(day)
        assert_weights_are_the_trucks(day)
        assert_books_balance(day)

    def _all_settled(self) -> bool:
        delivered = [t for t in self._system.gateway.tickets() if is_delivered(t)]
        return len(delivered) == len(self.sent) and all_paid(self._system)


@dataclass
class _Fleet:
    honest: list[Sent]


class Backup:
    """A copy of a program's database, made while it runs and put back while it stands still."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = make_url(url)
        self._copy = folder / "backup"
        if self._url.get_backend_name() == "sqlite":
            source = sqlite3.connect(str(self._url.database))
            with closing(source), closing(sqlite3.connect(self._copy)) as target:
                source.backup(target)
        else:
            self._run("pg_dump", "--clean", "--if-exists", "--file", str(self._copy))

    def put_back(self) -> None:
        if self._url.get_backend_name() == "sqlite":
            shutil.copy(self._copy, str(self._url.database))
        else:
            self._run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(self._copy))

    def _run(self, *command: str) -> None:
        address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        done = subprocess.run([*command, "--dbname", address], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


def readyz(url: str) -> Mapping[str, Any]:
    try:
        reasons: Mapping[str, Any] = httpx2.get(f"{url}/readyz", timeout=5, trust_env=False).json()
    except httpx2.HTTPError:
        return {"status": "away"}
    return reasons


def restart(system: TaiganSystem, name: str) -> None:
    """Start a program without waiting until it says that it is ready."""
    system.programs.start(system.programs._programs[name])


def open_alarms(system: TaiganSystem) -> Counter[str]:
    return Counter(
        a["kind"] for a in system.gateway.pages("/api/v1/alarms") if not a["resolved_at"]
    )


def transfers(system: TaiganSystem) -> list[tuple[str, int]]:
    book = system.bank.book()["movements"]
    return sorted((m["reference_id"], m["amount_minor"]) for m in book if m["kind"] == "transfer")


def all_lanes_agree(system: TaiganSystem) -> Callable[[], bool]:
    metrics = [f'taigan_lane_outbox{{lane="{site.lane}",yard="{site.yard}"}} 0.0' for site in SITES]

    def agree() -> bool:
        told = system.gateway.text("/metrics")
        alarms = open_alarms(system)
        is_well = readyz(system.plan.gateway_url).get("status") == "ready"
        return is_well and not alarms and all(one in told for one in metrics)

    return agree


def restore_the_gateway(options: Options) -> None:
    with TaiganSystem(options) as system:
        yard = Yard(system)
        yard.drive(*yard.register())
        later = [yard.register(), yard.register()]
        backup = Backup(system.plan.gateway_database, options.directory)
        for truck in later:
            yard.drive(*truck)
        wait_until(all_lanes_agree(system), 30, "quiet")
        before = {t["id"]: t["net_kg"] for t in system.gateway.tickets()}
        paid = transfers(system)

        # Lanes come back one after another: in which order their records come is another matter.
        lanes = [f"edge-{site.lane}" for site in SITES]
        for lane in lanes:
            system.programs.stop(lane)
        system.programs.stop("gateway")
        backup.put_back()
        system.programs.restart("gateway")
        assert len(list(system.gateway.tickets())) == 2, "the backup was put back"
        for lane in lanes:
            restart(system, lane)
            wait_until(lambda: said_unready(system), 60, "the gateway says what is missing")
            wait_until(all_lanes_agree_so_far(system), 60, "the lane has sent again what was lost")
        wait_until(lambda: all_paid(system), 60, "all loads settled again")
        wait_until(all_lanes_agree(system), 60, "everything agrees")
        assert {t["id"]: t["net_kg"] for t in system.gateway.tickets()} == before
        assert transfers(system) == paid
        forgotten = [
            alarm
            for alarm in system.gateway.pages("/api/v1/alarms")
            if alarm["kind"] == "records_forgotten"
        ]
        assert len(forgotten) == len(lanes)
        yard.drive(*yard.register())
        yard.judge()


def said_unready(system: TaiganSystem) -> bool:
    answer = readyz(system.plan.gateway_url)
    return "are not here" in str(answer.get("reasons", {}).get("journals", ""))


def all_lanes_agree_so_far(system: TaiganSystem) -> Callable[[], bool]:
    return lambda: (
        readyz(system.plan.gateway_url).get("status") == "ready" and not open_alarms(system)
    )


def restore_the_settlement(options: Options) -> None:
    with TaiganSystem(options) as system:
        yard = Yard(system)
        yard.drive(*yard.register())
        backup = Backup(system.plan.settlement_database, options.directory)
        for _ in range(2):
            yard.drive(*yard.register())
        paid = transfers(system)
        programs = ["settlement", *(["settlement-worker"] if system.plan.has_worker else [])]
        for program in programs:
            system.programs.stop(program)
        backup.put_back()
        for program in programs:
            system.programs.restart(program)
        wait_until(lambda: forgot(system), 30, "the gateway says that settlement has forgotten")
        wait_until(signed_again(system), 60, "settlement knows all tickets again")
        wait_until(lambda: all_paid(system), 60, "all paid, as before")
        assert readyz(system.plan.gateway_url)["status"] == "ready"
        wait_until(lambda: system.settlement.books()["balanced"], 30, "the books balance")
        assert transfers(system) == paid
        yard.drive(*yard.register())
        yard.judge()


def signed_again(system: TaiganSystem) -> Callable[[], bool]:
    """Two people sign anew what they had signed after the backup; settlement proposes it."""

    def is_well() -> bool:
        system.deciders.approve_waiting()
        return not open_alarms(system)

    return is_well


def forgot(system: TaiganSystem) -> bool:
    return any(a["kind"] == "settlement_forgot" for a in system.gateway.pages("/api/v1/alarms"))


@pytest.mark.postgres
@pytest.mark.mosquitto
def test_a_restored_gateway_gets_from_its_lanes_what_it_lost(
    tmp_path: Path, production: Production
) -> None:
    restore_the_gateway(production.options(tmp_path, speed=25, seed=3))


def test_a_restored_settlement_gets_from_the_gateway_what_it_forgot(tmp_path: Path) -> None:
    restore_the_settlement(Options(tmp_path, speed=25, seed=3, overrides=SOON))
