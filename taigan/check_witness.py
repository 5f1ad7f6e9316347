"""Whether the database can be a witness: triggers in place, rights narrow, programs kept apart."""

import os
import pwd
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, make_url
from sqlalchemy.exc import DBAPIError

from taigan.engine import open_engine
from taigan.finding import Finding, bad, ok, warn
from taigan.reachable import trouble
from taigan.rights import Needed, excesses, owned
from taigan.witness import Rule, faults

_SHOWN: Final = 3
_SUPERUSER: Final = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
_MAY_CREATE: Final = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
_OTHER_DATABASES: Final = """
SELECT datname FROM pg_database
WHERE datname LIKE 'taigan%%' AND datname <> current_database() AND NOT datistemplate
  AND has_database_privilege(datname, 'CONNECT') ORDER BY datname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a program says of itself, and how it knows the other one."""

    name: str
    rules: tuple[Rule, ...]
    named: tuple[str, ...]
    """Triggers of earlier migrations."""
    needed: Needed
    other: str
    other_table: str
    """A table that only the other program has."""


def check_witness(url: str, program: Program) -> Iterator[Finding]:
    """Yield what keeps the database from being a witness; it must answer and have its tables."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            yield check_triggers(connection, program)
            if connection.dialect.name == "postgresql":
                yield from _role(connection, program)
                yield from _databases(connection)
            else:
                yield _file(Path(make_url(url).database or ""))
            yield _shared(connection, program)
    except DBAPIError as error:
        fix = "is it started, and has it been migrated?"
        yield bad("database", f"database.url: {trouble(make_url(url), error)}", fix)
    finally:
        engine.dispose()
    yield from _users(program)


def check_triggers(connection: Connection, program: Program) -> Finding:
    """Return whether all triggers are there, enabled, and as this version makes them."""
    told = faults(connection, program.rules, program.named)
    if not told:
        return ok("triggers", "all in place")
    fix = f"keep a copy of the database as evidence, then `taigan-{program.name} migrate`"
    return bad("triggers", _some(told), fix)


def _role(connection: Connection, program: Program) -> Iterator[Finding]:
    (role,) = connection.exec_driver_sql("SELECT current_user").one()
    fix = f"deploy/postgresql.sql, then `taigan-{program.name} migrate` as the owner"
    (is_super,) = connection.exec_driver_sql(_SUPERUSER).one()
    (may_create,) = connection.exec_driver_sql(_MAY_CREATE).one()
    mine = owned(connection)
    more = excesses(connection, program.needed)
    if is_super:
        yield bad("role", f"{role} is a superuser, whom no trigger stops", fix)
    elif mine:
        yield bad("role", f"{role} owns tables: {_some(mine)}", fix)
    elif may_create:
        yield bad("role", f"{role} may make tables", fix)
    elif more:
        told = [f"{'/'.join(sorted(one.verbs))} on {one.table}" for one in more]
        yield bad("role", f"{role} may do what it need not: {_some(told)}", fix)
    else:
        yield ok("role", f"{role} owns nothing and may change only what it must")


def _databases(connection: Connection) -> Iterator[Finding]:
    (role,) = connection.exec_driver_sql("SELECT current_user").one()
    others = [row.datname for row in connection.exec_driver_sql(_OTHER_DATABASES)]
    if others:
        fix = "REVOKE CONNECT ON DATABASE … FROM PUBLIC, as deploy/postgresql.sql does"
        yield bad("databases", f"{role} may open {_some(others)} too", fix)


def _file(path: Path) -> Finding:
    """Who may write the file of an SQLite database can take its triggers off: no one else may."""
    mode = path.stat().st_mode & 0o777
    reachable = mode & 0o077 and path.parent.stat().st_mode & 0o011
    if reachable:
        fix = f"chmod 600 {path}; chmod 700 {path.parent}"
        return bad("file", f"{path}: mode {mode:o}, others reach it", fix)
    return ok("file", f"{path}: only its user's, who can also take the triggers off")


def _shared(connection: Connection, program: Program) -> Finding:
    if inspect(connection).has_table(program.other_table):
        fix = "give each program a database of its own"
        return bad("database", f"{program.other} keeps its tables here too", fix)
    return ok("database", f"{program.name}'s alone")


def _users(program: Program) -> Iterator[Finding]:
    """Compare the system users of what runs here; what does not run here cannot be told."""
    here, there = (users_of(processes(), name) for name in (program.name, program.other))
    if both := sorted(here & there):
        name = ", ".join(map(_user, both))
        fix = "a system user each: deploy/systemd has units for it"
        yield bad("user", f"{program.name} and {program.other} run as {name}", fix)
    elif 0 in here:
        yield bad("user", f"{program.name} runs as root", "deploy/systemd has a unit for it")
    elif not here:
        told = f"{program.name} does not run here: whose user it has cannot be told"
        yield warn("user", told, "check again while it runs")
    else:
        yield ok("user", f"{program.name} runs as {', '.join(map(_user, sorted(here)))}")


def processes(folder: Path = Path("/proc")) -> Iterator[tuple[int, list[str]]]:
    """Yield (user id, arguments) of everything that runs here and may be looked at."""
    for one in folder.glob("[0-9]*"):
        try:
            yield one.stat().st_uid, (one / "cmdline").read_bytes().decode().split("\0")
        except (OSError, UnicodeDecodeError):  # it ended meanwhile, or is nobody's of ours
            continue


def users_of(running: Iterable[tuple[int, list[str]]], program: str) -> set[int]:
    """Return the ids of the users as whom a program serves or works."""
    return {user for user, words in running if _is(program, words)}


def _is(program: str, words: list[str]) -> bool:
    """Return whether a command line is `taigan-<program> serve`, or `worker`, however started."""
    names = {f"taigan-{program}", program}
    found = [at for at, word in enumerate(words[:4]) if os.path.basename(word) in names]  # noqa: PTH119 - an argument, not a path
    return any(words[at + 1 : at + 2] in (["serve"], ["worker"]) for at in found)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _some(told: list[str]) -> str:
    more = len(told) - _SHOWN
    return ", ".join(told[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
