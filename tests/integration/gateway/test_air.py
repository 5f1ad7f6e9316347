"""Lanes, broker, gateway and settlement together: decisions, receipts, payouts on the ticket."""

import json
import queue
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update

from edge.messages import Action, Command, OfflineOrders, Receipt, Verdict
from gateway.records.tables import lanes_heard, records
from gateway.tickets.tables import tickets
from tests.fakes_bank import eventually
from tests.integration.gateway.air import Air
from tests.integration.gateway.radio import Radio, settled
from tests.integration.gateway.yard import TAG, FakeLane, add_order, add_truck, record_in


def cross(radio: Radio, lane: FakeLane, weight_kg: int, tag: str = TAG) -> None:
    stop_id = uuid4()
    assert radio.ask(lane.arrived(stop_id, tag)).action is Action.ADMIT
    weighed = lane.weighed(stop_id, weight_kg, tag)
    assert radio.ask(weighed).action is Action.RELEASE
    for envelope in (
        lane.released(stop_id, record_in(weighed).event_id),
        lane.left(stop_id, record_in(weighed).event_id),
    ):
        radio.send(envelope)
        radio.hear(Receipt)


def deliver(air: Air) -> str:
    """Drive a whole trip and return the id of the ticket that is settled."""
    for name, weight_kg in (
        ("mine-in", 16_000),
        ("mine-out", 49_000),
        ("plant-in", 48_960),
        ("plant-out", 15_980),
    ):
        cross(air.radio(name), air.world.lane(name), weight_kg)
    with air.engine.begin() as connection:
        found = select(tickets.c.id).where(tickets.c.purpose == "unloading")
        return str(connection.execute(found).scalar_one())


def test_a_trip_over_the_air_ends_with_its_payout_on_the_ticket(air: Air) -> None:
    ticket_id = deliver(air)
    told = air.event("ticket", ticket_id=ticket_id, payout="ready")
    assert told["amount_minor"] == 148410
    ((path, token, body),) = air.settlement.received
    assert path == f"/api/v1/settlements/{ticket_id}"
    assert token == "Bearer " + "t" * 16
    assert body["unloading"]["gross_kg"] == 48_960


def test_a_decision_comes_with_its_expiry_and_in_both_languages(air: Air) -> None:
    lane = air.world.lane("mine-in")
    arrived = lane.arrived(uuid4(), "FFFFFFFF")
    command = air.radio("mine-in").ask(arrived)
    assert (command.action, command.reason) == (Action.REFUSE, "card_unknown")
    assert command.in_reply_to == record_in(arrived).event_id
    assert command.say == {"zh": "卡未登记", "en": "Card not registered"}
    assert (command.expires_at - command.issued_at).total_seconds() == 30


def test_the_metrics_tell_what_waits_and_how_late_a_record_was_committed(air: Air) -> None:
    def told(name: str) -> float:
        value = air.core.metrics.registry.get_sample_value(f"taigan_ingest_{name}")
        assert value is not None
        return value

    lane, radio = air.world.lane("mine-in"), air.radio("mine-in")
    with air.engine.begin() as connection:  # nobody else can write
        if air.engine.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE records"))
        stop_id = uuid4()
        radio.send(lane.arrived(stop_id))
        radio.send(lane.left(stop_id, None))
        eventually(lambda: told("oldest_seconds") > 0 and told("waiting") >= 1)
        assert told("lag_seconds_count") == 0
    radio.hear(Receipt)
    radio.hear(Receipt)
    eventually(lambda: told("lag_seconds_count") == 2 and told("oldest_seconds") == 0)


def test_a_forged_record_gets_no_receipt_and_does_not_stop_the_next_one(air: Air) -> None:
    lane, radio = air.world.lane("mine-in"), air.radio("mine-in")
    forged = FakeLane("mine", "mine-in").arrived(uuid4())
    radio.send(forged)
    arrived = lane.arrived(uuid4())
    radio.send(arrived)
    assert radio.hear(Receipt).entries == ((lane.epoch, 1, Verdict.ACCEPTED),)
    assert air.event("alarm")["kind"] == "message_forged"


def test_a_lane_that_repeats_itself_gets_the_same_receipt_and_command(air: Air) -> None:
    lane, radio = air.world.lane("mine-in"), air.radio("mine-in")
    arrived = lane.arrived(uuid4())
    asked = [radio.ask(arrived) for _ in range(3)]
    assert len({command.command_id for command in asked}) == 1


