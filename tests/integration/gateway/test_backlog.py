"""The backlog bench runs: its lanes write today's records, and each of them is receipted."""

from tests.bench.backlog import measure


def test_the_backlog_of_two_lanes_drains() -> None:
    measured = measure(2, 4, postgres=False)
    assert measured["ingest"].records == measured["drain"].records == 8
    assert measured["drain"].per_s > 0
