"""A private PostgreSQL for one test session: own data directory, own free port, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from simulators.ports import hold_any_port

SERVER_USER = "postgres"
"""PostgreSQL refuses to run as root."""
SETTINGS = (
    "-c listen_addresses=127.0.0.1 -c max_connections=200"
    # Programs are killed in tests, the machine never loses power: nothing need reach the disk.
    " -c fsync=off -c full_page_writes=off"
)


class PostgresMissing(Exception):
    """No PostgreSQL server program is installed."""


def server_programs() -> Path:
    """Return the folder of the newest installed server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_major)
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise PostgresMissing("install the package postgresql to run these tests")
    return found[-1].parent if found else Path(on_path or "").parent


def _major(initdb: Path) -> int:
    return int(initdb.parts[-3])


@contextmanager
def private_postgres() -> Iterator[str]:
    """Yield the address of a running server, as `host:port`; its superuser needs no password."""
    programs = server_programs()
    with tempfile.TemporaryDirectory(prefix="taigan-pg-") as folder:
        home = Path(folder)
        _give_away(home)
        data, held = home / "data", hold_any_port()
        _run([programs / "initdb", "-D", data, "-A", "trust", "-U", SERVER_USER, "--no-sync"])
        settings = f"-p {held.number} -k {home} {SETTINGS}"
        control: list[str | Path] = [programs / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-o", settings, "-l", home / "log", "start"])
        try:
            yield f"127.0.0.1:{held.number}"
        finally:
            _run([*control, "-m", "immediate", "stop"])


@contextmanager
def fresh_database(address: str, *, copy_of: str = "/template1") -> Iterator[str]:
    """Yield the SQLAlchemy URL of a new database on a running server; drop it afterwards.

    It is empty, or a copy of the one at another URL, to which nobody may be connected.
    """
    name, template = f"t{uuid4().hex}", copy_of.rpartition("/")[2]
    admin = f"postgresql://{SERVER_USER}@{address}/postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield f"postgresql+psycopg://{SERVER_USER}@{address}/{name}"
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _run(command: list[str | Path]) -> None:
    """Run as the server's user when we are root; fail with the program's own words."""
    prefix = ["runuser", "-u", SERVER_USER, "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryFile() as output:
        # pg_ctl leaves a server behind that holds the output open: a pipe would never end.
        done = subprocess.run(
            [*prefix, *map(str, command)], stdout=output, stderr=output, check=False, cwd="/"
        )
        output.seek(0)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {output.read().decode(errors='replace')}")


def _give_away(folder: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam(SERVER_USER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
