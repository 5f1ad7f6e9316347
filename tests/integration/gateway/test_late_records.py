"""A lane that is cut off: what the others decide meanwhile, and what comes of it afterwards."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, update

from edge.messages import Action, ClockQuality, LaneState, PlateRead
from gateway.outbox.tables import outbox
from gateway.records.envelope import Envelope
from gateway.records.lane_reports import LaneReports
from gateway.records.service import AfterCommit
from gateway.records.tables import alarms
from gateway.registry.tables import orders
from gateway.tickets.dispatch import Assignment, NotDecidable, StillUnmatched, assign_stop
from gateway.tickets.record_context import TicketRules
from gateway.tickets.service import Tickets
from gateway.tickets.tables import stops, tickets
from gateway.tickets.waiting import waiting_vehicles
from settlement.messages import TicketToSettle
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import TAG, FakeLane, add_order, add_truck, record_in

WEIGHTS = {"mine-in": 16_000, "mine-out": 49_000, "plant-in": 48_960, "plant-out": 15_980}
WAIT_MS = 300_000
CALL_MS = 3_600_000


class Yards(Gateway):
    """The gateway, with lanes whose cables can be cut: what they record is told later."""

    def __init__(self, engine: Engine, **sections: Any) -> None:
        super().__init__(engine, **sections)
        self.reports = LaneReports(lambda: self.now_ms)
        self.tickets = Tickets(self.settings, self.reports.behind)
        self._kept: dict[str, list[Envelope]] = {}
        for name in WEIGHTS:
            self.reconnect(name)

    def cut(self, *names: str) -> None:
        for name in names:
            self._kept[name] = []
            self.reports.take(self.lane(name).yard, name, LaneState(online=False))

    def reconnect(self, name: str) -> None:
        """Let the lane say where it stands, and then tell what it kept."""
        lane = self.lane(name)
        self.reports.take(lane.yard, name, LaneState(online=True, epoch=lane.epoch, seq=lane.seq))
        for envelope in self._kept.pop(name, []):
            self.tell(name, envelope)

    def tell(self, name: str, envelope: Envelope) -> AfterCommit | None:
        """Pass a lane's record on, unless the lane is cut off."""
        if name in self._kept:
            self._kept[name].append(envelope)
            return None
        said = self.receive(envelope)
        lane = self.lane(name)
        self.reports.take(lane.yard, name, LaneState(online=True, epoch=lane.epoch, seq=lane.seq))
        return said

    def pass_over(self, name: str, weight_kg: int | None = None, tag: str = TAG) -> UUID:
        """Let the truck be weighed; a lane that is cut off lets it go by itself."""
        lane, stop_id = self.lane(name), uuid4()
        self._expect(self.tell(name, lane.arrived(stop_id, tag)), Action.ADMIT)
        weighed = lane.weighed(stop_id, weight_kg or WEIGHTS[name], tag)
        self._expect(self.tell(name, weighed), Action.RELEASE)
        weighing_id = record_in(weighed).event_id
        by = "offline" if name in self._kept else "gateway"
        self.tell(name, lane.released(stop_id, weighing_id, by))
        self.tell(name, lane.left(stop_id, weighing_id))
        return stop_id

    def rebook(self) -> None:
        """Do what the loop does every few seconds."""
        with self.engine.begin() as connection:
            for vehicle_id in waiting_vehicles(connection):
                self.tickets.rebook(connection, vehicle_id, self.now_ms)

    def paid_nets(self) -> list[tuple[int, int]]:
        """Return what was given to settlement."""
        sent = [TicketToSettle.model_validate_json(row["body"]) for row in self.rows(outbox)]
        return [(one.loading.net_kg, one.unloading.net_kg) for one in sent]

    @staticmethod
    def _expect(said: AfterCommit | None, action: Action) -> None:
        if said is not None:
            ((command),) = said.commands
            assert (command.action, command.reason) == (action, None)


@pytest.fixture
def yards(engine: Engine) -> Yards:
    return Yards(engine)


def known(yards: Yards) -> None:
    """Let the truck make a trip, so that its tare is known, and give it another order."""
    for name in WEIGHTS:
        yards.pass_over(name)
    assert yards.paid_nets() == [(33_000, 32_980)]
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)


