"""Years of a yard at once: closed trips of a fleet, written by SQL into a gateway's database.

A trip is four stops, two tickets, one order and one sent ticket; of fifty trucks one was refused.
Some trucks are under way. The same statements run on both engines.
"""

from typing import Final

from sqlalchemy import Connection, text

from tests.integration.gateway.yard import START_MS, TERMS, add_order, add_truck

FLEET: Final = 300
TRIP_EVERY_MS: Final = 96_000
"""900 trucks a day."""

_TRIPS: Final = """
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :trips)
"""
_PASSES: Final = """, pass(j, yard, lane, kg, purpose) AS (VALUES
        (0, 'mine', 'mine-in', 16000, 'loading'), (1, 'mine', 'mine-out', 49000, 'loading'),
        (2, 'plant', 'plant-in', 48960, 'unloading'), (3, 'plant', 'plant-out', 15980, 'unloading'))
"""
_BEGAN: Final = "CAST(:start AS BIGINT) - (:trips - i) * CAST(:every AS BIGINT)"
_TRUCK: Final = "(i % :fleet + 1)"

_ORDERS: Final = f"""
    INSERT INTO orders (id, order_no, contract_id, contract_version, terms, vehicle_id, driver_id,
                        status, created_ms)
    {_TRIPS}
    SELECT 'trip-' || i, 'T' || i, 'coal-1', 1, :terms, 'vehicle-' || {_TRUCK},
           'driver-' || {_TRUCK}, 'delivered', {_BEGAN} FROM n
"""  # noqa: S608 - our own pieces
_TICKETS: Final = f"""
    INSERT INTO tickets (id, order_id, yard_id, purpose, status, first_event_id, first_kg, first_ms,
                         second_event_id, second_kg, second_ms, gross_kg, tare_kg, net_kg,
                         closed_ms, created_ms, settlement_revision, payout_state, payout_minor,
                         paid_ms)
    {_TRIPS}, leg(purpose, yard, first, one, two, gross, tare) AS (VALUES
        ('loading', 'mine', 0, 16000, 49000, 49000, 16000),
        ('unloading', 'plant', 2, 48960, 15980, 48960, 15980))
    SELECT purpose || '-' || i, 'trip-' || i, yard, purpose, 'closed',
           'weighing-' || i || '-' || first, one, {_BEGAN},
           'weighing-' || i || '-' || (first + 1), two, {_BEGAN} + 60000, gross, tare, gross - tare,
           {_BEGAN} + 61000, {_BEGAN}, 3, CASE purpose WHEN 'unloading' THEN 'paid' END,
           CASE purpose WHEN 'unloading' THEN 148410 END,
           CASE purpose WHEN 'unloading' THEN {_BEGAN} + 62000 + i % 900 END
    FROM n CROSS JOIN leg
"""  # noqa: S608 - our own pieces
_STOPS: Final = f"""
    INSERT INTO stops (stop_id, yard_id, lane_id, tag, plate, order_id, state, arrival_event_id,
                       arrived_ms, arrival_action, weighing_event_id, weight_kg, weighed_ms,
                       weighing_action, ticket_id, released_ms, released_by, left_ms, zero_after_kg,
                       cycle_ms, admit_ms, release_ms)
    {_TRIPS} {_PASSES}
    SELECT 'stop-' || i || '-' || j, yard, lane, 'FEE0' || {_TRUCK}, '蒙F' || {_TRUCK},
           'trip-' || i, 'left', 'arrival-' || i || '-' || j, {_BEGAN} + j * 20000, 'admit',
           'weighing-' || i || '-' || j, kg, {_BEGAN} + j * 20000 + 9000, 'release',
           purpose || '-' || i, {_BEGAN} + j * 20000 + 15000, 'gateway',
           {_BEGAN} + j * 20000 + 19000, 0, 15000 + i % 7000, 40 + i % 90, 30 + i % 80
    FROM n CROSS JOIN pass
"""  # noqa: S608 - our own pieces
_REFUSED: Final = f"""
    INSERT INTO stops (stop_id, yard_id, lane_id, tag, plate, state, arrival_event_id, arrived_ms,
                       arrival_action, reason)
    {_TRIPS}
    SELECT 'refused-' || i, 'mine', 'mine-in', 'FEE0' || {_TRUCK}, '蒙F' || {_TRUCK}, 'refused',
           'refusal-' || i, {_BEGAN} - 5000, 'refuse', 'no_order'
    FROM n WHERE i % 50 = 7
"""  # noqa: S608 - our own pieces
_RECORDS: Final = f"""
    INSERT INTO records (yard_id, lane_id, epoch, seq, event_id, kind, body, body_sha256, key_id,
                         signature, received_ms, verdict)
    {_TRIPS} {_PASSES}
    SELECT yard, lane, 'a-former-journal', i + 1, 'weighing-' || i || '-' || j,
           'weighing_completed.v1', '{{}}', 'sha', 'key', 'signature', {_BEGAN}, 'accepted'
    FROM n CROSS JOIN pass
"""  # noqa: S608 - our own pieces
_OUTBOX: Final = f"""
    INSERT INTO outbox (ticket_id, body, created_ms, due_ms, done_ms)
    {_TRIPS} SELECT 'unloading-' || i, '{{}}', {_BEGAN}, {_BEGAN}, {_BEGAN} FROM n
"""  # noqa: S608 - our own pieces


def tag_of(truck: int) -> str:
    return f"FEE0{truck}"


def write_history(
    connection: Connection, stops: int, until_ms: int = START_MS, every_ms: int = TRIP_EVERY_MS
) -> None:
    """Add a fleet with an order for each truck, and about so many stops of trips before."""
    for truck in range(2, FLEET + 2):  # the world has a first one of its own
        add_truck(connection, str(truck), f"CARD{truck}")
    connection.execute(
        text("UPDATE vehicles SET plate = '蒙F' || substr(id, 9) WHERE id LIKE 'vehicle-%'")
    )
    connection.execute(text("UPDATE cards SET tag = 'FEE0' || substr(id, 6)"))
    names = {
        "trips": stops // 4,
        "fleet": FLEET,
        "start": until_ms,
        "every": every_ms,
        "terms": str(TERMS).replace("'", '"'),
    }
    for statement in (_ORDERS, _TICKETS, _STOPS, _REFUSED, _RECORDS, _OUTBOX):
        connection.execute(text(statement), names)
    for truck in range(2, FLEET + 2):
        add_order(connection, f"open-{truck}", str(truck))
