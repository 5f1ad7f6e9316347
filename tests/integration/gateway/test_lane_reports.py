"""Which lanes may have recorded what is not here, by what they last said."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, insert

from edge.messages import LaneState
from gateway.records.lane_reports import SILENT_MS, Behind, LaneReports
from gateway.records.tables import chains
from tests.integration.gateway.driving import Gateway

EPOCH = "00000000000000aa"
YARDS = ("mine", "plant")


class Reports(LaneReports):
    """With a clock that a test moves."""

    def __init__(self) -> None:
        self.at_ms = 1000
        super().__init__(lambda: self.at_ms)


@pytest.fixture
def connection(gateway: Gateway) -> Iterator[Connection]:
    with gateway.engine.begin() as connection:
        yield connection


def heard(connection: Connection, seq: int) -> None:
    """Let the gateway have applied the mine's records up to `seq`."""
    end = {"last_seq": seq, "last_sha256": "0" * 64, "first_received_ms": 0}
    place = {"yard_id": "mine", "lane_id": "mine-in", "epoch": EPOCH}
    connection.execute(insert(chains), place | end)


def state(seq: int = 0, epoch: str = EPOCH) -> LaneState:
    return LaneState(online=True, epoch=epoch, seq=seq)


def test_a_lane_that_never_said_anything_is_not_waited_for(connection: Connection) -> None:
    assert Reports().behind(connection, YARDS) == ()


def test_a_lane_whose_records_are_all_here_is_not_behind(connection: Connection) -> None:
    reports = Reports()
    reports.take("mine", "mine-in", state(7))
    assert reports.behind(connection, YARDS) == (Behind("mine", "mine-in", None),)
    heard(connection, 7)
    assert reports.behind(connection, YARDS) == ()
    assert reports.behind(connection, ["plant"]) == ()


def test_a_journal_that_was_replaced_is_counted_anew(connection: Connection) -> None:
    reports = Reports()
    heard(connection, 7)
    reports.take("mine", "mine-in", state(1, "00000000000000bb"))
    assert reports.behind(connection, YARDS) == (Behind("mine", "mine-in", None),)


@pytest.mark.parametrize("says_goodbye", [True, False])
def test_a_lane_out_of_reach_may_have_recorded_anything_since_it_was_heard(
    connection: Connection,
    says_goodbye: bool,  # noqa: FBT001 - a case
) -> None:
    reports = Reports()
    heard(connection, 7)
    reports.take("mine", "mine-in", state(7))
    reports.at_ms += SILENT_MS
    assert reports.behind(connection, YARDS) == ()
    reports.at_ms += 1
    if says_goodbye:
        reports.take("mine", "mine-in", LaneState(online=False))
    assert reports.behind(connection, YARDS) == (Behind("mine", "mine-in", SILENT_MS + 1),)
    reports.take("mine", "mine-in", state(7))
    assert reports.behind(connection, YARDS) == ()


def test_a_last_will_that_was_all_there_was_counts_from_then(connection: Connection) -> None:
    reports = Reports()
    reports.take("mine", "mine-in", LaneState(online=False))
    reports.at_ms += 5000
    assert reports.behind(connection, YARDS) == (Behind("mine", "mine-in", 5000),)