def assert_all_is_well(yards: Yards) -> None:
    """Every trip is paid by its own weights, and nobody was called."""
    yards.rebook()
    assert set(yards.paid_nets()) == {(33_000, 32_980)}
    assert {row["status"] for row in yards.rows(orders)} == {"delivered"}
    assert {row["state"] for row in yards.rows(stops)} == {"left"}
    assert yards.rows(alarms, kind="released_unmatched") == []
    assert yards.alarms() == []


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("cut", list(WEIGHTS))
def test_one_lane_cut_off_for_one_truck_costs_nothing(
    yards: Yards,
    cut: str,
    is_known: bool,  # noqa: FBT001 - a case
) -> None:
    if is_known:
        known(yards)
    yards.cut(cut)
    for name in WEIGHTS:
        yards.pass_over(name)
    paid = len(yards.paid_nets())
    assert paid == int(is_known)
    yards.reconnect(cut)
    assert_all_is_well(yards)
    assert len(yards.paid_nets()) == paid + 1


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_all_lanes_cut_off_tell_their_day_in_any_order(yards: Yards, first: int) -> None:
    names = list(WEIGHTS)
    yards.cut(*names)
    for name in names:
        yards.pass_over(name)
    for name in names[first:] + names[:first]:
        yards.reconnect(name)
    yards.rebook()
    assert_all_is_well(yards)


def test_a_plant_that_was_cut_off_for_a_whole_unloading_does_not_stop_the_next_load(
    yards: Yards,
) -> None:
    known(yards)
    with yards.engine.begin() as connection:
        add_order(connection, "3", "1", yards.now_ms + 2)
    yards.cut("plant-in", "plant-out")
    for name in (*WEIGHTS, *WEIGHTS):
        yards.pass_over(name)
    yards.reconnect("plant-out")
    yards.reconnect("plant-in")
    yards.rebook()
    assert_all_is_well(yards)
    assert len(yards.paid_nets()) == 3


