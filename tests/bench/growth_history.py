"""Years of a yard at once: closed trips of a fleet, written by SQL into a gateway's database.

A trip is four stops, two tickets, one order and one sent ticket; of fifty trucks one was refused.
The same statements run on both engines. Columns that a table does not have are left out.
"""

from typing import Final

from sqlalchemy import Connection, Table, text

from gateway.outbox.tables import outbox
from gateway.records.tables import records
from gateway.registry.tables import orders
from gateway.tickets.tables import stops, tickets
from tests.integration.gateway.yard import START_MS, TERMS, add_order, add_truck

FLEET: Final = 300
TRIP_EVERY_MS: Final = 96_000
"""900 trucks a day."""

_TRIPS: Final = (
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :trips)"
)
_PASSES: Final = """, pass(j, yard, lane, kg, purpose) AS (VALUES
    (0, 'mine', 'mine-in', 16000, 'loading'), (1, 'mine', 'mine-out', 49000, 'loading'),
    (2, 'plant', 'plant-in', 48960, 'unloading'), (3, 'plant', 'plant-out', 15980, 'unloading'))"""
_LEGS: Final = """, leg(purpose, yard, first_pass, one, two, gross, tare) AS (VALUES
    ('loading', 'mine', 0, 16000, 49000, 49000, 16000),
    ('unloading', 'plant', 2, 48960, 15980, 48960, 15980))"""
_BEGAN: Final = "(CAST(:start AS BIGINT) - (:trips - i) * CAST(:every AS BIGINT))"
_PASSED: Final = f"({_BEGAN} + j * 20000)"
_TRUCK: Final = "(i % :fleet + 1)"
_CARD: Final = {"tag": f"'FEE0' || {_TRUCK}", "plate": f"'蒙F' || {_TRUCK}"}

_ORDER: Final = {
    "id": "'trip-' || i",
    "order_no": "'T' || i",
    "contract_id": "'coal-1'",
    "contract_version": "1",
    "terms": ":terms",
    "vehicle_id": f"'vehicle-' || {_TRUCK}",
    "driver_id": f"'driver-' || {_TRUCK}",
    "status": "'delivered'",
    "created_ms": _BEGAN,
}
_TICKET: Final = {
    "id": "purpose || '-' || i",
    "order_id": "'trip-' || i",
    "yard_id": "yard",
    "purpose": "purpose",
    "status": "'closed'",
    "first_event_id": "'weighing-' || i || '-' || first_pass",
    "first_kg": "one",
    "first_ms": _BEGAN,
    "second_event_id": "'weighing-' || i || '-' || (first_pass + 1)",
    "second_kg": "two",
    "second_ms": f"{_BEGAN} + 60000",
    "gross_kg": "gross",
    "tare_kg": "tare",
    "net_kg": "gross - tare",
    "closed_ms": f"{_BEGAN} + 61000",
    "sealed_ms": f"{_BEGAN} + 61500",
    "created_ms": _BEGAN,
    "settlement_revision": "3",
    "payout_state": "CASE purpose WHEN 'unloading' THEN 'paid' END",
    "payout_minor": "CASE purpose WHEN 'unloading' THEN 148410 END",
    "paid_ms": f"CASE purpose WHEN 'unloading' THEN {_BEGAN} + 62000 + i % 900 END",
}
_STOP: Final = _CARD | {
    "stop_id": "'stop-' || i || '-' || j",
    "yard_id": "yard",
    "lane_id": "lane",
    "vehicle_id": f"'vehicle-' || {_TRUCK}",
    "order_id": "'trip-' || i",
    "state": "'left'",
    "arrival_event_id": "'arrival-' || i || '-' || j",
    "arrived_ms": _PASSED,
    "arrival_action": "'admit'",
    "weighing_event_id": "'weighing-' || i || '-' || j",
    "weighing_seq": "i + 1",
    "is_synced": "TRUE",
    "weight_kg": "kg",
    "weighed_ms": f"{_PASSED} + 9000",
    "weighing_action": "'release'",
    "ticket_id": "purpose || '-' || i",
    "sealed_ms": f"{_BEGAN} + 61500",
    "released_ms": f"{_PASSED} + 15000",
    "released_by": "'gateway'",
    "left_ms": f"{_PASSED} + 19000",
    "zero_after_kg": "0",
    "cycle_ms": "15000 + i % 7000",
    "admit_ms": "40 + i % 90",
    "release_ms": "30 + i % 80",
}
_REFUSED: Final = _CARD | {
    "stop_id": "'refused-' || i",
    "yard_id": "'mine'",
    "lane_id": "'mine-in'",
    "state": "'refused'",
    "arrival_event_id": "'refusal-' || i",
    "arrived_ms": f"{_BEGAN} - 5000",
    "arrival_action": "'refuse'",
    "reason": "'no_order'",
}
_RECORD: Final = {
    "yard_id": "yard",
    "lane_id": "lane",
    "epoch": "'a-former-journal'",
    "seq": "i + 1",
    "event_id": "'weighing-' || i || '-' || j",
    "kind": "'weighing_completed.v1'",
    "body": "'{}'",
    "body_sha256": "'sha'",
    "key_id": "'key'",
    "signature": "'signature'",
    "received_ms": _BEGAN,
    "verdict": "'accepted'",
}
_SENT: Final = {
    "ticket_id": "'unloading-' || i",
    "body": "'{}'",
    "created_ms": _BEGAN,
    "due_ms": _BEGAN,
    "done_ms": _BEGAN,
}
_HISTORY: Final = (
    (orders, _ORDER, "", "n"),
    (tickets, _TICKET, _LEGS, "n CROSS JOIN leg"),
    (stops, _STOP, _PASSES, "n CROSS JOIN pass"),
    (stops, _REFUSED, "", "n WHERE i % 50 = 7"),
    (records, _RECORD, _PASSES, "n CROSS JOIN pass"),
    (outbox, _SENT, "", "n"),
)


def tag_of(truck: int) -> str:
    return f"FEE0{truck}"


def write_history(
    connection: Connection,
    stop_count: int,
    until_ms: int = START_MS,
    every_ms: int = TRIP_EVERY_MS,
) -> None:
    """Add a fleet with an order for each truck, and about so many stops of trips before."""
    for truck in range(2, FLEET + 2):  # the world has a first one of its own
        add_truck(connection, str(truck), f"CARD{truck}")
    connection.execute(text("UPDATE vehicles SET plate = '蒙F' || substr(id, 9)"))
    connection.execute(text("UPDATE cards SET tag = 'FEE0' || substr(id, 6)"))
    names = {
        "trips": stop_count // 4,
        "fleet": FLEET,
        "start": until_ms,
        "every": every_ms,
        "terms": str(TERMS).replace("'", '"'),
    }
    if connection.dialect.name == "postgresql":  # it would look each key up, row by row
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    for table, columns, values, source in _HISTORY:
        statement = _insert(table, columns, values, source)
        asked = {name: value for name, value in names.items() if f":{name}" in statement}
        connection.execute(text(statement), asked)
    for truck in range(2, FLEET + 2):
        add_order(connection, f"open-{truck}", str(truck))


def _insert(table: Table, columns: dict[str, str], values: str, source: str) -> str:
    known = {name: made for name, made in columns.items() if name in table.c}
    names, made = ", ".join(known), ", ".join(known.values())
    return f"INSERT INTO {table.name} ({names}) {_TRIPS}{values} SELECT {made} FROM {source}"  # noqa: S608 - ours
