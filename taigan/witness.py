"""Rules about rows that the database itself keeps, against every writer: triggers on both engines.

A program says in one list what no statement may do to its tables. `hold` makes the triggers that
are missing or differ, after each migration; `faults` tells which are, so that a check can say so.
Only who owns the tables can take them off; who owns an SQLite file owns its tables.

Every trigger is one of ours by its name. A migration that must edit kept rows calls `lift` first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sqlalchemy import Column, Connection, PrimaryKeyConstraint, Table, UniqueConstraint

_PREFIX: Final = "keep_"
DIFFERS: Final = "IS DISTINCT FROM"
"""How a condition says that two values differ, NULL being one of them."""

_LOCK: Final = 0x7769746E657373

_TYPES: Final = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
_ROW, _BEFORE = 1, 2
"""Bits of pg_trigger.tgtype, by PostgreSQL's catalog/pg_trigger.h."""

_FOUND_SQLITE: Final = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
_FOUND_POSTGRESQL: Final = """
SELECT t.tgname, c.relname, t.tgtype, t.tgenabled, p.prosrc,
       t.tgqual IS NULL AND t.tgattr = '' AS is_whole
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""

_FUNCTIONS: Final = """
SELECT proname FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace AND prorettype = 'trigger'::regtype
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that no statement may do to the rows of a table."""

    table: str
    what: str
    """The last part of the trigger's name."""
    on: Literal["INSERT", "UPDATE", "DELETE", "TRUNCATE"]
    refused_if: str
    """SQL over OLD and NEW, in words that both engines know."""
    says: str
    """What the refused writer reads."""
    engine: Literal["sqlite", "postgresql"] | None = None
    """None: both."""
    is_silent: bool = False
    """SQLite: leave the row out instead of failing, as INSERT … ON CONFLICT DO NOTHING does."""

    @property
    def name(self) -> str:
        return f"{_PREFIX}{self.table}_{self.what}"


def only_inserted(table: Table, *, if_absent: bool = False) -> tuple[Rule, ...]:
    """Return the rules of a table whose rows are never changed, replaced or deleted.

    `if_absent`: the program inserts with ON CONFLICT DO NOTHING, which must go on doing nothing.
    """
    says = f"{table.name} are only ever inserted"
    change = Rule(table=table.name, what="facts", on="UPDATE", refused_if="true", says=says)
    return change, *never_deleted(table, if_absent=if_absent)


def never_deleted(table: Table, *, if_absent: bool = False) -> tuple[Rule, ...]:
    """Return the rules of a table whose rows stay: no DELETE, no TRUNCATE, no INSERT OR REPLACE."""
    name = table.name
    says = f"{name} are never deleted"
    return (
        Rule(table=name, what="rows", on="DELETE", refused_if="true", says=says),
        Rule(
            table=name,
            what="all",
            on="TRUNCATE",
            refused_if="true",
            says=says,
            engine="postgresql",
        ),
        not_replaced(table, if_absent=if_absent),
    )


def not_replaced(table: Table, *, if_absent: bool = False, unless: str = "false") -> Rule:
    """Return the rule against INSERT OR REPLACE, which on SQLite deletes unseen by triggers."""
    keys = " OR ".join(f"({_is_this(key)})" for key in _keys(table))
    return Rule(
        table=table.name,
        what="place",
        on="INSERT",
        refused_if=f"EXISTS (SELECT 1 FROM {table.name} AS old"  # noqa: S608 - our own words
        f" WHERE ({keys}) AND NOT ({unless}))",
        says=f"{table.name}: there is such a row, and it stays",
        engine="sqlite",
        is_silent=if_absent,
    )


def kept(table: Table, *, but: Iterable[str] = (), only: str = "", says: str = "") -> Rule:
    """Return the rule that an UPDATE leaves every column as it is, but those named.

    `only` is a further condition: such an UPDATE is refused whatever it changes.
    """
    free = set(but)
    if unknown := free - {column.name for column in table.columns}:
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    fixed = [f"NEW.{c.name} {DIFFERS} OLD.{c.name}" for c in table.columns if c.name not in free]
    return Rule(
        table=table.name,
        what="facts",
        on="UPDATE",
        refused_if=" OR ".join([*fixed, *([only] if only else [])]),
        says=says or f"{table.name}: only {', '.join(sorted(free))} may change",
    )


