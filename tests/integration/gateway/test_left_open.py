"""A stop that its lane never ends: by rule and by hand its truck is free; late records count."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from edge.messages import Action, LaneState, Verdict
from gateway.registry.tables import orders
from gateway.tickets.commands import Times
from gateway.tickets.dispatch import (
    Decision,
    Ending,
    NotDecidable,
    StopNotFound,
    command_stop,
    end_stop,
)
from gateway.tickets.tables import decisions, stops
from tests.integration.gateway.cut_off import CALL_MS, WEIGHTS, Yards, assert_all_is_well
from tests.integration.gateway.watching import Watch
from tests.integration.gateway.yard import TAG, FakeLane, add_order, add_truck, record_in


@pytest.fixture
def yards(engine: Engine) -> Yards:
    return Yards(engine)


def arrive(yards: Yards, name: str = "mine-in") -> UUID:
    """Let the truck stand at a lane, and the lane's box be gone."""
    stop_id = uuid4()
    yards.tell(name, yards.lane(name).arrived(stop_id))
    yards.cut(name)
    return stop_id


def said_of(yards: Yards, stop_id: UUID) -> tuple[str, str | None]:
    stop = yards.row(stops, stop_id=str(stop_id))
    return stop["state"], stop["reason"]


def end(yards: Yards, stop_id: UUID) -> None:
    with yards.engine.begin() as connection:
        end_stop(connection, Ending(stop_id, "box_replaced", "li"), yards.now_ms)


def ask(yards: Yards, name: str) -> tuple[Action, str | None]:
    """Show the truck's card at a lane that turns nobody away by itself, and let it go again."""
    lane, stop_id = yards.lane(name), uuid4()
    answer = yards.decision(lane.arrived(stop_id))
    yards.receive(lane.refused(stop_id))
    yards.reports.take(lane.yard, name, LaneState(online=True, epoch=lane.epoch, seq=lane.seq))
    return answer


def test_a_truck_that_its_dead_lane_never_lets_go_may_go_on_elsewhere(yards: Yards) -> None:
    stop_id = arrive(yards)
    assert ask(yards, "mine-out") == (Action.ADMIT, None)
    assert said_of(yards, stop_id) == ("arrived", None)
    yards.now_ms += CALL_MS + 1
    yards.reconnect("mine-out")
    assert ask(yards, "mine-out") == (Action.ADMIT, None)
    assert said_of(yards, stop_id) == ("voided", "seen_elsewhere")


def test_a_gateway_that_started_anew_and_never_heard_the_lane_locks_no_truck_out(
    yards: Yards,
) -> None:
    arrive(yards)
    Watch(yards).after(0, *WEIGHTS)
    yards.now_ms += 20 * CALL_MS
    yards.forget()
    assert ask(yards, "mine-out") == (Action.ADMIT, None)


def test_a_lane_that_stands_by_its_truck_keeps_it(yards: Yards) -> None:
    stop_id = uuid4()
    yards.tell("mine-in", yards.lane("mine-in").arrived(stop_id))
    yards.now_ms += CALL_MS + 1
    yards.reconnect("mine-in")
    assert ask(yards, "mine-out") == (Action.REFUSE, "already_on_another_lane")
    assert said_of(yards, stop_id) == ("arrived", None)


def replace_box(yards: Yards, name: str) -> FakeLane:
    old = yards.lane(name)
    box = FakeLane(old.yard, name, old.key, epoch="00000000000000bb", clock=old.clock)
    yards.world.lanes[name] = box  # type: ignore[index]  # a world's lanes are a dict
    return box


def test_a_replaced_box_frees_its_truck_with_its_first_record(yards: Yards) -> None:
    stop_id = arrive(yards)
    box = replace_box(yards, "mine-in")
    yards.reconnect("mine-in")
    assert ask(yards, "mine-out") == (Action.ADMIT, None)
    yards.receive(box.fault("raised"))
    assert said_of(yards, stop_id) == ("voided", "journal_replaced")
    yards.receive(box.fault("cleared"))
    yards.reconnect("mine-in")
    assert ask(yards, "mine-out") == (Action.ADMIT, None)


def test_a_person_ends_it_at_once_and_it_is_on_record(yards: Yards) -> None:
    stop_id = uuid4()
    yards.tell("mine-in", yards.lane("mine-in").arrived(stop_id))
    assert ask(yards, "mine-out") == (Action.REFUSE, "already_on_another_lane")
    end(yards, stop_id)
    assert said_of(yards, stop_id) == ("voided", "ended_by_person")
    kept = yards.row(decisions)
    assert (kept["action"], kept["reason"], kept["username"]) == ("end", "box_replaced", "li")
    assert ask(yards, "mine-out") == (Action.ADMIT, None)
    with pytest.raises(NotDecidable, match="over"):
        end(yards, stop_id)
    with pytest.raises(StopNotFound):
        end(yards, uuid4())


