"""What a dispatcher may decide, what it overrules, and what stays on the stop."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from edge.messages import Action, Command
from gateway.outbox.tables import outbox
from gateway.registry.tables import contracts, drivers, orders
from gateway.tickets.commands import Times
from gateway.tickets.dispatch import (
    Decision,
    NotDecidable,
    StillUnmatched,
    StopNotFound,
    book_held_stop,
    command_stop,
)
from gateway.tickets.record_context import TicketRules
from gateway.tickets.settlements import store_settlement
from gateway.tickets.settling import queue_settlement
from gateway.tickets.tables import decisions, stops, tickets
from settlement.messages import SettlementState
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.radio import settled
from tests.integration.gateway.yard import START_MS, add_order, add_truck, record_in


def decide(gateway: Gateway, stop_id: UUID, action: Action) -> Command:
    decision = Decision(stop_id, action, "dispatcher", "li")
    with gateway.engine.begin() as connection:
        return command_stop(connection, decision, Times(gateway.now_ms, 30_000))


def held(gateway: Gateway) -> tuple[UUID, UUID]:
    """Bring a truck whose tare is not the usual one to the deck; return stop and weighing."""
    gateway.deliver()
    with gateway.engine.begin() as connection:
        add_order(connection, "2", "1", START_MS + 1)
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 19_000)
    assert gateway.decision(weighed) == (Action.HOLD, "tare_implausible")
    return stop_id, record_in(weighed).event_id


def test_a_dispatcher_releases_what_was_held_and_the_ticket_is_made(gateway: Gateway) -> None:
    stop_id, weighing_id = held(gateway)
    command = decide(gateway, stop_id, Action.RELEASE)
    assert (command.action, command.in_reply_to) == (Action.RELEASE, None)
    released = gateway.lane("mine-in").released(stop_id, weighing_id, "dispatcher")
    gateway.receive(released)
    stop = gateway.row(stops, stop_id=str(stop_id))
    assert (stop["state"], stop["dispatcher"], stop["dispatcher_action"]) == (
        "released",
        "li",
        "release",
    )
    assert gateway.row(orders, id="order-2")["status"] == "loading"


def test_a_repeated_weighing_is_answered_with_what_the_dispatcher_decided(
    gateway: Gateway,
) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_010)
    assert gateway.decision(weighed)[0] is Action.HOLD
    decide(gateway, stop_id, Action.REFUSE)
    assert gateway.decision(weighed)[0] is Action.REFUSE


def test_the_same_decided_three_times_in_one_millisecond_is_three_commands(
    gateway: Gateway,
) -> None:
    stop_id, _ = held(gateway)
    commands = [decide(gateway, stop_id, Action.HOLD) for _ in range(3)]
    assert len({command.command_id for command in commands}) == 3
    kept = gateway.rows(decisions, stop_id=str(stop_id))
    assert {row["id"] for row in kept} == {str(command.command_id) for command in commands}
    decided_ms = sorted(row["decided_ms"] for row in kept)
    assert decided_ms == [gateway.now_ms, gateway.now_ms + 1, gateway.now_ms + 2]


def test_a_weight_that_the_scale_cannot_show_is_let_out_but_never_booked(
    gateway: Gateway,
) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_010)
    gateway.receive(weighed)
    decide(gateway, stop_id, Action.RELEASE)
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "dispatcher"))
    assert gateway.row(stops)["state"] == "held"
    assert gateway.rows(tickets) == []
    assert gateway.alarms() == ["released_unmatched"]


def test_an_admission_overrules_the_contract_but_not_the_weight(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(update(contracts).values(status="suspended"))
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    assert gateway.decision(lane.arrived(stop_id)) == (Action.REFUSE, "contract_suspended")
    decide(gateway, stop_id, Action.ADMIT)
    weighed = lane.weighed(stop_id, 49_020)
    assert gateway.decision(weighed) == (Action.REFUSE, "overweight")


def test_a_stop_that_is_over_or_unknown_or_at_another_point_cannot_be_decided(
    gateway: Gateway,
) -> None:
    crossed, _ = gateway.cross(gateway.lane("mine-in"), 16_000)
    with pytest.raises(NotDecidable, match="over"):
        decide(gateway, crossed, Action.RELEASE)
    with pytest.raises(StopNotFound):
        decide(gateway, uuid4(), Action.RELEASE)
    stop_id = uuid4()
    gateway.receive(gateway.lane("mine-out").arrived(stop_id))
    with pytest.raises(NotDecidable, match="arrived"):
        decide(gateway, stop_id, Action.RELEASE)


def unmatched(gateway: Gateway) -> UUID:
    """Let truck 2 leave the mine offline, without an order."""
    with gateway.engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, "BBBBBBBB"))
    weighed = lane.weighed(stop_id, 16_000, "BBBBBBBB")
    gateway.receive(weighed)
    weighing_id = record_in(weighed).event_id
    gateway.receive(lane.released(stop_id, weighing_id, "offline"))
    gateway.receive(lane.left(stop_id, weighing_id))
    return stop_id


def book(gateway: Gateway, stop_id: UUID) -> None:
    with gateway.engine.begin() as connection:
        book_held_stop(connection, stop_id, "li", TicketRules.of(gateway.settings), gateway.now_ms)


def test_a_weight_that_left_unmatched_is_booked_once_its_order_is_there(gateway: Gateway) -> None:
    stop_id = unmatched(gateway)
    with pytest.raises(StillUnmatched, match="no_order"):
        book(gateway, stop_id)
    with gateway.engine.begin() as connection:
        add_order(connection, "2", "2")
    book(gateway, stop_id)
    assert gateway.row(stops)["state"] == "left"
    assert gateway.row(orders, id="order-2")["status"] == "loading"
    assert gateway.alarms() == []
    with pytest.raises(NotDecidable):
        book(gateway, stop_id)


def test_a_ticket_is_queued_again_when_the_drivers_data_are_put_right(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(update(drivers).values(account="?"))
    gateway.deliver()
    ticket_id = UUID(gateway.row(tickets, purpose="unloading")["id"])
    links = TicketRules.of(gateway.settings).links
    with gateway.engine.begin() as connection:
        connection.execute(update(drivers).values(account="6222020200000000001"))
        assert queue_settlement(connection, ticket_id, links, gateway.now_ms).is_queued
        assert queue_settlement(connection, ticket_id, links, gateway.now_ms).is_queued
    assert gateway.row(outbox)["done_ms"] is None


def test_the_newest_revision_of_a_settlement_wins_in_any_order(gateway: Gateway) -> None:
    gateway.deliver()
    ticket_id = gateway.row(tickets, purpose="unloading")["id"]
    stored = []
    for revision, state in ((2, "accepted"), (1, "ready"), (3, "paid"), (3, "failed")):
        said = SettlementState.model_validate_json(settled(ticket_id, revision, state)[1])
        with gateway.engine.begin() as connection:
            stored.append(bool(store_settlement(connection, said, gateway.now_ms)))
    assert stored == [True, False, True, False]
    assert '"state":"paid"' in gateway.row(tickets, id=ticket_id)["settlement"]


@pytest.mark.parametrize("before", [Action.RELEASE, Action.REFUSE])
def test_a_second_release_is_no_word_for_a_load_either(gateway: Gateway, before: Action) -> None:
    """The first came too late for its lane, or was another person's."""
    gateway.cross(gateway.lane("mine-in"), 49_000)
    lane, stop_id = gateway.lane("mine-out"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    assert gateway.decision(weighed) == (Action.HOLD, "load_wrong_way")
    decide(gateway, stop_id, before)
    gateway.now_ms += 1000
    decide(gateway, stop_id, Action.RELEASE)
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "dispatcher"))
    stop = gateway.row(stops, stop_id=str(stop_id))
    assert (stop["state"], stop["reason"]) == ("held", "load_wrong_way")
    assert gateway.row(orders)["status"] == "loading"
