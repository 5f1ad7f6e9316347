"""How fast a backlog of many lanes drains, beside the ingest rate when no lane has one.

Both in one run, with the same lanes and the same kinds of records, through Mosquitto with the
shipped settings, the shipped journal and outbox of each lane (in a process of their own) and the
shipped gateway. First each lane sends its next record when it has the receipt for the one before:
that is as fast as this gateway takes records. Then every lane comes back with a backlog at once.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, insert

from gateway.core import Core
from gateway.keys import public_text
from gateway.migrations import upgrade
from gateway.registry.tables import lanes
from taigan.engine import open_engine
from taigan.key_file import create_key, read_key
from tests.bench.backlog_lanes import YARD, Measured, lane_key, lane_name, tag_of
from tests.integration.gateway.air import external_mqtt, since_start
from tests.integration.gateway.yard import (
    START_MS,
    add_truck,
    build_world,
    settings_for,
)
from tests.services.mosquitto import private_mosquitto
from tests.services.postgres import fresh_database, private_postgres

PASSWORD: Final = "secret"
AIM: Final = 0.8
MEASURED_ON_THE_FIRST_VERSION: Final = "11.9 resends a record, half the ingest rate"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lanes", type=int, default=100, help="backlog: lanes that were cut off")
    parser.add_argument("--records", type=int, default=12, help="backlog: records of each lane")
    parser.add_argument("--postgres", action="store_true", help="backlog: instead of SQLite")


def run(chosen: argparse.Namespace) -> None:
    """Measure both rates, print them, and compare."""
    measured = measure(chosen.lanes, chosen.records, postgres=chosen.postgres)
    show(chosen, measured)


def measure(count: int, records: int, *, postgres: bool) -> dict[str, Measured]:
    users = {"gateway": PASSWORD} | {f"{YARD}/{lane_name(n)}": PASSWORD for n in range(count)}
    with (
        tempfile.TemporaryDirectory(prefix="taigan-backlog-") as name,
        private_mosquitto(users) as broker,
        database(Path(name), postgres=postgres) as engine,
    ):
        key_file = Path(name) / "gateway.key"
        create_key(key_file)
        register(engine, count)
        url = str(engine.url.render_as_string(hide_password=False))
        settings = settings_for(
            url, mqtt=external_mqtt(broker), signing={"key_file": str(key_file)}
        )
        core = Core(settings, engine, lambda *_: None, since_start())
        plan = {
            "port": broker.port,
            "password": PASSWORD,
            "lanes": count,
            "records": records,
            "gateway_key": public_text(read_key(key_file).public_key()),
            "start_ms": START_MS,
        }
        with core.running():
            return measured_by_lanes(plan)


def measured_by_lanes(plan: dict[str, Any]) -> dict[str, Measured]:
    """Let the lanes do their work in a process of their own; the gateway's is this one."""
    command = [sys.executable, "-m", "tests.bench.backlog_lanes", json.dumps(plan)]
    phases = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as lanes:
        assert lanes.stdout is not None
        began_s = time.process_time()
        for line in lanes.stdout:
            one = json.loads(line)
            name, ended_s = one.pop("phase"), time.process_time()
            phases[name] = Measured(**one | {"cpu_s": ended_s - began_s})
            began_s = ended_s
    if lanes.returncode:
        raise RuntimeError(f"the lanes ended with {lanes.returncode}")
    return phases


@contextmanager
def database(folder: Path, *, postgres: bool) -> Iterator[Engine]:
    with private_postgres() if postgres else nullcontext("") as address:
        made = fresh_database(address) if postgres else nullcontext(f"sqlite:///{folder / 'g.db'}")
        with made as url:
            engine = open_engine(url)
            upgrade(engine)
            yield engine
            engine.dispose()


def register(engine: Engine, count: int) -> None:
    """Register the lanes, and for each a truck; without an order, so that no list grows with it."""
    with engine.begin() as connection:
        build_world(connection)
        for number in range(count):
            key = Ed25519PrivateKey.from_private_bytes(lane_key(number)).public_key()
            row: dict[str, object] = {"id": lane_name(number), "yard_id": YARD, "name": "lane"}
            row |= {"public_key": public_text(key), "e_kg": 20, "max_kg": 100_000}
            connection.execute(insert(lanes), row | {"created_ms": START_MS})
            add_truck(connection, str(number + 100), tag_of(number))


def show(chosen: argparse.Namespace, measured: dict[str, Measured]) -> None:
    ingest, drain = measured["ingest"], measured["drain"]
    engine = "PostgreSQL" if chosen.postgres else "SQLite"
    print(f"backlog: {chosen.lanes} lanes x {chosen.records} records, {engine} and Mosquitto")
    print(f"{'':34}{'no backlog':>14}{'backlog':>14}")
    for name, field in (
        ("records receipted a second", "per_s"),
        ("seconds", "took_s"),
        ("resends a record", "resends_per_record"),
        ("CPU ms of the gateway a record", "cpu_ms_per_record"),
    ):
        row = [f"{getattr(one, field):.3g}" for one in (ingest, drain)]
        print(f"{name:34}{row[0]:>14}{row[1]:>14}")
    ratio = drain.per_s / ingest.per_s
    print(f"the backlog drains at {ratio:.2f} of the ingest rate (aim: {AIM} or more)")
    print(f"to compare with, the first version: {MEASURED_ON_THE_FIRST_VERSION}")
    cpu_ratio = ingest.cpu_ms_per_record / drain.cpu_ms_per_record
    print(
        f"by the gateway's CPU time, which other work on the machine leaves alone: {cpu_ratio:.2f}"
    )
    figures = {
        "drain_ratio": ratio,
        "drain_ratio_cpu": cpu_ratio,
        "resends_per_record": drain.resends_per_record,
    }
    if chosen.json:
        print(json.dumps({name: round(figure, 4) for name, figure in figures.items()}))
