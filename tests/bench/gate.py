"""How long a truck stands at a gate in real time, and how long its driver waits for the money.

The same trucks drive at real speed through both configurations, one after the other: embedded
defaults (SQLite, amqtt) and production (PostgreSQL, Mosquitto). Loading, the road and unloading
are shortened: nobody waits for software there.
"""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

from simulators.demo.evidence import gather
from simulators.demo.fleet import Fleet
from simulators.demo.options import Options
from simulators.demo.result import Result, Spread
from simulators.demo.system import TaiganSystem
from tests.scenarios.day import live_through
from tests.services.postgres import private_postgres
from tests.services.production import Production

HAUL_SPEED = 60.0
"""Loading, road and unloading are shortened by this; the lanes keep real time."""

KNOWN = (
    ("clerk with paper (the yard before)", "150"),
    ("Ordos coal terminal, unattended (press)", "10"),
    ("another unattended yard (press)", "28"),
    ("required", "< 30"),
)


def run(chosen: argparse.Namespace) -> None:
    """Measure both configurations and print them side by side."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="taigan-bench-")))
        production = Production(closing.enter_context(private_postgres()), closing)
        embedded = measure(
            Options(folder / "embedded", speed=1, haul_speed=HAUL_SPEED), chosen.trucks
        )
        options = production.options(folder / "production", speed=1, haul_speed=HAUL_SPEED)
        show(embedded, measure(options, chosen.trucks), chosen.trucks)


def measure(options: Options, trucks: int) -> Result:
    with TaiganSystem(options) as system:
        fleet = Fleet(system, count=trucks, strangers_count=0, seed=options.seed)
        live_through(system, fleet, timeout_s=120 + 90 * trucks)
        return gather(system, fleet.honest).result


def show(embedded: Result, production: Result, trucks: int) -> None:
    print(f"gate: {trucks} trucks at real speed, {4 * trucks} stops in each configuration")
    print(f"{'p50 / p99':34}{'SQLite + amqtt':>20}{'PostgreSQL + Mosquitto':>26}{'aim':>10}")
    rows = (
        ("arrival to exit barrier, s", embedded.cycle_s, production.cycle_s, "< 30"),
        ("  of it software, ms", embedded.software_ms, production.software_ms, "< 300"),
        (
            "last weighing to bank paid, ms",
            embedded.weighed_to_paid_ms,
            production.weighed_to_paid_ms,
            "< 1000",
        ),
    )
    for name, first, second, aim in rows:
        print(f"{name:34}{pair(first):>20}{pair(second):>26}{aim:>10}")
    print(f"{'paid':34}{embedded.paid:>20}{production.paid:>26}{trucks:>10}")
    print("to compare with, seconds at the gate: " + "; ".join(f"{n} {s}" for n, s in KNOWN))


def pair(spread: Spread) -> str:
    if spread.p50 is None or spread.p99 is None:
        return "-"
    return f"{spread.p50:.4g} / {spread.p99:.4g}"