@pytest.mark.parametrize("how", ["a person", "the rule", "a new journal"])
def test_what_the_lane_tells_after_all_counts(yards: Yards, how: str) -> None:
    lane, stop_id = yards.lane("mine-in"), uuid4()
    yards.tell("mine-in", lane.arrived(stop_id))
    yards.cut("mine-in")
    weighed = lane.weighed(stop_id, WEIGHTS["mine-in"])
    yards.tell("mine-in", weighed)
    weighing_id = record_in(weighed).event_id
    yards.tell("mine-in", lane.released(stop_id, weighing_id, "offline"))
    yards.tell("mine-in", lane.left(stop_id, weighing_id))
    if how == "a person":
        end(yards, stop_id)
    if how == "the rule":
        yards.now_ms += CALL_MS + 1
        yards.reconnect("mine-out")
    if how == "a new journal":
        other = FakeLane("mine", "mine-in", lane.key, epoch="00000000000000bb", clock=lane.clock)
        yards.receive(other.refused(uuid4()))
    for name in list(WEIGHTS)[1:]:
        yards.pass_over(name)
        yards.now_ms += 1000
    assert said_of(yards, stop_id)[0] == "voided"
    yards.reconnect("mine-in")
    if how == "a new journal":
        assert yards.alarms() == ["journal_epoch_new"]
        assert yards.row(orders)["status"] in {"delivered", "unloading"}
        assert said_of(yards, stop_id) == ("left", None)
    else:
        yards.now_ms += CALL_MS
        assert_all_is_well(yards)


@pytest.mark.parametrize("way", ["left", "refused", "voided"])
def test_a_lane_that_ends_it_itself_has_the_last_word(yards: Yards, way: str) -> None:
    lane, stop_id = yards.lane("mine-in"), uuid4()
    yards.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    yards.receive(weighed)
    end(yards, stop_id)
    weighing_id = record_in(weighed).event_id
    says = {
        "left": lambda: lane.left(stop_id, weighing_id),
        "refused": lambda: lane.refused(stop_id),
        "voided": lambda: lane.voided(stop_id, weighing_id),
    }
    assert yards.verdict(says[way]()) is Verdict.ACCEPTED
    assert said_of(yards, stop_id)[0] == way
    assert yards.verdict(lane.released(stop_id, weighing_id)) is Verdict.REFUSED


def test_it_is_no_way_round_the_rule_that_a_card_is_at_one_lane(yards: Yards) -> None:
    """Both weights are held if both lanes turn out to have had the card at the same time."""
    lane, stop_id = yards.lane("mine-in"), uuid4()
    yards.receive(lane.arrived(stop_id))
    end(yards, stop_id)
    other = yards.pass_over("mine-out", 16_000)
    weighed = lane.weighed(stop_id, 16_000)
    yards.receive(weighed)
    yards.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    assert said_of(yards, stop_id) == ("held", "already_on_another_lane")
    assert said_of(yards, other) == ("held", "already_on_another_lane")


def test_a_card_that_was_never_elsewhere_ends_nothing(yards: Yards) -> None:
    stop_id = arrive(yards)
    yards.now_ms += CALL_MS + 1
    yards.reconnect("mine-out")
    yards.receive(yards.lane("mine-out").arrived(uuid4(), "FFFFFFFF"))
    assert said_of(yards, stop_id) == ("arrived", None)
    assert yards.row(stops, stop_id=str(stop_id))["tag"] == TAG


@pytest.mark.parametrize("no", [Action.HOLD, Action.REFUSE])
def test_what_a_person_said_no_to_is_not_booked_because_its_stop_was_ended(
    yards: Yards, no: Action
) -> None:
    yards.pass_over("mine-in")
    lane, stop_id = yards.lane("mine-out"), uuid4()
    yards.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 49_000)
    yards.receive(weighed)
    with yards.engine.begin() as connection:
        decision = Decision(stop_id, no, "dispatcher", "li")
        command_stop(connection, decision, Times(yards.now_ms, 30_000))
    end(yards, stop_id)
    yards.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    assert said_of(yards, stop_id) == ("held", "held_by_dispatcher")
    assert yards.alarms() == ["released_unmatched"]
    assert [row["action"] for row in yards.rows(decisions)] == [no, "end"]


def test_a_replaced_box_that_tells_its_rest_does_not_end_the_truck_of_the_new_one(
    yards: Yards,
) -> None:
    with yards.engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
        add_order(connection, "2", "2")
    old = yards.lane("mine-in")
    yards.receive(old.fault("cleared"))
    box, on_deck = replace_box(yards, "mine-in"), uuid4()
    yards.receive(box.arrived(on_deck, "BBBBBBBB"))
    yards.receive(old.arrived(uuid4()))
    assert said_of(yards, on_deck) == ("voided", "lane_moved_on")
    weighed = box.weighed(on_deck, 16_000, "BBBBBBBB")
    assert yards.decision(weighed) == (Action.RELEASE, None)
    yards.receive(box.released(on_deck, record_in(weighed).event_id))
    assert yards.row(orders, id="order-2")["status"] == "loading"
