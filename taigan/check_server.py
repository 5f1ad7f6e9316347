"""Checks that every server's doctor makes: user, secrets, database, clock, disk."""

import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx2
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from taigan.engine import open_engine
from taigan.env_file import beside
from taigan.finding import Finding, bad, ok, warn
from taigan.reachable import trouble
from taigan.schema import Schema
from taigan.time_source import is_disciplined
from taigan.web_server import CannotListen, listen

_WAIT_S: Final = 5.0
_OTHERS: Final = 0o007
_MB: Final = 1_000_000
_FILE_FIX: Final = "name a database file of this program's, which its user may read and write"
_SERVER_FIX: Final = "is it started; are database.url, user and password right?"
_MAY_CREATE: Final = text("SELECT current_user, has_schema_privilege(current_schema(), 'CREATE')")
_FREE_MB_MIN: Final = 200
_FREE_MB_GOOD: Final = 2_000


def check_server(config: Path, env_file: Path | None) -> Iterator[Finding]:
    """Check who asks, who may read the secrets, and the clock."""
    yield _user()
    for path in (config, env_file or beside(config)):
        if path.exists():
            yield _closed(path)
    yield _clock()


def _user() -> Finding:
    name = pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid():
        return ok("user", name)
    return warn(
        "user",
        "root, whom no permission stops: what the program's own user lacks is not seen",
        "run the doctor as the user of the unit: sudo -u …",
    )


def _closed(path: Path) -> Finding:
    mode = path.stat().st_mode & 0o777
    if mode & _OTHERS and path.suffix == ".env":
        return bad("secrets", f"{path}: mode {mode:o}, others may read it", f"chmod o= {path}")
    return ok("file", str(path))


def _clock() -> Finding:
    if is_disciplined():
        return ok("clock", "disciplined by a time source")
    return warn(
        "clock",
        "no time source disciplines it",
        "install chrony, or `timedatectl set-ntp true`; signatures of callbacks expire in minutes",
    )


def check_port(host: str, port: int, program: str) -> Finding:
    """Check that a server can take its port, or that it is the one that has it.

    `program` is the name that it gives at /healthz.
    """
    try:
        listen(host, port).close()
    except CannotListen as error:
        if port and _program(host, port) == program:
            return ok("port", f"{host}:{port}: in use by the running program")
        fix = "end the program that has it (`ss -ltnp`), or change http.host, http.port"
        return bad("port", f"http.port: {error}", fix)
    return ok("port", f"{host}:{port}: free")


def _program(host: str, port: int) -> str | None:
    """Return which of our programs a server is, None if it is none."""
    shown = f"[{host}]" if ":" in host else host
    try:
        answer = httpx2.get(f"http://{shown}:{port}/healthz", timeout=_WAIT_S)
        return str(answer.json()["program"])
    except (httpx2.TransportError, ValueError, KeyError, TypeError):
        return None


def check_database(url: str, schema: Callable[[str], Schema], migrate: str) -> Iterator[Finding]:
    """Check that the database answers and has every table, and the disk if it is on this one."""
    address = make_url(url)
    is_file = address.get_backend_name() == "sqlite"
    folder = Path(address.database or ".").parent
    if is_file and not folder.exists():
        yield bad("database", f"{folder} does not exist", f"install -d -m 0700 {folder}")
        return
    if is_file and not Path(address.database or "").exists():
        yield bad("database", f"{address.database}: none yet", f"run `{migrate}`")
        return
    if is_file and not os.access(folder, os.W_OK | os.X_OK):
        who = pwd.getpwuid(os.geteuid()).pw_name
        yield bad("database", f"{folder}: {who} may not write there", f"chown {who} {folder}")
        return
    found = _schema(url, schema, migrate)
    if is_file:
        yield found
        yield _disk(folder)
        return
    if found.level == "ok":
        yield from _rights(url)
    yield found


def _rights(url: str) -> Iterator[Finding]:
    """Tell if the program could change its own tables, and so take a trigger off the ledger."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            role, may = connection.execute(_MAY_CREATE).one()
    finally:
        engine.dispose()
    if may:
        told = f"the role {role} may change tables, which no running program needs"
        yield warn("rights", told, "let it own none: deploy/postgresql.sql shows how")


def _schema(url: str, schema: Callable[[str], Schema], migrate: str) -> Finding:
    address = make_url(url)
    try:
        found = schema(url)
    except DBAPIError as error:
        is_file = address.get_backend_name() == "sqlite"
        fix = _FILE_FIX if is_file else _SERVER_FIX
        return bad("database", f"database.url: {trouble(address, error)}", fix)
    place = address.render_as_string(hide_password=True)
    if found.is_behind:
        return bad("database", f"{place}: {found}", f"run `{migrate}`")
    return ok("database", f"{place}: {found}")


def _disk(folder: Path) -> Finding:
    free_mb = shutil.disk_usage(folder).free // _MB
    told = f"{free_mb} MB free at {folder}"
    if free_mb < _FREE_MB_MIN:
        return bad("disk", told, "free space: a full disk stops everything")
    if free_mb < _FREE_MB_GOOD:
        return warn("disk", told, "a weighing with its curve takes some tens of kilobytes")
    return ok("disk", told)