def test_a_truck_whose_leaving_is_told_late_may_be_weighed_elsewhere(yards: Yards) -> None:
    lane, stop_id = yards.lane("mine-in"), uuid4()
    yards.tell("mine-in", lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    yards.tell("mine-in", weighed)
    yards.cut("mine-in")
    weighing_id = record_in(weighed).event_id
    yards.tell("mine-in", lane.released(stop_id, weighing_id, "offline"))
    yards.tell("mine-in", lane.left(stop_id, weighing_id))
    for name in list(WEIGHTS)[1:]:
        yards.pass_over(name)
    yards.reconnect("mine-in")
    assert_all_is_well(yards)


def test_a_truck_comes_loaded_only_while_a_lane_at_its_mine_is_not_heard(yards: Yards) -> None:
    arrived = yards.lane("plant-in").arrived(uuid4())
    assert yards.decision(arrived) == (Action.REFUSE, "wrong_yard")
    yards.cut("mine-out")
    arrived = yards.lane("plant-in").arrived(uuid4())
    assert yards.decision(arrived) == (Action.ADMIT, None)


def test_only_so_many_come_loaded_before_their_loading_is_known(engine: Engine) -> None:
    yards = Yards(engine, offline={"arrive_loaded_max": 1})
    with engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
        add_order(connection, "2", "2")
    yards.cut("mine-in", "mine-out")
    yards.pass_over("plant-in")
    second = yards.lane("plant-in").arrived(uuid4(), "BBBBBBBB")
    assert yards.decision(second) == (Action.REFUSE, "wrong_yard")
    yards.pass_over("mine-in", tag="BBBBBBBB")
    yards.reconnect("mine-in")
    yards.reconnect("mine-out")


# --- waiting, and its end ---


def weigh_twice_empty(yards: Yards) -> UUID:
    """Let the truck leave the mine offline without a load."""
    yards.pass_over("mine-in")
    yards.cut("mine-out")
    stop_id = yards.pass_over("mine-out", 16_020)
    yards.cut("plant-in")
    yards.reconnect("mine-out")
    return stop_id


def test_a_weight_that_late_records_may_explain_waits_and_calls_nobody(yards: Yards) -> None:
    stop_id = weigh_twice_empty(yards)
    stop = yards.row(stops, stop_id=str(stop_id))
    assert (stop["state"], stop["reason"]) == ("left", "awaiting_records")
    assert yards.alarms() == []
    yards.reconnect("plant-in")
    yards.rebook()
    stop = yards.row(stops, stop_id=str(stop_id))
    assert (stop["state"], stop["reason"]) == ("held", "net_below_minimum")
    assert yards.alarms() == ["released_unmatched"]


def test_a_lane_that_stays_away_is_not_waited_for_for_ever(yards: Yards) -> None:
    stop_id = weigh_twice_empty(yards)
    yards.now_ms += CALL_MS - 1
    yards.rebook()
    assert yards.alarms() == []
    yards.now_ms += 1
    yards.rebook()
    assert yards.row(stops, stop_id=str(stop_id))["state"] == "held"
    assert yards.alarms() == ["released_unmatched"]


def test_a_complete_trip_waits_for_a_lane_that_has_more_to_tell_and_then_is_paid(
    yards: Yards,
) -> None:
    for name in list(WEIGHTS)[:3]:
        yards.pass_over(name)
    yards.cut("mine-in")
    yards.pass_over("plant-out")
    assert yards.paid_nets() == []
    assert yards.row(orders)["status"] == "unloading"
    yards.rebook()
    assert yards.paid_nets() == []
    yards.now_ms += WAIT_MS
    yards.rebook()
    assert_all_is_well(yards)
    yards.rebook()
    assert len(yards.paid_nets()) == 1


def test_a_lane_that_was_away_for_long_already_is_not_waited_for(yards: Yards) -> None:
    yards.cut("mine-in")
    yards.reconnect("mine-in")
    for name in list(WEIGHTS)[:3]:
        yards.pass_over(name)
    yards.cut("mine-in")
    yards.now_ms += WAIT_MS
    for name in list(WEIGHTS)[1:3]:
        lane = yards.lane(name)
        said = LaneState(online=True, epoch=lane.epoch, seq=lane.seq)
        yards.reports.take(lane.yard, name, said)
    yards.reconnect("plant-out")
    yards.pass_over("plant-out")
    assert len(yards.paid_nets()) == 1


def test_a_trip_that_lacks_a_weighing_for_good_is_somebodys_task_until_it_is_mended(
    yards: Yards,
) -> None:
    yards.cut("mine-out")
    for name in WEIGHTS:
        yards.pass_over(name)
    yards.now_ms += CALL_MS
    yards.rebook()
    yards.rebook()
    (alarm,) = yards.rows(alarms, kind="trip_incomplete")
    assert (alarm["subject"], alarm["count"], alarm["resolved_ms"]) == ("order-1", 1, None)
    assert "loading" in alarm["detail"]
    yards.reconnect("mine-out")
    yards.now_ms += WAIT_MS
    yards.rebook()
    assert_all_is_well(yards)


# --- people ---


def assign(yards: Yards, stop_id: UUID, order_id: str | None) -> None:
    assignment = Assignment(stop_id, order_id, "seen_on_site", "li")
    with yards.engine.begin() as connection:
        assign_stop(connection, assignment, TicketRules.of(yards.settings), yards.now_ms)


def test_a_person_sets_a_weight_aside_and_takes_it_back(yards: Yards) -> None:
    yards.pass_over("mine-in")
    wrong = yards.pass_over("mine-out", 40_000)
    assign(yards, wrong, None)
    stop = yards.row(stops, stop_id=str(wrong))
    assert (stop["state"], stop["reason"], stop["ticket_id"]) == ("left", "set_aside", None)
    assert (stop["dispatcher"], stop["dispatcher_action"]) == ("li", "assign")
    assert yards.row(tickets)["status"] == "open"
    yards.pass_over("mine-out")
    for name in list(WEIGHTS)[2:]:
        yards.pass_over(name)
    assert yards.paid_nets() == [(33_000, 32_980)]


def test_a_person_gives_a_weight_to_the_order_it_is_for(yards: Yards) -> None:
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    stop_id = yards.pass_over("mine-in")
    assign(yards, stop_id, "order-2")
    assert yards.row(tickets)["order_id"] == "order-2"
    statuses = {row["id"]: row["status"] for row in yards.rows(orders)}
    assert statuses == {"order-1": "open", "order-2": "loading"}
    assign(yards, stop_id, "order-1")
    assert yards.row(tickets)["order_id"] == "order-1"


def test_what_is_settled_or_never_left_is_not_assigned(yards: Yards) -> None:
    lane, waiting = yards.lane("mine-in"), uuid4()
    yards.tell("mine-in", lane.arrived(waiting))
    with pytest.raises(NotDecidable, match="left with a weight"):
        assign(yards, waiting, None)
    *_, last = [yards.pass_over(name) for name in WEIGHTS]
    with pytest.raises(NotDecidable, match="settlement"):
        assign(yards, last, None)


def test_a_weight_is_not_assigned_to_an_order_of_another_truck(yards: Yards) -> None:
    with yards.engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
        add_order(connection, "2", "2")
    stop_id = yards.pass_over("mine-in")
    with pytest.raises(StillUnmatched, match="order_complete"):
        assign(yards, stop_id, "order-2")
    assert yards.row(tickets)["order_id"] == "order-1"


# --- clocks ---


def test_a_record_without_a_clock_gets_the_same_time_however_late_it_comes(
    engine: Engine,
) -> None:
    gateway = Gateway(engine)
    lane: FakeLane = gateway.lane("mine-in")
    gateway.cross(lane, 16_000)
    before = gateway.row(stops)
    lane.quality = ClockQuality.UNSET
    gateway.now_ms += 86_400_000
    stop_id = uuid4()
    gateway.receive(lane.arrived(stop_id))
    gateway.receive(lane.weighed(stop_id, 16_000))
    with engine.begin() as connection:
        found = connection.execute(select(stops).filter_by(stop_id=str(stop_id))).mappings().one()
    assert found["arrived_ms"] == found["weighed_ms"] == before["arrived_ms"]
    assert not found["is_synced"]


# --- what is left over, and what comes after settlement ---


def test_what_a_settled_trip_leaves_over_begins_no_other(yards: Yards) -> None:
    yards.cut("mine-in")
    yards.pass_over("mine-in")
    again = yards.pass_over("mine-in", 16_020)
    yards.reconnect("mine-in")
    for name in list(WEIGHTS)[1:]:
        yards.pass_over(name)
    assert yards.paid_nets() == [(32_980, 32_980)]
    assert yards.row(stops, weight_kg=16_000)["sealed_ms"] is not None
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    for name in WEIGHTS:
        yards.pass_over(name)
    assert sorted(yards.paid_nets()) == [(32_980, 32_980), (33_000, 32_980)]
    with pytest.raises(NotDecidable, match="settlement"):
        assign(yards, again, "order-2")


def test_a_weighing_told_after_its_trip_was_settled_begins_no_other(yards: Yards) -> None:
    for name in list(WEIGHTS)[:2]:
        yards.pass_over(name)
    yards.cut("mine-out")
    again = yards.pass_over("mine-out", 48_980)
    yards.now_ms += WAIT_MS
    for name in ("plant-in", "plant-out"):
        yards.reconnect(name)
        yards.pass_over(name)
    yards.rebook()
    assert len(yards.paid_nets()) == 1
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    yards.reconnect("mine-out")
    stop = yards.row(stops, stop_id=str(again))
    assert (stop["state"], stop["reason"]) == ("held", "after_settlement")
    assert yards.alarms() == ["released_unmatched"]
    assign(yards, again, None)
    assert yards.alarms() == []
    for name in WEIGHTS:
        yards.pass_over(name)
    assert yards.paid_nets().count((33_000, 32_980)) >= 1
    assert yards.row(orders, id="order-2")["status"] == "delivered"


def test_a_truck_that_was_unloaded_may_load_again_though_a_weighing_is_missing(
    yards: Yards,
) -> None:
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)
    yards.cut("mine-out")
    for name in WEIGHTS:
        yards.pass_over(name)
    yards.now_ms += CALL_MS
    yards.pass_over("mine-in")
    statuses = {row["id"]: row["status"] for row in yards.rows(orders)}
    assert statuses == {"order-1": "unloading", "order-2": "loading"}


