"""FM-18: a new truck forgets to be weighed empty, and comes loaded first."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from edge.messages import Action
from gateway.tickets.commands import Times
from gateway.tickets.dispatch import Decision, command_stop
from gateway.tickets.tables import stops, tickets
from tests.integration.gateway.cut_off import Yards, assign
from tests.integration.gateway.yard import record_in


@pytest.fixture
def yards(engine: Engine) -> Yards:
    return Yards(engine)


def come_loaded(yards: Yards) -> tuple[UUID, UUID]:
    """Weigh 49 t first and 16 t after it; return both stops, the second released by a person."""
    first = yards.pass_over("mine-in", 49_000)
    lane, second = yards.lane("mine-out"), uuid4()
    yards.receive(lane.arrived(second))
    weighed = lane.weighed(second, 16_000)
    assert yards.decision(weighed) == (Action.HOLD, "load_wrong_way")
    for action in (Action.HOLD, Action.RELEASE):
        decision = Decision(second, action, "seen_on_site", "li")
        with yards.engine.begin() as connection:
            command_stop(connection, decision, Times(yards.now_ms, 30_000))
    yards.receive(lane.released(second, record_in(weighed).event_id, "dispatcher"))
    yards.receive(lane.left(second, record_in(weighed).event_id))
    yards.reconnect("mine-out")
    return first, second


def test_its_second_weighing_names_what_is_wrong_and_makes_no_load(yards: Yards) -> None:
    _, second = come_loaded(yards)
    stop = yards.row(stops, stop_id=str(second))
    assert (stop["state"], stop["reason"]) == ("held", "load_wrong_way")
    assert yards.alarms() == ["released_unmatched"]
    assert [row["status"] for row in yards.rows(tickets)] == ["open"]


def test_a_person_sets_the_first_aside_and_the_truck_is_paid_by_its_own_load(yards: Yards) -> None:
    first, _ = come_loaded(yards)
    assign(yards, first, None)
    assert yards.alarms() == []
    yards.pass_over("mine-out", 45_000)
    yards.pass_over("plant-in", 44_980)
    yards.pass_over("plant-out", 16_000)
    assert yards.paid_nets() == [(29_000, 28_980)]
