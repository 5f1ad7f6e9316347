"""What the gateway heard, made of it and told settlement, fact by fact: as the export says it."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    literal,
    select,
    tuple_,
)

from gateway.audit.tables import head_tables
from gateway.http.times import at_of, maybe_at
from gateway.outbox.tables import outbox
from gateway.records.tables import records
from gateway.registry.tables import lanes, orders
from gateway.tickets.tables import tickets
from gateway.trail.chain import HASHED
from gateway.trail.tables import trail
from taigan.heads.facts import Kind, Line, canonical
from taigan.heads.log import Source

BATCH_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Fact:
    """Where the facts of a kind stand, what names one and orders them, and how it is said."""

    rows: Select[Any]
    name: tuple[ColumnElement[Any], ...]
    line: Callable[[RowMapping], Line]
    order: tuple[ColumnElement[Any], ...] = ()
    """Of the export, if it is not the name's."""


def _lane_line(row: RowMapping) -> Line:
    return {
        "type": "lane",
        "yard": row["yard_id"],
        "lane": row["id"],
        "public_key": row["public_key"],
        "e_kg": row["e_kg"],
        "max_kg": row["max_kg"],
    }


def _record_line(row: RowMapping) -> Line:
    return {
        "type": "record",
        "yard": row["yard_id"],
        "lane": row["lane_id"],
        "epoch": row["epoch"],
        "seq": row["seq"],
        "body": row["body"],
        "key_id": row["key_id"],
        "signature": row["signature"],
        "verdict": row["verdict"],
    }


_TICKET_FIELDS: Final = (
    "id",
    "order_no",
    "yard_id",
    "purpose",
    "status",
    "contract_id",
    "contract_version",
    "first_event_id",
    "first_kg",
    "second_event_id",
    "second_kg",
    "gross_kg",
    "tare_kg",
    "net_kg",
    "settlement_error",
)


def _ticket_line(row: RowMapping) -> Line:
    return {
        "type": "ticket",
        **{name: row[name] for name in _TICKET_FIELDS},
        "first_at": at_of(row["first_ms"]).isoformat(),
        "second_at": second.isoformat() if (second := maybe_at(row["second_ms"])) else None,
        "terms": json.loads(row["terms"]),
    }


def _told_line(row: RowMapping) -> Line:
    """Say what settlement is told, without the driver's link, and of his account only a hash."""
    told = json.loads(row["body"])
    del told["receipt_url"]
    payee_sha256 = payee_hash(row["ticket_id"], told.pop("payee"))
    return {
        "type": "told",
        "ticket_id": row["ticket_id"],
        "ticket": told,
        "payee_sha256": payee_sha256,
    }


def payee_hash(ticket_id: str, payee: dict[str, Any]) -> str:
    """Return what proves a payee to whoever knows him: settlement's export does."""
    return hashlib.sha256(canonical({"ticket_id": ticket_id, **payee})).hexdigest()


def _state_line(row: RowMapping) -> Line:
    return {
        "type": "settlement_state",
        "ticket_id": row["id"],
        "state": json.loads(row["settlement"]),
    }


def _trail_line(row: RowMapping) -> Line:
    """Say it apart from the line: both have a `previous_sha256`."""
    said = {name: row[name] for name in (*HASHED, "sha256")}
    return {"type": "trail", "seq": row["seq"], "row": said}


FACTS: Final[dict[str, Fact]] = {
    "lane": Fact(select(lanes), (lanes.c.yard_id, lanes.c.id), _lane_line),
    "record": Fact(select(records), tuple(records.primary_key.columns), _record_line),
    "ticket": Fact(
        select(
            tickets,
            orders.c.order_no,
            orders.c.contract_id,
            orders.c.contract_version,
            orders.c.terms,
        ).join_from(tickets, orders),
        (tickets.c.id,),
        _ticket_line,
        order=(tickets.c.created_ms, tickets.c.id),
    ),
    "told": Fact(
        select(outbox),
        (outbox.c.ticket_id,),
        _told_line,
        order=(outbox.c.created_ms, outbox.c.ticket_id),
    ),
    "settlement_state": Fact(
        select(tickets.c.id, tickets.c.settlement).where(tickets.c.settlement.is_not(None)),
        (tickets.c.id,),
        _state_line,
        order=(tickets.c.created_ms, tickets.c.id),
    ),
    "trail": Fact(select(trail), (trail.c.seq,), _trail_line),
}
"""In the order of the export."""

KINDS: Final = {
    "lane": Kind(("yard", "lane"), frozenset({"public_key", "e_kg", "max_kg"})),
    "record": Kind(("yard", "lane", "epoch", "seq"), frozenset({"verdict"})),
    "ticket": Kind(
        ("id",),
        frozenset({*_TICKET_FIELDS, "first_at", "second_at", "terms"})
        - {"id", "order_no", "yard_id", "purpose"},
    ),
    "told": Kind(("ticket_id",), frozenset({"ticket", "payee_sha256"})),
    "settlement_state": Kind(("ticket_id",), frozenset({"state"})),
    "trail": Kind(("seq",)),
}
"""What stands in the list that heads sign, and what of it may still move: a late record moves a
ticket until its trip is given to settlement."""


def section(engine: Engine, kind: str) -> Iterator[Line]:
    """Yield all facts of a kind, in short transactions."""
    fact = FACTS[kind]
    for row in rows(engine, fact.rows, fact.order or fact.name):
        yield fact.line(row)


def rows(
    engine: Engine, query: Select[Any], key: tuple[ColumnElement[Any], ...]
) -> Iterator[RowMapping]:
    """Yield rows in the order of a unique key, in short transactions."""
    names = [f"key_{index}" for index in range(len(key))]
    query = query.add_columns(*(c.label(n) for c, n in zip(key, names, strict=True)))
    query = query.order_by(*key).limit(BATCH_ROWS)
    batch = query
    while True:
        with engine.begin() as connection:
            found = connection.execute(batch).mappings().all()
        yield from found
        if len(found) < BATCH_ROWS:
            return
        last = found[-1]
        place = [literal(last[name], c.type) for c, name in zip(key, names, strict=True)]
        batch = query.where(tuple_(*key) > tuple_(*place))


def read_facts(connection: Connection, kind: str, keys: Collection[str]) -> Iterator[Line]:
    """Yield the facts of a kind that triggers have named: their parts, joined by slashes."""
    fact = FACTS[kind]
    places = [
        tuple_(
            *(
                literal(c.type.python_type(text), c.type)
                for text, c in zip(key.split("/"), fact.name, strict=True)
            )
        )
        for key in sorted(keys)
    ]
    query = fact.rows.where(tuple_(*fact.name).in_(places)).order_by(*fact.name)
    for row in connection.execute(query).mappings():
        yield fact.line(row)


SOURCE: Final = Source("gateway", head_tables, KINDS, read_facts)
"""What the list of the gateway holds."""
