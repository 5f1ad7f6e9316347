"""Records that a lane says it has, and that do not come: how long that is believed, and shown."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine

from edge.messages import Action, LaneState
from gateway.records.lane_reports import CLAIM_FORGOTTEN_MS
from gateway.records.tables import alarms
from tests.integration.gateway.cut_off import CALL_MS, Yards
from tests.integration.gateway.test_alarms_end import EVERY_LANE
from tests.integration.gateway.watching import Watch
from tests.integration.gateway.yard import FakeLane

LATE_S = 601


class Claiming:
    """A lane of the mine that says of itself what the test wants, and a gateway that looks."""

    def __init__(self, yards: Yards) -> None:
        self.yards = yards
        self.watch = Watch(yards)
        self.lane: FakeLane = yards.lane("mine-in")
        for _ in range(2):
            yards.receive(self.lane.refused(uuid4()))
        yards.reports = self.watch.reports
        yards.tickets = type(yards.tickets)(yards.settings, self.watch.reports.behind)
        self.watch.after(0, *EVERY_LANE)

    def say(self, seq: int, *, after_s: float = 0) -> None:
        self.yards.now_ms += round(after_s * 1000)
        said = LaneState(online=True, epoch=self.lane.epoch, seq=seq)
        self.watch.reports.take("mine", "mine-in", said)

    def look(self) -> list[str]:
        self.watch.after(0, *EVERY_LANE)
        return self.yards.alarms()

    def keep_saying(self, seq: int, seconds: int) -> list[str]:
        """Let the lane say so every 10 s, and return the alarms that are open then."""
        self.say(seq)
        self.look()
        for _ in range(seconds // 10):
            self.say(seq, after_s=10)
        return self.look()

    def is_plant_lenient(self) -> bool:
        """Return whether the plant takes the truck in although no loading is known."""
        lane, stop_id = self.yards.lane("plant-in"), uuid4()
        action, _ = self.yards.decision(lane.arrived(stop_id))
        self.yards.receive(lane.refused(stop_id))
        return action is Action.ADMIT


@pytest.fixture
def claiming(engine: Engine) -> Claiming:
    return Claiming(Yards(engine))


def test_what_never_comes_is_an_alarm_and_believed_for_an_hour(claiming: Claiming) -> None:
    claiming.say(2)
    assert not claiming.is_plant_lenient()
    assert claiming.keep_saying(12, LATE_S - 10) == []
    assert claiming.is_plant_lenient()
    assert claiming.keep_saying(12, 20) == ["records_late"]
    assert claiming.yards.row(alarms)["lane_id"] == "mine-in"
    assert claiming.is_plant_lenient()
    claiming.keep_saying(12, CALL_MS // 1000 - LATE_S + 20)
    assert not claiming.is_plant_lenient()
    claiming.keep_saying(12, 600)
    assert not claiming.is_plant_lenient()
    assert claiming.yards.row(alarms)["count"] == 1


def test_it_is_over_when_the_records_have_come(claiming: Claiming) -> None:
    assert claiming.keep_saying(4, LATE_S + 20) == ["records_late"]
    claiming.yards.receive(claiming.lane.refused(uuid4()))
    claiming.say(4)
    assert claiming.look() == ["records_late"]
    claiming.yards.receive(claiming.lane.refused(uuid4()))
    claiming.say(4)
    assert claiming.look() == []


def test_records_that_come_in_steadily_are_no_alarm(claiming: Claiming) -> None:
    for _ in range(80):
        claiming.say(claiming.lane.seq + 2, after_s=10)
        claiming.yards.receive(claiming.lane.refused(uuid4()))
        with claiming.yards.engine.begin() as connection:
            claiming.watch.reports.late(connection, 0)
    assert claiming.look() == []


def test_a_lie_that_is_taken_back_now_and_then_is_a_lie_all_the_same(claiming: Claiming) -> None:
    for _ in range(CALL_MS // 20_000 + 1):
        claiming.say(2_000_000, after_s=10)
        claiming.say(2, after_s=10)
    assert claiming.look() == ["records_late"]
    claiming.say(2_000_000)
    assert not claiming.is_plant_lenient()
    assert claiming.keep_saying(2, CLAIM_FORGOTTEN_MS // 1000) == ["records_late"]
    assert claiming.keep_saying(2, 20) == []


def test_a_gateway_that_has_just_begun_to_listen_does_not_end_it(claiming: Claiming) -> None:
    claiming.keep_saying(12, LATE_S + 20)
    started = Watch(claiming.yards, "started")
    said = LaneState(online=True, epoch=claiming.lane.epoch, seq=2)
    started.reports.take("mine", "mine-in", said)
    started.after(1, *EVERY_LANE)
    assert claiming.yards.alarms() == ["records_late"]
    said = LaneState(online=True, epoch="00000000000000bb", seq=1)
    started.reports.take("mine", "mine-in", said)
    started.after(1, *EVERY_LANE)
    assert claiming.yards.alarms() == []


def test_one_alarm_for_a_lane_whichever_gateway_heard_it_claim_what(claiming: Claiming) -> None:
    assert claiming.keep_saying(12, LATE_S + 20) == ["records_late"]
    other = Watch(claiming.yards, "other")
    for _ in range(LATE_S // 10 + 3):
        claiming.say(20, after_s=10)
        said = LaneState(online=True, epoch=claiming.lane.epoch, seq=20)
        other.reports.take("mine", "mine-in", said)
    other.after(0, *EVERY_LANE)
    assert len(claiming.yards.rows(alarms)) == 1


def test_what_nobody_registered_claims_nothing(claiming: Claiming) -> None:
    said = LaneState(online=True, epoch="00000000000000cc", seq=9)
    claiming.watch.reports.take("mine", "shed", said)
    assert claiming.keep_saying(2, LATE_S + 20) == []


# --- a lane that is gone ---


def test_a_dead_lane_makes_its_yard_lenient_for_as_long_as_its_lists_are_valid(
    engine: Engine,
) -> None:
    yards = Yards(engine, offline={"valid_hours": 2})
    claiming = Claiming(yards)
    claiming.say(2)
    assert not claiming.is_plant_lenient()
    yards.cut("mine-in")
    yards.now_ms += 7_199_000
    assert claiming.is_plant_lenient()
    yards.now_ms += 1000
    assert not claiming.is_plant_lenient()


def test_a_lane_that_a_new_gateway_never_heard_is_not_taken_for_up_to_date(
    claiming: Claiming,
) -> None:
    claiming.say(2)
    claiming.yards.forget()
    assert claiming.is_plant_lenient()
    claiming.yards.now_ms += 72 * 3_600_000
    assert not claiming.is_plant_lenient()
