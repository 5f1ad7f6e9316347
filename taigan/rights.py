"""What a program's own role may do to its tables on PostgreSQL: rows, and no more than it needs.

Whoever migrates owns the tables. A role that may insert into them is a program's; it gets SELECT
and INSERT everywhere, and beyond it what the program's list says. Other roles, who only read, say,
are left alone. An SQLite file has no roles: who may write it owns it.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection

VERSION_TABLE: Final = "alembic_version"
_ALWAYS: Final = frozenset({"SELECT", "INSERT"})
_READ: Final = frozenset({"SELECT"})

_GRANTED: Final = """
SELECT c.relname AS "table", r.rolname AS role, a.privilege_type AS verb
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND a.grantee <> c.relowner
"""
_OWNED: Final = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
"""

Needed = Mapping[str, str]
"""By table: UPDATE and DELETE, as far as the program needs them; both of a table not named here
are refused."""


class Excess(NamedTuple):
    """What a role may do and need not, or the other way round."""

    role: str
    table: str
    verbs: frozenset[str]


def narrow(connection: Connection, needed: Needed) -> bool:
    """Give each program's role exactly what it needs; return whether anything changed.

    Only for tables that the caller owns; a running program owns none, and changes nothing.
    """
    if connection.dialect.name != "postgresql":
        return False
    owned = {row.relname for row in connection.exec_driver_sql(_OWNED)}
    wrong = [one for one in _differences(connection, needed) if one.table in owned]
    for one in wrong:
        verbs = ", ".join(sorted(wanted(one.table, needed)))
        connection.exec_driver_sql(f'REVOKE ALL ON "{one.table}" FROM "{one.role}"')
        connection.exec_driver_sql(f'GRANT {verbs} ON "{one.table}" TO "{one.role}"')
    return bool(wrong)


def wanted(table: str, needed: Needed) -> frozenset[str]:
    """Return what a program's role may do to a table."""
    if table == VERSION_TABLE:
        return _READ
    return _ALWAYS | frozenset(needed.get(table, "").split())


def excesses(connection: Connection, needed: Needed) -> list[Excess]:
    """Return which verbs the current role has and does not need, by table."""
    has = _granted(connection)
    (role,) = connection.exec_driver_sql("SELECT current_user").one()
    return [
        Excess(role, table, frozenset(more))
        for (of_role, table), verbs in sorted(has.items())
        if of_role == role and (more := verbs - wanted(table, needed))
    ]


def owned(connection: Connection) -> list[str]:
    """Return the tables that the current role owns: it can do anything to them."""
    return sorted(row.relname for row in connection.exec_driver_sql(_OWNED))


def _differences(connection: Connection, needed: Needed) -> Iterator[Excess]:
    has = _granted(connection)
    programs = {role for (role, _), verbs in has.items() if "INSERT" in verbs}
    for (role, table), verbs in sorted(has.items()):
        if role in programs and verbs != (right := wanted(table, needed)):
            yield Excess(role, table, frozenset(verbs ^ right))


def _granted(connection: Connection) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for row in connection.exec_driver_sql(_GRANTED):
        found.setdefault((row.role, row.table), set()).add(row.verb)
    return found
