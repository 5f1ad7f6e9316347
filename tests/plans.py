"""What statements a piece of code runs, and how each engine would read its tables for them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event


@dataclass(frozen=True)
class Access:
    """One table read in one plan."""

    table: str
    index: str | None
    narrowed: bool
    """Whether the engine goes to the rows by a condition, instead of reading all of them."""


@dataclass
class Watched:
    """The SELECTs that ran, with the values that were bound."""

    engine: Engine
    statements: list[tuple[str, Any]] = field(default_factory=list)

    def accesses(self) -> list[Access]:
        """Return every access to a table, as the engine plans it for these statements."""
        found: list[Access] = []
        with self.engine.connect() as connection:
            for statement, values in self.statements:
                if self.engine.dialect.name == "sqlite":
                    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                    found += [_of_sqlite(row[3]) for row in rows if row[3].startswith(_READS)]
                    continue
                # A small table is scanned whatever its indexes are: ask what would be possible.
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
                rows = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
                text = rows.scalar_one()
                plan = json.loads(text) if isinstance(text, str) else text
                found += _of_postgres(plan[0]["Plan"])
        return found


@contextmanager
def watched(engine: Engine) -> Iterator[Watched]:
    """Collect the SELECTs that run on `engine` inside the block."""
    seen = Watched(engine)

    def collect(*arguments: Any) -> None:
        _connection, _cursor, statement, values, _context, many = arguments
        if not many and statement.lstrip().startswith("SELECT"):
            seen.statements.append((statement, values))

    event.listen(engine, "before_cursor_execute", collect)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", collect)


_READS = ("SCAN ", "SEARCH ")


def _of_sqlite(line: str) -> Access:
    words = line.split()
    index = None
    if "INDEX" in words:
        index = words[words.index("INDEX") + 1]
    elif "PRIMARY" in words or "rowid" in line:
        index = "primary key"
    # The least of a column is called a search too, but without a condition it may pass every row.
    has_condition = line.removesuffix(" LEFT-JOIN").endswith(")")
    return Access(words[1], index, narrowed=words[0] == "SEARCH" and has_condition)


def _of_postgres(node: dict[str, Any], table: str = "") -> list[Access]:
    table = node.get("Relation Name", table)
    found = []
    kind = node["Node Type"]
    if kind == "Seq Scan" or "Index Name" in node:
        condition = node.get("Index Cond", "IS NOT NULL)")
        narrowed = not condition.endswith("IS NOT NULL)") or " AND " in condition
        found.append(Access(table, node.get("Index Name"), narrowed=narrowed))
    for child in node.get("Plans", ()):
        found += _of_postgres(child, table)
    return found
