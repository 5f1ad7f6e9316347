"""A lane whose clock is wrong or was never set: its trucks go on, and their own trips are paid."""

import shutil
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from edge.messages import Action, ClockQuality
from gateway.outbox.tables import outbox
from gateway.records.envelope import Envelope
from gateway.records.service import AfterCommit
from gateway.records.tables import alarms
from gateway.registry.tables import orders
from gateway.tickets.tables import stops
from gateway.tickets.trips import CLOCK_ERROR_MS
from taigan.engine import open_engine
from tests.integration.gateway.cut_off import WAIT_MS, WEIGHTS, Yards, assert_all_is_well
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import TAG, add_order, add_truck, record_in

LEG_MS = 600_000
"""From one scale to the next."""


@pytest.fixture
def yards(engine: Engine) -> Yards:
    yards = Yards(engine)
    with engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    return yards


def drive(yards: Yards, *names: str, cut: frozenset[str] = frozenset(), tag: str = TAG) -> None:
    """Let the truck go from scale to scale, which are heard but for those that are cut off."""
    for name in names:
        go_on(yards, cut)
        yards.pass_over(name, tag=tag)


def go_on(yards: Yards, cut: frozenset[str] = frozenset()) -> None:
    yards.now_ms += LEG_MS
    yards.lane("mine-in").clock.now_ms = yards.now_ms
    for name in set(WEIGHTS) - cut:
        yards.reconnect(name)


def leave_in(yards: Yards, name: str, ahead: timedelta) -> None:
    """Let the truck be weighed by a lane whose clock is that much ahead."""
    go_on(yards)
    lane, stop_id = yards.lane(name), uuid4()
    yards.receive(lane.arrived(stop_id))
    lane.clock.now_ms += round(ahead.total_seconds() * 1000)
    weighed = lane.weighed(stop_id, WEIGHTS[name])
    assert yards.decision(weighed) == (Action.RELEASE, None)
    yards.receive(lane.released(stop_id, record_in(weighed).event_id))
    yards.receive(lane.left(stop_id, record_in(weighed).event_id))


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_a_clock_that_was_never_set_keeps_no_truck_from_its_next_trip(
    yards: Yards, name: str
) -> None:
    drive(yards, *WEIGHTS)
    yards.lane(name).quality = ClockQuality.UNSET
    drive(yards, *WEIGHTS)
    assert_all_is_well(yards)
    assert len(yards.paid_nets()) == 2


@pytest.mark.parametrize("quality", [ClockQuality.UNSET, ClockQuality.SYNCED])
def test_a_plant_without_a_clock_since_hours_takes_no_load_from_its_mine(
    yards: Yards, quality: ClockQuality
) -> None:
    """Nobody has settled a trip of this truck: its lanes' clocks are all that there is."""
    with yards.engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
        add_order(connection, "3", "2", yards.now_ms + 2)
    drive(yards, *WEIGHTS)
    yards.now_ms += 3 * CLOCK_ERROR_MS
    for name in ("plant-in", "plant-out"):
        yards.lane(name).quality = quality
    drive(yards, *WEIGHTS, tag="BBBBBBBB")
    assert yards.paid_nets() == [(33_000, 32_980)] * 2
    assert yards.alarms() == []


def test_a_lane_that_settled_a_trip_in_the_future_locks_nobody_out_until_then(
    yards: Yards,
) -> None:
    drive(yards, *list(WEIGHTS)[:3])
    leave_in(yards, "plant-out", timedelta(hours=8))
    drive(yards, *WEIGHTS)
    assert len(yards.paid_nets()) == 2
    assert {row["status"] for row in yards.rows(orders)} == {"delivered"}
    assert {row["state"] for row in yards.rows(stops)} == {"left"}
    assert yards.alarms() == ["clock_off"]


def test_a_truck_that_was_let_in_before_a_trip_was_settled_is_not_after_it(yards: Yards) -> None:
    drive(yards, "mine-in")
    go_on(yards)
    lane, stop_id = yards.lane("mine-in"), uuid4()
    yards.tell("mine-in", lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_020)
    yards.tell("mine-in", weighed)
    yards.cut("mine-in")
    yards.tell("mine-in", lane.released(stop_id, record_in(weighed).event_id))
    yards.tell("mine-in", lane.left(stop_id, record_in(weighed).event_id))
    yards.now_ms += WAIT_MS
    drive(yards, *list(WEIGHTS)[1:], cut=frozenset({"mine-in"}))
    yards.now_ms += WAIT_MS
    yards.rebook()
    assert yards.paid_nets() == [(33_000, 32_980)]
    yards.reconnect("mine-in")
    stop = yards.row(stops, stop_id=str(stop_id))
    assert (stop["state"], stop["reason"]) == ("held", "after_settlement")


# --- a gateway that was put back to a backup ---


def keep_what_is_told(yards: Yards) -> dict[str, list[Envelope]]:
    """Return by lane what the gateway is told from now on."""
    told: dict[str, list[Envelope]] = {name: [] for name in WEIGHTS}
    receive = yards.receive

    def keep(envelope: Envelope) -> AfterCommit:
        told[envelope.lane].append(envelope)
        return receive(envelope)

    yards.receive = keep  # type: ignore[method-assign]
    return told


@pytest.mark.parametrize("first", [0, 2])
@pytest.mark.parametrize("name", list(WEIGHTS))
def test_a_gateway_that_hears_such_a_trip_again_makes_the_same_tickets(
    sqlite_engine: Engine, tmp_path: Path, name: str, first: int
) -> None:
    yards = Yards(sqlite_engine)
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    drive(yards, *WEIGHTS)
    shutil.copy(tmp_path / "gateway.db", tmp_path / "backup.db")
    told = keep_what_is_told(yards)
    yards.lane(name).quality = ClockQuality.UNSET
    drive(yards, *WEIGHTS)
    settled = {row["ticket_id"]: row["body"] for row in yards.rows(outbox)}
    yards.engine = open_engine(f"sqlite:///{tmp_path / 'backup.db'}")
    yards.now_ms += 3_600_000
    yards.forget()
    for lane in WEIGHTS:
        yards.cut(lane)
    lanes = list(WEIGHTS)
    for lane in lanes[first:] + lanes[:first]:
        for envelope in told[lane]:
            Gateway.receive(yards, envelope)
        yards.reconnect(lane)
    yards.rebook()
    assert {row["ticket_id"]: row["body"] for row in yards.rows(outbox)} == settled
    assert len(settled) == 2
    assert yards.rows(alarms, kind="released_unmatched", resolved_ms=None) == []
    yards.engine.dispose()
