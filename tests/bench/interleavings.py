"""Arrival order: what six lanes recorded of ten trucks and what people did, woven in new orders.

Each day is drawn from a seed, and told to the gateway in many orders; see
`tests.integration.gateway.weaving`. Ten at a time have their beginning in common. Whatever differs
between two orders of the same day, in trips, tickets, stops, money or calls, is counted and named.
"""

import argparse
import gc
import json
import logging
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from gateway.migrations import upgrade
from taigan.engine import open_engine
from tests.integration.gateway.fleet import build_fleet
from tests.integration.gateway.journals import make_day
from tests.integration.gateway.weaving import Outcome, outcomes

ORDERS_A_DAY: Final = 50
ENDINGS: Final = 10
"""Orders with the same beginning."""
WORKERS: Final = 2
IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there


class Tried(NamedTuple):
    day: int
    orders: int
    records: int
    different: tuple[str, ...]
    """Which orders came to something else than the first one, and in what."""
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
                *one.different,
                sep="\n  ",
                flush=True,
            )
    figures = {
        "interleavings": sum(one.orders for one in tried),
        "days": len(tried),
        "different": sum(len(one.different) for one in tried),
        "seconds": round(time.monotonic() - begun),
    }
    print(json.dumps(figures))


def _try_day(day: tuple[int, int]) -> Tried:
    seed, orders = day
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'gateway.db'}")
        upgrade(engine)
        fleet = build_fleet(engine)
        made = make_day(fleet.world, seed)
        begun_s = time.process_time()
        different = []
        expected: Outcome | None = None
        for beginning, endings in _beginnings(orders):
            _collect()
            for ending, found in enumerate(outcomes(fleet, made, beginning, endings)):
                expected = expected or found
                unlike = [what for what in found if found[what] != expected[what]]
                if unlike:
                    different.append(f"order {beginning}.{ending}: {', '.join(unlike)}")
        engine.dispose()
    cpu_s = time.process_time() - begun_s
    return Tried(seed, orders, len(made.records()), tuple(different), cpu_s)


def _beginnings(orders: int) -> Iterator[tuple[int, int]]:
    """Yield the number of each beginning, and how many orders begin so."""
    for beginning, first in enumerate(range(0, orders, ENDINGS)):
        yield beginning, min(ENDINGS, orders - first)


def _collect() -> None:
    """Collect garbage here and nowhere else: looking for it is a tenth of the time."""
    gc.disable()
    gc.collect()
    gc.freeze()
