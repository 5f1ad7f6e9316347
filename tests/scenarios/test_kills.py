"""Any program may be killed at any moment: nothing is lost and nothing is paid twice.

The judge is the bank's own book, held against the physical truth of the trucks.
"""

import threading
from collections import Counter
from pathlib import Path
from random import Random
from typing import Self

import pytest

from simulators.demo.fleet import Fleet
from simulators.demo.options import Options
from simulators.demo.system import TaiganSystem
from tests.scenarios.day import (
    Day,
    assert_books_balance,
    assert_every_refusal_has_a_reason,
    assert_money_follows_the_trucks,
    assert_no_truck_is_stuck,
    assert_passed_trucks_were_delivered,
    assert_weights_are_the_trucks,
    live_through,
)
from tests.services.production import Production

TRUCKS = 16
TRUCKS_PRODUCTION = 12
PAUSE_S = (1.5, 4.0)
DOWN_S = (0.1, 1.5)
BANK_FAULTS = "lost_answer=0.1,error_after_move=0.1,duplicate_callback=0.2,accepted_first=0.2"
QUARANTINE = {"settlement": {"bank": {"quarantine_s": 5}}}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1000)]


class Killer:
    """Kills one program after another at random moments and brings it back, until stopped."""

    def __init__(self, system: TaiganSystem, seed: int) -> None:
        self._system = system
        self._rng = Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer")
        self.kills: Counter[str] = Counter()
        self.failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def check(self) -> None:
        """Raise why a program that was killed did not come back, if so."""
        if self.failure is not None:
            raise RuntimeError("the killer failed") from self.failure

    def stop(self) -> None:
        """End the killing; whatever was killed is running again."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            waiting: list[str] = []
            while not self._over.wait(self._rng.uniform(*PAUSE_S)):
                if not waiting:
                    waiting = list(self._system.names)
                    self._rng.shuffle(waiting)
                name = waiting.pop()
                self._system.kill(name)
                self.kills[name] += 1
                self._over.wait(self._rng.uniform(*DOWN_S))
                self._system.restart(name)
        except BaseException as failure:  # noqa: BLE001 - shown by the test, which would hang
            self.failure = failure


def judge(system: TaiganSystem, killer: Killer, day: Day, trucks: int) -> None:
    killer.check()
    assert set(killer.kills) == set(system.names), "every program was killed at least once"
    assert_money_follows_the_trucks(day)
    assert_passed_trucks_were_delivered(day)
    assert_weights_are_the_trucks(day)
    assert_books_balance(day)
    assert_every_refusal_has_a_reason(day)
    assert_no_truck_is_stuck(day)
    assert len(day.delivered) == trucks


def live_through_kills(options: Options, seed: int, trucks: int) -> None:
    with TaiganSystem(options) as system:
        fleet = Fleet(system, count=trucks, strangers_count=0, seed=seed)
        with Killer(system, seed) as killer:
            day = live_through(system, fleet, timeout_s=720, check=killer.check)
        print("kills:", dict(killer.kills))
        judge(system, killer, day, trucks)


def test_on_embedded_defaults_kills_lose_nothing_and_pay_nothing_twice(tmp_path: Path) -> None:
    options = Options(tmp_path, speed=25, seed=5, bank_faults=BANK_FAULTS, overrides=QUARANTINE)
    live_through_kills(options, seed=5, trucks=TRUCKS)


@pytest.mark.postgres
@pytest.mark.mosquitto
def test_on_postgres_and_mosquitto_kills_lose_nothing_and_pay_nothing_twice(
    tmp_path: Path, production: Production
) -> None:
    options = production.options(
        tmp_path, speed=25, seed=6, bank_faults=BANK_FAULTS, overrides=QUARANTINE
    )
    live_through_kills(options, seed=6, trucks=TRUCKS_PRODUCTION)
