"""Arrival order: the journals of four lanes and ten trucks, woven in ever new orders.

Each day is drawn from a seed, and told to the gateway in many orders. Whatever differs between two
orders of the same day, in trips, tickets, stops or money, is counted and named.
"""

import argparse
import json
import logging
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from gateway.migrations import upgrade
from taigan.engine import open_engine
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.journals import Outcome, add_fleet, make_day, replay

ORDERS_A_DAY: Final = 50
WORKERS: Final = 2


class Tried(NamedTuple):
    day: int
    orders: int
    records: int
    different: tuple[int, ...]
    """Seeds of the orders that came to something else than the first one."""
    cpu_s: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this bench."""
    parser.add_argument(
        "--orders", type=int, default=200, help="interleavings: how many orders to try"
    )


def run(chosen: argparse.Namespace) -> None:
    """Print how many orders came to the same; ends with one line of JSON."""
    days = [
        (chosen.seed + day, min(ORDERS_A_DAY, chosen.orders - first))
        for day, first in enumerate(range(0, chosen.orders, ORDERS_A_DAY))
    ]
    begun = time.monotonic()
    tried = []
    with ProcessPoolExecutor(WORKERS) as pool:
        for one in pool.map(_try_day, days):
            tried.append(one)
            print(
                f"day {one.day}: {one.records} records in {one.orders} orders, "
                f"{len(one.different)} different, {one.cpu_s / one.orders:.2f} s CPU an order",
                flush=True,
            )
    figures = {
        "interleavings": sum(one.orders for one in tried),
        "different": sum(len(one.different) for one in tried),
        "seconds": round(time.monotonic() - begun),
    }
    print(json.dumps(figures))


def _try_day(day: tuple[int, int]) -> Tried:
    seed, orders = day
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'gateway.db'}")
        upgrade(engine)
        gateway = Gateway(engine)
        with engine.begin() as connection:
            add_fleet(connection)
        made = make_day(gateway.world, seed)
        begun_s = time.process_time()
        different = []
        expected: Outcome | None = None
        with engine.connect() as connection:
            for order in range(orders):
                with connection.begin() as transaction:
                    came_of_it = replay(connection, gateway.settings, made, order)
                    transaction.rollback()
                expected = came_of_it if expected is None else expected
                if came_of_it != expected:
                    different.append(order)
        engine.dispose()
    records = sum(len(journal) for journal in made.journals.values())
    return Tried(seed, orders, records, tuple(different), time.process_time() - begun_s)
