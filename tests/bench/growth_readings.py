"""What looking costs: the books, probes and numbers of the day, with few and with many settlements.

And how long one settlement takes while somebody checks the whole history of the books.
"""

import gc
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any, Final

from fastapi.testclient import TestClient
from sqlalchemy import text

from gateway.api.v1.summary import Summaries, day_start_ms
from gateway.migrations import upgrade as upgrade_gateway
from settlement.app import create_app
from settlement.ledger.books import open_books
from settlement.migrations import upgrade
from settlement.services import Services, open_services
from settlement.settle import settle_ticket
from taigan.engine import open_engine
from tests.bench.growth_history import write_history
from tests.bench.growth_ledger import CONTRACT, write_ledger
from tests.integration.gateway.yard import START_MS, build_world
from tests.integration.settlement.program import TOKEN, settings
from tests.services.postgres import fresh_database
from tests.unit.settlement.tickets import ticket

TIMES: Final = 15
SETTLED: Final = 12
PATHS: Final = ("/api/v1/books", "/readyz", "/metrics")

Costs = dict[str, float]


def measure(
    closing: ExitStack, folder: Path, address: str, sizes: tuple[int, ...]
) -> dict[str, Any]:
    """Print a table for both engines; return its figures by engine and size."""
    print("growth: CPU of this process and wall, ms, medians; the last two columns: one settlement")
    names = ("books", "readyz", "metrics", "summary", "alone", "meanwhile")
    print(f"{'':14}{'settlements':>12}" + "".join(f"{name:>18}" for name in names))
    found: dict[str, Any] = {}
    for size in sizes:
        urls = {
            "sqlite": f"sqlite:///{folder / f'ledger-{size}.db'}",
            "postgresql": closing.enter_context(fresh_database(address)),
        }
        for engine, url in urls.items():
            costs = of_settlement(closing, url, size)
            costs |= of_gateway(f"sqlite:///{folder / f'day-{size}.db'}", size)
            found.setdefault(engine, {})[str(size)] = {k: round(v[1], 2) for k, v in costs.items()}
            cells = "".join(f"{costs[n][0]:>9.1f}{costs[n][1]:>9.1f}" for n in names)
            print(f"{engine:14}{size:>12,}{cells}", flush=True)
    return {"readings_ms": found}


def of_settlement(closing: ExitStack, url: str, size: int) -> dict[str, tuple[float, float]]:
    services = open_services(settings(url, *["http://127.0.0.1:9"] * 3))
    closing.callback(services.database.close)
    upgrade(services.database)
    write_ledger(services.database, size)
    app = create_app(services)
    app.state.workers = None
    client = TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"})
    answer = client.get("/api/v1/books")  # checks the history once
    if not answer.json()["balanced"]:
        raise RuntimeError(f"the written history does not balance: {answer.json()['checks']}")
    costs = {path.rpartition("/")[2]: timed(lambda: client.get(path)) for path in PATHS}  # noqa: B023 - called at once
    numbers = iter(range(1, 1_000))
    costs["alone"] = timed(lambda: settle(services, next(numbers)), SETTLED)
    costs["meanwhile"] = meanwhile(services, numbers)
    return costs


def meanwhile(services: Services, numbers: Any) -> tuple[float, float]:
    """Return the cost of a settlement while another thread checks everything, over and over."""
    stopping = Event()

    def look() -> None:
        while not stopping.is_set():
            open_books(services.database, everything=True)

    thread = Thread(target=look)
    thread.start()
    try:
        return timed(lambda: settle(services, next(numbers)), SETTLED)
    finally:
        stopping.set()
        thread.join()


def settle(services: Services, number: int) -> None:
    contract = ticket().contract.model_copy(update={"contract_id": CONTRACT})
    services.run(lambda tx: settle_ticket(tx, ticket(number, contract=contract)))


def of_gateway(url: str, size: int) -> dict[str, tuple[float, float]]:
    """Return what the numbers of a day with so many loads cost; the file is made once."""
    engine = open_engine(url)
    upgrade_gateway(engine)
    now_ms = day_start_ms(START_MS) + 86_000_000
    with engine.begin() as connection:
        if not connection.execute(text("SELECT count(*) FROM yards")).scalar_one():
            build_world(connection)
            write_history(connection, 4 * size, until_ms=now_ms, every_ms=80_000_000 // size)
    cost = timed(lambda: Summaries(engine, lambda: now_ms).today())
    engine.dispose()
    return {"summary": cost}


def timed(work: Callable[[], object], times: int = TIMES) -> tuple[float, float]:
    """Return the medians of CPU and wall time in milliseconds; the first time is not counted."""
    work()
    gc.collect()
    gc.freeze()  # what the bench itself made is no matter of what it measures
    found = []
    for _ in range(times):
        began_s, process_s = time.perf_counter(), time.process_time()
        work()
        found.append((time.process_time() - process_s, time.perf_counter() - began_s))
    return 1000 * median(cpu for cpu, _ in found), 1000 * median(wall for _, wall in found)