def _keys(table: Table) -> list[list[Column[object]]]:
    return sorted(
        (
            sorted(constraint.columns, key=lambda column: column.name)
            for constraint in table.constraints
            if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint)
        ),
        key=lambda columns: [column.name for column in columns],
    )


def _is_this(key: list[Column[object]]) -> str:
    return " AND ".join(f"old.{column.name} = NEW.{column.name}" for column in key)


def hold(connection: Connection, rules: Iterable[Rule]) -> bool:
    """Make the triggers be those of `rules`; return whether anything had to be made.

    Needs no right to do so if there is nothing to make.
    """
    rules = tuple(rules)
    if not faults(connection, rules):
        return False
    if not _is_sqlite(connection):  # replicas start together, and one of them is enough
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if not faults(connection, rules):
            return False
    lift(connection)
    for rule in _of_engine(connection, rules):
        for statement in _made(connection, rule):
            connection.exec_driver_sql(statement)
    return True


def lift(connection: Connection) -> None:
    """Take all triggers of ours off; whoever does that calls `hold` afterwards."""
    if _is_sqlite(connection):
        names, drop = set(_found(connection)), "DROP TRIGGER {}"
    else:  # a trigger goes with its function, which outlives its table
        functions = connection.exec_driver_sql(_FUNCTIONS)
        names, drop = {row.proname for row in functions}, "DROP FUNCTION {} CASCADE"
    for name in sorted(name for name in names if name.startswith(_PREFIX)):
        connection.exec_driver_sql(drop.format(name))


def faults(connection: Connection, rules: Iterable[Rule], named: Iterable[str] = ()) -> list[str]:
    """Return what is wrong with the triggers, one line each; empty if all are as they should be.

    `named` are others, of earlier migrations, that must be there and enabled.
    """
    found = _found(connection)
    wanted = {rule.name: _expected(connection, rule) for rule in _of_engine(connection, rules)}
    told = [f"{name} is missing" for name in (*wanted, *named) if name not in found]
    for name, one in found.items():
        if not one.is_enabled:
            told.append(f"{name} is disabled")
        elif name in wanted and one.definition != wanted[name]:
            told.append(f"{name} is not as this version makes it")
        elif name.startswith(_PREFIX) and name not in wanted:
            told.append(f"{name} belongs to no rule")
    return sorted(told)


class _Found(NamedTuple):
    definition: object
    """What makes it that trigger."""
    is_enabled: bool


def _found(connection: Connection) -> dict[str, _Found]:
    if _is_sqlite(connection):
        rows = connection.exec_driver_sql(_FOUND_SQLITE)
        return {name: _Found(sql, is_enabled=True) for name, sql in rows}
    return {
        row.tgname: _Found(
            (row.relname, row.tgtype, row.prosrc, row.is_whole),
            is_enabled=row.tgenabled in {"O", "A"},
        )
        for row in connection.exec_driver_sql(_FOUND_POSTGRESQL)
    }


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _of_engine(connection: Connection, rules: Iterable[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.engine in {None, connection.dialect.name}]


def _expected(connection: Connection, rule: Rule) -> object:
    if _is_sqlite(connection):
        return _sqlite(rule)
    row = 0 if rule.on == "TRUNCATE" else _ROW
    return rule.table, _TYPES[rule.on] | _BEFORE | row, _body(rule), True


def _made(connection: Connection, rule: Rule) -> tuple[str, ...]:
    if _is_sqlite(connection):
        return (_sqlite(rule),)
    name, each = rule.name, "STATEMENT" if rule.on == "TRUNCATE" else "ROW"
    when = f"BEFORE {rule.on} ON {rule.table} FOR EACH {each}"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${_body(rule)}$$",
        f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()",
    )


def _sqlite(rule: Rule) -> str:
    condition = rule.refused_if.replace(DIFFERS, "IS NOT")  # SQLite knows the words since 3.39
    action = "IGNORE" if rule.is_silent else f"ABORT, '{rule.says}'"
    return (
        f"CREATE TRIGGER {rule.name} BEFORE {rule.on} ON {rule.table} WHEN {condition}"
        f" BEGIN SELECT RAISE({action}); END"
    )


def _body(rule: Rule) -> str:
    row = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD", "TRUNCATE": "NULL"}[rule.on]
    return (
        f" BEGIN IF {rule.refused_if} THEN RAISE EXCEPTION '{rule.says}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END "
    )