def test_a_lane_finds_its_offline_orders_when_it_connects_and_when_they_change(air: Air) -> None:
    radio = air.radio("mine-in")
    first = radio.hear(OfflineOrders)
    assert [(order.tag, order.order_no) for order in first.orders] == [(TAG, "N1")]
    with air.engine.begin() as connection:
        add_truck(connection, "2", "BBBBBBBB")
        add_order(connection, "2", "2")
    air.core.offline.loop.wake()
    assert [order.order_no for order in radio.hear(OfflineOrders).orders] == ["N1", "N2"]


def test_what_a_lane_shows_reaches_the_screens_and_nothing_else(air: Air) -> None:
    radio = air.radio("mine-in")
    radio.say("state", json.dumps({"kind": "lane_state.v1", "online": True}), retain=True)
    assert air.event("lane_state")["online"] is True
    radio.say("live", json.dumps({"kind": "lane_live.v1", "weight_kg": "much"}))
    live = {
        "kind": "lane_live.v1",
        "state": "on_deck",
        "weight_kg": 16000,
        "stable": True,
        "display": {"zh": "请等候", "en": "Please wait"},
        "beams_clear": True,
        "stop_id": None,
        "state_for_s": 1.5,
        "at": "2025-10-09T08:53:20Z",
    }
    radio.say("live", json.dumps(live))
    assert air.event("lane") == live | {"yard": "mine", "lane": "mine-in"}


def test_settlement_is_asked_until_it_answers(air: Air) -> None:
    answers = iter([(503, "busy"), (500, "oops"), (200, "not JSON")])
    air.settlement.answer = lambda ticket_id: next(answers, None) or settled(ticket_id)
    ticket_id = deliver(air)
    air.event("ticket", ticket_id=ticket_id, payout="ready")
    bodies = [json.dumps(body) for _, _, body in air.settlement.received]
    assert len(bodies) == 4
    assert len(set(bodies)) == 1


def test_a_ticket_that_settlement_refuses_is_not_sent_again_but_alarmed(air: Air) -> None:
    air.settlement.answer = lambda _ticket_id: (409, "other content")
    ticket_id = deliver(air)
    told = air.event("ticket", ticket_id=ticket_id, status="closed")
    told = air.event("ticket", ticket_id=ticket_id)
    assert told["settlement_error"] == "409: other content"
    assert air.event("alarm")["kind"] == "ticket_not_settled"
    assert len(air.settlement.received) == 1


def test_every_record_is_stored_once_however_often_it_was_sent(air: Air) -> None:
    lane, radio = air.world.lane("mine-in"), air.radio("mine-in")
    sent = [lane.refused(uuid4()) for _ in range(40)]
    for envelope in [*sent, *reversed(sent), *sent]:
        radio.send(envelope)
    heard: set[int] = set()
    while len(heard) < 40:  # copies that wait beside each other get one receipt
        heard |= {seq for _, seq, _ in radio.hear(Receipt).entries}
    with air.engine.begin() as connection:
        count = connection.execute(select(func.count()).select_from(records)).scalar_one()
    assert count == 40


@pytest.mark.usefixtures("air")
def test_nothing_is_said_to_a_lane_that_said_nothing(air: Air) -> None:
    radio = air.radio("plant-in")
    with pytest.raises(queue.Empty):
        radio.hear(Command, 0.5)


def test_a_lane_that_speaks_is_heard_and_what_the_broker_kept_of_it_is_not(air: Air) -> None:
    now = air.world.lane("mine-in")
    state = {
        "kind": "lane_state.v1", "online": True, "version": "1", "devices": {}, "clock": "synced",
        "epoch": now.epoch, "seq": 1, "outbox_depth": 0, "at": "2026-11-29T00:00:00Z",
    }  # fmt: skip
    air.radio("mine-in").say("state", json.dumps(state), retain=True)
    air.event("lane_state", lane="mine-in", online=True)
    air.core._watcher.look()
    assert heard(air) == ["mine-in"]
    with air.engine.begin() as connection:
        connection.execute(update(lanes_heard).values(heard_ms=0))
    air.core._link._connection.reconnect()
    air.event("lane_state", lane="mine-in", online=True)  # kept by the broker
    air.core._watcher.look()
    assert heard(air) == []


def heard(air: Air) -> list[str]:
    with air.engine.begin() as connection:
        found = select(lanes_heard.c.lane_id).where(lanes_heard.c.heard_ms > 0)
        return list(connection.execute(found).scalars())
