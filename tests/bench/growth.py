"""Whether a decision at the gate costs after years what it cost on the first day.

Real signed records go through the gateway's front door, one truck after the other: arrival,
weighing, release. The databases of all sizes on both engines take turns in one run. What is
compared is the CPU time of this process and of the database's server for it: on a shared machine it
is steadier than the clock, which is printed beside it. The ratio is that of the medians.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from edge.messages import Action
from gateway.migrations import upgrade
from gateway.records.envelope import Envelope
from gateway.records.service import receive
from gateway.tickets.service import Tickets
from taigan.engine import open_engine
from taigan.transactions import run as run_transaction
from tests.bench import growth_readings
from tests.bench.growth_history import FLEET, tag_of, write_history
from tests.integration.gateway.yard import (
    START_MS,
    FakeLane,
    build_world,
    record_in,
    settings_for,
)
from tests.services.postgres import fresh_database, private_postgres

STOPS: Final = (1_000, 100_000, 1_000_000)
QUICK_STOPS: Final = (1_000, 40_000)
SETTLEMENTS: Final = (500, 50_000)
QUICK_SETTLEMENTS: Final = (500, 5_000)
ROUNDS: Final = 8
TRUCKS_PER_ROUND: Final = 12
AIM: Final = 1.2


@dataclass
class Yard:
    """One database with its history, and what its decisions have cost."""

    engine: Engine
    tickets: Tickets
    lane: FakeLane
    stops: int
    next_truck: int = 2
    cpu_ms: list[float] = field(default_factory=list)
    """Of one decision, the mean of each round."""
    wall_ms: list[float] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stops", type=int, nargs="+", help="growth: stops in history, the smallest first"
    )
    parser.add_argument(
        "--settlements", type=int, nargs="+", help="growth: settlements in the books"
    )


def run(chosen: argparse.Namespace) -> None:
    """Measure both engines, print the tables and, with --json, one line of JSON."""
    stops = tuple(chosen.stops or (QUICK_STOPS if chosen.quick else STOPS))
    settled = tuple(chosen.settlements or (QUICK_SETTLEMENTS if chosen.quick else SETTLEMENTS))
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="taigan-bench-")))
        address = closing.enter_context(private_postgres())
        ratios = measure_decisions(closing, folder, address, stops)
        readings = growth_readings.measure(closing, folder, address, settled)
    worst = max(ratios.values())
    print(f"growth: a decision costs {worst:.2f} times as much at {stops[-1]:,} stops, aim {AIM}")
    if chosen.json:
        line = {"decision_ratio": round(worst, 3), "decision_ratios": ratios, **readings}
        print(json.dumps(line))


def measure_decisions(
    closing: ExitStack, folder: Path, address: str, sizes: tuple[int, ...]
) -> dict[str, float]:
    """Return, for each engine, the cost with the longest history over that with the shortest."""
    yards: dict[str, list[Yard]] = {"sqlite": [], "postgresql": []}
    for size in sizes:
        urls = {
            "sqlite": f"sqlite:///{folder / f'growth-{size}.db'}",
            "postgresql": closing.enter_context(fresh_database(address)),
        }
        for name, url in urls.items():
            began_s = time.perf_counter()
            yards[name].append(open_yard(closing, url, size))
            print(f"  {name}: {size:,} stops in {time.perf_counter() - began_s:.0f} s", flush=True)
    for one in (*yards["sqlite"], *yards["postgresql"]):
        drive(one, 3)  # warms caches of statements and pages
    for _ in range(ROUNDS):
        for one in (*yards["sqlite"], *yards["postgresql"]):
            cpu_ms, wall_ms = drive(one, TRUCKS_PER_ROUND)
            one.cpu_ms.append(cpu_ms)
            one.wall_ms.append(wall_ms)
    show(yards)
    return {name: round(ratio(found), 3) for name, found in yards.items()}


def ratio(yards: list[Yard]) -> float:
    return median(yards[-1].cpu_ms) / median(yards[0].cpu_ms)


def open_yard(closing: ExitStack, url: str, stops: int) -> Yard:
    engine = open_engine(url)
    closing.callback(engine.dispose)
    upgrade(engine)
    with engine.begin() as connection:
        world = build_world(connection)
        write_history(connection, stops)
    if engine.dialect.name == "postgresql":  # as autovacuum does; nobody does it on SQLite
        with engine.connect() as plain:
            autocommit = plain.execution_options(isolation_level="AUTOCOMMIT")
            autocommit.execute(text("VACUUM ANALYZE"))
    return Yard(engine, Tickets(settings_for(url)), world.lane("mine-in"), stops)


def drive(yard: Yard, trucks: int) -> tuple[float, float]:
    """Let trucks be weighed and released; return CPU and wall time of one, in milliseconds."""
    if yard.next_truck + trucks > FLEET:
        raise ValueError(f"a fleet of {FLEET} is too small for so many rounds")
    cpu_ms = wall_ms = 0.0
    for truck in range(yard.next_truck, yard.next_truck + trucks):
        *decision, leaving = crossing(yard.lane, tag_of(truck))
        server_ms, began_s, process_s = (
            server_cpu_ms(yard),
            time.perf_counter(),
            time.process_time(),
        )
        for envelope, expected in decision:
            take(yard, envelope, expected)
        wall_ms += 1000 * (time.perf_counter() - began_s)
        cpu_ms += 1000 * (time.process_time() - process_s) + server_cpu_ms(yard) - server_ms
        take(yard, *leaving)
    yard.next_truck += trucks
    return cpu_ms / trucks, wall_ms / trucks


def crossing(lane: FakeLane, tag: str) -> Iterator[tuple[Envelope, Action | None]]:
    """Yield the records of one truck, signed, each with the command that must answer it."""
    stop_id: UUID = uuid4()
    yield lane.arrived(stop_id, tag), Action.ADMIT
    weighed = lane.weighed(stop_id, 16_000, tag)
    weighing_id = record_in(weighed).event_id
    yield weighed, Action.RELEASE
    yield lane.released(stop_id, weighing_id), None
    yield lane.left(stop_id, weighing_id), None


def take(yard: Yard, envelope: Envelope, expected: Action | None) -> None:
    after = run_transaction(
        yard.engine, lambda connection: receive(connection, envelope, yard.tickets, START_MS)
    )
    actions = [command.action for command in after.commands]
    if expected is not None and actions != [expected]:
        raise RuntimeError(f"expected {expected}, got {after.commands}")


def server_cpu_ms(yard: Yard) -> float:
    """Return the CPU time of the one server process behind the pool; SQLite has none."""
    if yard.engine.dialect.name == "sqlite":
        return 0.0
    with yard.engine.connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    running_ns = Path(f"/proc/{pid}/schedstat").read_text().split()[0]
    return int(running_ns) / 1_000_000


def show(yards: dict[str, list[Yard]]) -> None:
    trucks = ROUNDS * TRUCKS_PER_ROUND
    print(f"growth: arrival, weighing and release of {trucks} trucks, ms for each truck")
    print(f"{'':14}{'stops':>12}{'CPU':>10}{'of first':>10}{'wall':>10}")
    for name, found in yards.items():
        for yard in found:
            cpu_ms, first_ms = median(yard.cpu_ms), median(found[0].cpu_ms)
            print(
                f"{name:14}{yard.stops:>12,}{cpu_ms:>10.1f}{cpu_ms / first_ms:>10.2f}"
                f"{median(yard.wall_ms):>10.1f}"
            )