@pytest.mark.parametrize("first", ["mine-in", "plant-in"])
def test_another_plate_counts_whichever_lane_tells_first(engine: Engine, first: str) -> None:
    yards = Yards(engine, plates={"policy": "preferred"})
    yards.cut(*WEIGHTS)
    lane, stop_id = yards.lane("mine-in"), uuid4()
    other = PlateRead(text="蒙K00007", camera="front", camera_at=lane.clock.tick(), age_ms=0)
    yards.tell("mine-in", lane.arrived(stop_id, plate=other))
    weighed = lane.weighed(stop_id, 16_000)
    yards.tell("mine-in", weighed)
    yards.tell("mine-in", lane.released(stop_id, record_in(weighed).event_id, "offline"))
    for name in list(WEIGHTS)[1:]:
        yards.pass_over(name)
    for name in sorted(WEIGHTS, key=lambda name: name != first):
        yards.reconnect(name)
    yards.rebook()
    assert yards.paid_nets() == []
    stop = yards.row(stops, stop_id=str(stop_id))
    assert (stop["state"], stop["reason"]) == ("held", "plate_mismatch")


@pytest.mark.parametrize("first", list(WEIGHTS))
def test_an_order_entered_after_the_truck_was_weighed_alone_is_for_none_of_it(
    engine: Engine, first: str
) -> None:
    yards = Yards(engine)
    with engine.begin() as connection:
        later_ms = yards.lane("mine-in").clock.now_ms + 3_600_000
        connection.execute(update(orders).values(created_ms=later_ms))
    yards.cut(*WEIGHTS)
    for name in WEIGHTS:
        yards.pass_over(name)
    for name in sorted(WEIGHTS, key=lambda name: name != first):
        yards.reconnect(name)
    yards.rebook()
    assert yards.paid_nets() == []
    assert yards.row(orders)["status"] == "open"
