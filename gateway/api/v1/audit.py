"""Everything that happened here, to be checked offline.

Newline-delimited JSON. Each line but the first carries `previous_sha256`, the SHA-256 of the line
before it without its line break, and the last one says how many came before: a line that was left
out, changed or cut off shows. Rows are read in short transactions, so an export of years holds no
lock.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from sqlalchemy import ColumnElement, Engine, RowMapping, Select, literal, select, tuple_

from edge.messages import GENESIS_HASH
from gateway.api.v1.tickets import TICKETS
from gateway.auth.guard import Exporter
from gateway.http.context import InContext
from gateway.http.times import at_of, maybe_at
from gateway.records.tables import records
from gateway.registry.tables import lanes, orders
from gateway.tickets.tables import tickets
from gateway.trail.chain import HASHED
from gateway.trail.tables import trail

BATCH_ROWS: Final = 500

Line = dict[str, Any]

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


@router.get(
    "/export",
    operation_id="export_audit",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}}},
)
def export(context: InContext, _principal: Exporter) -> StreamingResponse:
    """Export lanes with their keys, signed records, tickets, settlements, and who did what."""
    lines = export_lines(context.engine, context.now_ms())
    return StreamingResponse(
        chained(lines),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="taigan-gateway-audit.ndjson"'},
    )


def chained(lines: Iterable[Line]) -> Iterator[bytes]:
    """Yield each line with the hash of the one before it, and a last line that counts them."""
    previous = GENESIS_HASH
    count = 0
    for line in lines:
        encoded = _encode({**line, "previous_sha256": previous})
        previous = hashlib.sha256(encoded).hexdigest()
        count += 1
        yield encoded + b"\n"
    yield _encode({"type": "end", "lines": count, "previous_sha256": previous}) + b"\n"


def _encode(line: Line) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def export_lines(engine: Engine, now_ms: int) -> Iterator[Line]:
    """Yield the export's lines: a head, lanes, records in the order of their chains, tickets."""
    yield {"type": "export", "program": "gateway", "version": 1, "at": at_of(now_ms).isoformat()}
    yield from _rows(engine, select(lanes), (lanes.c.yard_id, lanes.c.id), _lane_lines)
    record_key = tuple(records.primary_key.columns)
    yield from _rows(engine, select(records), record_key, _record_lines)
    with_order = TICKETS.add_columns(
        orders.c.contract_id, orders.c.contract_version, orders.c.terms
    )
    yield from _rows(engine, with_order, (tickets.c.created_ms, tickets.c.id), _ticket_lines)
    yield from _rows(engine, select(trail), (trail.c.seq,), _trail_lines)


def _rows(
    engine: Engine,
    query: Select[Any],
    key: tuple[ColumnElement[Any], ...],
    lines: Callable[[RowMapping], Iterator[Line]],
) -> Iterator[Line]:
    names = [f"key_{index}" for index in range(len(key))]
    query = query.add_columns(*(c.label(n) for c, n in zip(key, names, strict=True)))
    query = query.order_by(*key).limit(BATCH_ROWS)
    batch = query
    while True:
        with engine.begin() as connection:
            rows = connection.execute(batch).mappings().all()
        for row in rows:
            yield from lines(row)
        if len(rows) < BATCH_ROWS:
            return
        last = rows[-1]
        place = [literal(last[name], c.type) for c, name in zip(key, names, strict=True)]
        batch = query.where(tuple_(*key) > tuple_(*place))


def _lane_lines(row: RowMapping) -> Iterator[Line]:
    yield {
        "type": "lane",
        "yard": row["yard_id"],
        "lane": row["id"],
        "public_key": row["public_key"],
        "e_kg": row["e_kg"],
        "max_kg": row["max_kg"],
    }


def _trail_lines(row: RowMapping) -> Iterator[Line]:
    yield {"type": "trail", "row": {name: row[name] for name in (*HASHED, "sha256")}}


def _record_lines(row: RowMapping) -> Iterator[Line]:
    yield {
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
    "plate",
    "cargo",
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


def _ticket_lines(row: RowMapping) -> Iterator[Line]:
    yield {
        "type": "ticket",
        **{name: row[name] for name in _TICKET_FIELDS},
        "first_at": at_of(row["first_ms"]).isoformat(),
        "second_at": second.isoformat() if (second := maybe_at(row["second_ms"])) else None,
        "terms": json.loads(row["terms"]),
    }
    if row["settlement"] is not None:
        yield {
            "type": "settlement_state",
            "ticket_id": row["id"],
            "state": json.loads(row["settlement"]),
        }
