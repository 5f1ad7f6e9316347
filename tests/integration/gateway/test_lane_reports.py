"""Which lanes may have recorded what is not here, by what they last said."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, insert, update

from edge.messages import LaneState
from gateway.records.lane_reports import (
    CLAIM_FORGOTTEN_MS,
    SILENT_MS,
    Behind,
    Claim,
    LaneReports,
)
from gateway.records.tables import chains, lanes_heard
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


def away(still_ms: int) -> Behind:
    return Behind("mine", "mine-in", still_ms, is_reachable=False)


def claiming(still_ms: int) -> Behind:
    return Behind("mine", "mine-in", still_ms, is_reachable=True)


def test_a_lane_that_was_never_installed_is_not_waited_for(connection: Connection) -> None:
    assert Reports().behind(connection, YARDS) == ()


def test_a_lane_that_a_gateway_has_not_heard_since_its_start_may_have_recorded_anything(
    connection: Connection,
) -> None:
    reports = Reports()
    heard(connection, 7)
    assert reports.behind(connection, YARDS) == ()
    written = {"yard_id": "mine", "lane_id": "mine-in", "heard_ms": 400}
    connection.execute(insert(lanes_heard), written)
    assert reports.behind(connection, YARDS) == (away(600),)
    reports.take("mine", "mine-in", state(7))
    assert reports.behind(connection, YARDS) == ()


def test_a_lane_whose_records_are_all_here_is_not_behind(connection: Connection) -> None:
    reports = Reports()
    reports.take("mine", "mine-in", state(7))
    assert reports.behind(connection, YARDS) == (claiming(0),)
    heard(connection, 7)
    assert reports.behind(connection, YARDS) == ()
    assert reports.behind(connection, ["plant"]) == ()


def test_a_journal_that_was_replaced_is_counted_anew(connection: Connection) -> None:
    reports = Reports()
    heard(connection, 7)
    reports.take("mine", "mine-in", state(1, "00000000000000bb"))
    assert reports.behind(connection, YARDS) == (claiming(0),)


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
    assert reports.behind(connection, YARDS) == (away(SILENT_MS + 1),)
    reports.take("mine", "mine-in", state(7))
    assert reports.behind(connection, YARDS) == ()


def test_a_last_will_that_was_all_there_was_counts_from_then(connection: Connection) -> None:
    reports = Reports()
    reports.take("mine", "mine-in", LaneState(online=False))
    reports.at_ms += 5000
    assert reports.behind(connection, YARDS) == (away(5000),)


def test_a_last_will_that_the_broker_kept_is_as_old_as_the_lanes_last_word(
    connection: Connection,
) -> None:
    reports = Reports()
    heard(connection, 7)
    written = {"yard_id": "mine", "lane_id": "mine-in", "heard_ms": 400}
    connection.execute(insert(lanes_heard), written)
    reports.take("mine", "mine-in", LaneState(online=False))
    assert reports.behind(connection, YARDS) == (away(600),)


# --- what a lane claims, and never sends ---


def say(reports: Reports, seq: int, *, after_ms: int = 5000, epoch: str = EPOCH) -> None:
    reports.at_ms += after_ms
    reports.take("mine", "mine-in", state(seq, epoch))


def test_a_claim_is_as_old_as_its_first_number_that_has_not_come(connection: Connection) -> None:
    reports = Reports()
    heard(connection, 7)
    reports.take("mine", "mine-in", state(8))
    for seq in (8, 9, 9, 12):
        say(reports, seq)
    assert reports.behind(connection, YARDS) == (claiming(20_000),)
    assert reports.late(connection, 20_000) == {}
    assert reports.late(connection, 19_999) == {("mine", "mine-in"): Claim(EPOCH, 8, 1000, 21_000)}
    connection.execute(update(chains).values(last_seq=8))
    assert reports.behind(connection, YARDS) == (claiming(0),)
    connection.execute(update(chains).values(last_seq=12))
    assert reports.behind(connection, YARDS) == ()


def test_saying_less_in_between_makes_a_claim_no_younger(connection: Connection) -> None:
    reports = Reports()
    heard(connection, 7)
    reports.take("mine", "mine-in", state(8))
    for _ in range(10):
        say(reports, 7)
        assert reports.behind(connection, YARDS) == ()
        say(reports, 8)
    assert reports.behind(connection, YARDS) == (claiming(100_000),)
    for _ in range(CLAIM_FORGOTTEN_MS // 5000):
        say(reports, 7)
    assert reports.late(connection, 0) != {}
    say(reports, 7)
    assert reports.late(connection, 0) == {}


def test_a_claim_of_before_a_silence_is_counted_from_its_end(connection: Connection) -> None:
    reports = Reports()
    heard(connection, 7)
    reports.take("mine", "mine-in", state(8))
    say(reports, 20, after_ms=7_200_000)
    assert reports.behind(connection, YARDS) == (claiming(0),)


def test_a_new_journal_that_tells_nothing_may_replace_one_that_had_more(
    connection: Connection,
) -> None:
    reports = Reports()
    heard(connection, 7)
    reports.take("mine", "mine-in", state(0, "00000000000000bb"))
    say(reports, 0, epoch="00000000000000bb")
    assert reports.behind(connection, YARDS) == (claiming(5000),)
    assert reports.late(connection, 0) == {}


def test_a_lane_that_has_recorded_nothing_yet_is_not_behind(connection: Connection) -> None:
    reports = Reports()
    reports.take("mine", "mine-in", state(0))
    assert reports.behind(connection, YARDS) == ()
