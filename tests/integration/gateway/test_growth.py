"""A decision at the gate goes to its rows, however long the yard's history is."""

from contextlib import ExitStack

from tests.bench.growth import drive, open_yard
from tests.plans import watched

HISTORY = {"tickets", "orders", "records", "outbox", "chains"}


def test_a_decision_never_reads_a_whole_table_of_history(url: str) -> None:
    with ExitStack() as closing:
        yard = open_yard(closing, url, stops=400)
        with watched(yard.engine) as seen:
            drive(yard, 2)
        read = {access for access in seen.accesses() if access.table in HISTORY}
        assert {access.table for access in read} >= {"tickets", "orders", "records"}
        for access in read:
            assert access.narrowed or access.index == "ix_outbox_due_ms", access
