"""Whole trips over the database: stops, tickets, orders, and what is queued for settlement."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from edge.messages import Action, Verdict
from gateway.outbox.tables import outbox
from gateway.receipt_link import receipt_url
from gateway.registry.tables import cards, drivers, orders
from gateway.tickets.tables import stops, tickets
from settlement.messages import TicketToSettle
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import TAG, add_truck, record_in


def test_a_delivered_load_is_queued_for_settlement_with_its_four_signed_records(
    gateway: Gateway,
) -> None:
    outcome = gateway.deliver()
    assert outcome.queued
    ticket = TicketToSettle.model_validate_json(gateway.row(outbox)["body"])
    assert (ticket.loading.net_kg, ticket.unloading.net_kg) == (33_000, 32_980)
    assert (ticket.loading.gross_kg, ticket.loading.tare_kg) == (49_000, 16_000)
    assert '"weight_kg":49000' in ticket.loading.gross_record.body
    assert '"weight_kg":15980' in ticket.unloading.tare_record.body
    assert ticket.order_no == "N1"
    secret = "r" * 32
    assert ticket.receipt_url == receipt_url("https://taigan.example", ticket.ticket_id, secret)


def test_the_order_follows_its_truck_through_both_yards(gateway: Gateway) -> None:
    seen = []
    for lane, weight_kg in (
        ("mine-in", 16_000),
        ("mine-out", 49_000),
        ("plant-in", 48_960),
        ("plant-out", 15_980),
    ):
        gateway.cross(gateway.lane(lane), weight_kg)
        seen.append(gateway.row(orders)["status"])
    assert seen == ["loading", "loaded", "unloading", "delivered"]


def test_the_ticket_does_not_move_before_the_truck_is_released(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    gateway.receive(lane.weighed(stop_id, 16_000))
    assert gateway.rows(tickets) == []
    assert gateway.row(orders)["status"] == "open"


def test_a_stop_keeps_what_the_lane_measured_of_itself(gateway: Gateway) -> None:
    gateway.cross(gateway.lane("mine-in"), 16_000)
    stop = gateway.row(stops)
    assert (stop["state"], stop["weight_kg"], stop["plate"]) == ("left", 16_000, "蒙K00001")
    assert (stop["cycle_ms"], stop["admit_ms"], stop["release_ms"]) == (21_000, 9, 11)
    assert gateway.row(tickets)["id"] == stop["ticket_id"]


def test_an_unknown_card_is_refused_by_name(gateway: Gateway) -> None:
    arrived = gateway.lane("mine-in").arrived(uuid4(), "FFFFFFFF")
    assert gateway.decision(arrived) == (Action.REFUSE, "card_unknown")


def test_a_blocked_card_is_refused_by_name(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(update(cards).values(status="blocked"))
    assert gateway.decision(gateway.lane("mine-in").arrived(uuid4())) == (
        Action.REFUSE,
        "card_blocked",
    )


def test_a_card_that_waits_on_one_lane_is_refused_on_another(gateway: Gateway) -> None:
    gateway.receive(gateway.lane("mine-in").arrived(uuid4()))
    other = gateway.lane("mine-out").arrived(uuid4())
    assert gateway.decision(other) == (Action.REFUSE, "already_on_another_lane")


def test_a_stop_that_a_lane_never_ended_does_not_block_its_truck_for_ever(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    gateway.receive(lane.arrived(uuid4()))
    gateway.receive(lane.arrived(uuid4(), "FFFFFFFF"))
    assert gateway.decision(gateway.lane("mine-out").arrived(uuid4())) == (Action.ADMIT, None)


def test_an_overweight_truck_is_refused_on_the_deck_and_may_come_again(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-out"), uuid4()
    gateway.cross(gateway.lane("mine-in"), 16_000)
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 49_020)
    assert gateway.decision(weighed) == (Action.REFUSE, "overweight")
    gateway.receive(lane.refused(stop_id, "overweight"))
    gateway.receive(lane.left(stop_id, None))
    assert gateway.row(stops, stop_id=str(stop_id))["state"] == "refused"
    gateway.cross(lane, 49_000)
    assert gateway.row(orders)["status"] == "loaded"


def test_a_truck_released_offline_is_booked_like_any_other(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    gateway.receive(weighed)
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    assert gateway.row(orders)["status"] == "loading"


def test_a_truck_released_offline_without_an_order_is_held_and_never_booked(
    gateway: Gateway,
) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    with gateway.engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
    gateway.receive(lane.arrived(stop_id, "BBBBBBBB"))
    weighed = lane.weighed(stop_id, 16_000, "BBBBBBBB")
    gateway.receive(weighed)
    released = lane.released(stop_id, record_in(weighed).event_id, "offline")
    assert gateway.verdict(released) is Verdict.ACCEPTED
    stop = gateway.row(stops)
    assert (stop["state"], stop["reason"]) == ("held", "no_order")
    assert gateway.rows(tickets) == []
    assert gateway.alarms() == ["released_unmatched"]


def test_a_lane_that_releases_what_was_held_does_not_make_a_ticket(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_010)
    assert gateway.decision(weighed) == (Action.HOLD, "weight_not_multiple_of_e")
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "gateway"))
    assert gateway.row(stops)["reason"] == "weight_not_multiple_of_e"
    assert gateway.rows(tickets) == []


def test_a_weighing_is_voided_before_its_release_but_not_after(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    gateway.receive(weighed)
    weighing_id = record_in(weighed).event_id
    gateway.receive(lane.voided(stop_id, weighing_id))
    assert gateway.row(stops)["state"] == "voided"
    crossed, _ = gateway.cross(lane, 16_000)
    weighing_id = gateway.row(stops, stop_id=str(crossed))["weighing_event_id"]
    assert gateway.verdict(lane.voided(crossed, weighing_id)) is Verdict.REFUSED
    assert sorted(gateway.alarms()) == ["record_refused", "weighing_voided"]


def test_a_truck_that_leaves_unreleased_raises_an_alarm(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    gateway.receive(weighed)
    gateway.receive(lane.left(stop_id, record_in(weighed).event_id))
    assert gateway.alarms() == ["left_without_release"]
    assert gateway.rows(tickets) == []


def test_a_lane_that_voids_the_weighing_of_such_a_truck_raises_the_same_alarm(
    gateway: Gateway,
) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    gateway.receive(weighed)
    gateway.receive(lane.voided(stop_id, record_in(weighed).event_id, "left_without_release"))
    assert gateway.alarms() == ["left_without_release"]
    assert gateway.row(stops)["state"] == "voided"


@pytest.mark.parametrize("zero_kg", [-20, 20])
def test_a_zero_that_is_off_raises_an_alarm_and_stops_no_truck(
    gateway: Gateway, zero_kg: int
) -> None:
    arrived = gateway.lane("mine-in").arrived(uuid4(), zero_before_kg=zero_kg)
    assert gateway.decision(arrived) == (Action.ADMIT, None)
    assert gateway.alarms() == ["zero_off"]


def test_a_device_fault_is_an_alarm_until_it_clears(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    gateway.receive(lane.fault("raised"))
    assert gateway.alarms() == ["lane_fault"]
    gateway.receive(lane.fault("cleared"))
    assert gateway.alarms() == []


def test_a_driver_whom_no_bank_can_pay_does_not_stop_the_truck_but_is_named(
    gateway: Gateway,
) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(update(drivers).values(account="?"))
    outcome = gateway.deliver()
    assert not outcome.queued
    assert "payee" in gateway.row(tickets, purpose="unloading")["settlement_error"].lower()
    assert gateway.alarms() == ["ticket_not_settled"]
    assert gateway.rows(outbox) == []


def test_records_about_unknown_stops_are_refused_and_kept(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    assert gateway.verdict(lane.weighed(uuid4(), 16_000)) is Verdict.REFUSED
    assert gateway.verdict(lane.released(uuid4(), uuid4())) is Verdict.REFUSED
    assert gateway.verdict(lane.arrived(uuid4(), TAG)) is Verdict.ACCEPTED


def test_a_stop_is_weighed_once(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    gateway.receive(lane.weighed(stop_id, 16_000))
    assert gateway.verdict(lane.weighed(stop_id, 15_000)) is Verdict.REFUSED
    assert gateway.row(stops)["weight_kg"] == 16_000
