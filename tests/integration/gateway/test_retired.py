"""A lane that is retired: nothing is expected of it, its records are refused, what it did stays."""

from uuid import uuid4

from edge.messages import LaneState
from gateway.records.lane_reports import LaneReports
from gateway.records.tables import records
from gateway.registry.retiring import set_status
from gateway.trail.service import By
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.watching import Watch

BY_HAND = By("root@server", 1)
OTHERS = ("mine-out", "plant-in", "plant-out")


def retire(gateway: Gateway) -> bool:
    with gateway.engine.begin() as connection:
        return set_status(connection, "mine", "mine-in", "retired", BY_HAND)


def activate(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        assert set_status(connection, "mine", "mine-in", "active", BY_HAND)


def test_a_retired_lane_is_not_missed(gateway: Gateway) -> None:
    watch = Watch(gateway).after(0, "mine-in", *OTHERS).after(31, *OTHERS)
    assert gateway.alarms() == ["lane_silent"]
    assert (retire(gateway), retire(gateway)) == (True, False)
    watch.after(5, *OTHERS)
    assert gateway.alarms() == []
    watch.after(600, *OTHERS).after(600, *OTHERS)
    assert gateway.alarms() == []
    activate(gateway)
    watch.after(5, *OTHERS)
    assert gateway.alarms() == ["lane_silent"]


def test_a_retired_lane_that_believes_another_key_is_no_matter(gateway: Gateway) -> None:
    lane, watch = ("mine", "mine-in"), Watch(gateway).after(0, "mine-in", *OTHERS)
    said = LaneState(online=True, gateway_key_id="f" * 16)
    watch.keys.say(lane, said)
    watch.after(5, "mine-in", *OTHERS)
    assert gateway.alarms() == ["gateway_key_wrong"]
    retire(gateway)
    watch.keys.say(lane, said)
    watch.after(5, *OTHERS)
    assert gateway.alarms() == []


def test_its_records_are_refused_and_those_of_before_stay(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    gateway.receive(lane.arrived(uuid4()))
    retire(gateway)
    late = lane.arrived(uuid4())
    assert gateway.receive(late).receipt == ()
    assert gateway.alarms() == ["lane_unknown"]
    assert len(gateway.rows(records)) == 1
    activate(gateway)
    Watch(gateway).after(1)
    assert gateway.alarms() == []
    assert len(gateway.receive(late).receipt) == 1


def test_nobody_waits_for_it(gateway: Gateway) -> None:
    reports = LaneReports(lambda: gateway.now_ms)
    reports.take("mine", "mine-in", LaneState(online=False))
    behind = reports.behind
    with gateway.engine.begin() as connection:
        assert [one.lane for one in behind(connection, ["mine"])] == ["mine-in"]
    retire(gateway)
    with gateway.engine.begin() as connection:
        assert behind(connection, ["mine"]) == ()
