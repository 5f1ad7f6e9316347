"""A decision at the gate goes to its rows, however long the yard's history is."""

from contextlib import ExitStack

from tests.bench.growth import drive, open_yard
from tests.plans import watched

HISTORY = {"tickets", "orders", "records", "outbox", "chains", "stops"}
OF_THE_UNFINISHED = {
    "ix_outbox_due_ms",
    "ix_stops_under_way_plate",
    "ix_stops_under_way_tag",
    "ix_tickets_open",
    "ix_tickets_unsealed",
}
OF_LISTS = {
    "ix_orders_created_ms_id",
    "ix_orders_status_created_ms_id",
    "ix_stops_plate_arrived_ms_stop_id",
    "ix_stops_state_arrived_ms_stop_id",
}
"""Made for pages of lists: a decision that went along one would pass everybody's rows."""


def test_a_decision_never_reads_a_whole_table_of_history(url: str) -> None:
    with ExitStack() as closing:
        yard = open_yard(closing, url, stops=400)
        with watched(yard.engine) as seen:
            drive(yard, 2)
        read = {access for access in seen.accesses() if access.table in HISTORY}
        assert {access.table for access in read} >= {"tickets", "orders", "records"}
        assert "ix_stops_crossing" in {access.index for access in read}
        for access in read:
            assert access.narrowed or access.index in OF_THE_UNFINISHED, access
            assert access.index not in OF_LISTS, access
