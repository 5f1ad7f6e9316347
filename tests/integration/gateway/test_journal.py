"""What the network, a thief or a copied disk can do to a lane's records, and what comes of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, update
from sqlalchemy.exc import DBAPIError

from edge.messages import Action, Record, Sealed, Verdict
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, raise_alarm, resolve_alarm
from gateway.records.envelope import Envelope
from gateway.records.service import Applied, receive
from gateway.records.tables import alarms, chains, records
from gateway.registry.tables import orders
from gateway.tickets.service import Tickets
from gateway.tickets.tables import stops, tickets
from taigan.transactions import run
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import FakeLane, record_in


def a_trip(lane: FakeLane, weight_kg: int = 16_000) -> list[Envelope]:
    stop_id = uuid4()
    arrived, weighed = lane.arrived(stop_id), lane.weighed(stop_id, weight_kg)
    weighing_id = record_in(weighed).event_id
    return [arrived, weighed, lane.released(stop_id, weighing_id), lane.left(stop_id, weighing_id)]


def state_of(gateway: Gateway) -> list[object]:
    """Return all that records may have changed, but for the alarms' counts and times."""
    tables = (records, chains, stops, tickets, orders)
    return [gateway.rows(table) for table in tables]


def test_a_repeat_gets_the_same_verdict_and_the_same_decision_while_it_is_waited_for(
    gateway: Gateway,
) -> None:
    arrived = gateway.lane("mine-in").arrived(uuid4())
    first = gateway.receive(arrived)
    gateway.now_ms += 60_000
    again = gateway.receive(arrived)
    assert again.receipt == first.receipt
    assert again.commands[0].command_id == first.commands[0].command_id
    assert again.commands[0].expires_at > first.commands[0].expires_at


def test_a_repeat_of_what_is_over_opens_nothing(gateway: Gateway) -> None:
    trip = a_trip(gateway.lane("mine-in"))
    for envelope in trip:
        gateway.receive(envelope)
    assert [gateway.receive(envelope).commands for envelope in trip] == [()] * 4


def test_replaying_a_whole_capture_changes_nothing(gateway: Gateway) -> None:
    trip = a_trip(gateway.lane("mine-in"))
    for envelope in trip:
        gateway.receive(envelope)
    before = state_of(gateway)
    for envelope in [*reversed(trip), *trip, *trip]:
        assert gateway.verdict(envelope) is Verdict.ACCEPTED
    assert state_of(gateway) == before


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
def test_records_in_any_order_come_to_the_same_end(
    gateway: Gateway, order: tuple[int, ...]
) -> None:
    trip = a_trip(gateway.lane("mine-in"))
    for number in [*order, *order]:
        gateway.receive(trip[number])
    assert {row["verdict"] for row in gateway.rows(records)} == {"accepted"}
    assert gateway.row(stops)["state"] == "left"
    assert gateway.row(orders)["status"] == "loading"
    assert gateway.row(chains)["last_seq"] == 4
    assert gateway.alarms() == []


def test_a_gap_parks_what_follows_and_closing_it_receipts_everything(gateway: Gateway) -> None:
    first, second, third, fourth = a_trip(gateway.lane("mine-in"))
    gateway.receive(first)
    assert gateway.verdict(third) is Verdict.PARKED
    assert gateway.verdict(third) is Verdict.PARKED
    assert gateway.alarms() == ["records_missing"]
    outcome = gateway.receive(second)
    assert [(seq, verdict) for _, seq, verdict in outcome.receipt] == [
        (2, Verdict.ACCEPTED),
        (3, Verdict.ACCEPTED),
    ]
    assert gateway.verdict(fourth) is Verdict.ACCEPTED
    assert gateway.alarms() == []


def test_another_record_under_a_taken_number_is_a_fork_and_is_not_stored(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    clone = replace(lane)
    gateway.receive(lane.arrived(uuid4()))
    assert gateway.verdict(clone.arrived(uuid4())) is Verdict.FORK
    assert len(gateway.rows(records)) == 1
    assert gateway.alarms() == ["journal_forked"]


def test_a_record_that_continues_another_journal_is_a_fork_too(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    gateway.receive(lane.arrived(uuid4()))
    clone = replace(lane, previous="f" * 64)
    assert gateway.verdict(clone.arrived(uuid4())) is Verdict.FORK
    assert gateway.alarms() == ["chain_broken"]
    assert gateway.verdict(lane.refused(uuid4())) is Verdict.ACCEPTED


def test_a_parked_record_that_does_not_continue_the_journal_is_refused_when_reached(
    gateway: Gateway,
) -> None:
    lane = gateway.lane("mine-in")
    first = lane.arrived(uuid4())
    second = lane.refused(uuid4())
    stranger = replace(lane, previous="f" * 64).refused(uuid4())
    for envelope in (first, stranger):
        gateway.receive(envelope)
    outcome = gateway.receive(second)
    assert [verdict for _, _, verdict in outcome.receipt] == [Verdict.ACCEPTED, Verdict.REFUSED]
    assert gateway.row(chains)["last_seq"] == 2
    assert gateway.row(records, seq=3)["reason"] == "chain_broken"


def test_an_event_id_is_used_once(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    arrived = lane.arrived(stop_id)
    gateway.receive(arrived)
    weighed = lane.weighed(stop_id, 16_000, event_id=record_in(arrived).event_id)
    assert gateway.verdict(weighed) is Verdict.FORK


def test_a_new_journal_begins_at_one_and_raises_an_alarm(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    gateway.receive(lane.arrived(uuid4()))
    renewed = FakeLane(lane.yard, lane.lane, lane.key, epoch="00000000000000bb")
    assert gateway.verdict(renewed.arrived(uuid4(), "FFFFFFFF")) is Verdict.ACCEPTED
    assert gateway.alarms() == ["journal_epoch_new"]


def rejected(gateway: Gateway, envelope: Envelope, kind: str) -> None:
    """Assert that a message leaves nothing but an alarm and gets no receipt."""
    before = state_of(gateway)
    outcome = gateway.receive(envelope)
    assert outcome.receipt == () == outcome.commands
    assert state_of(gateway) == before
    assert kind in gateway.alarms()


def test_what_another_key_signed_is_forged(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    thief = replace(lane, key=Ed25519PrivateKey.generate())
    rejected(gateway, thief.arrived(uuid4()), "message_forged")


def test_a_changed_body_is_forged(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    sealed = Sealed.model_validate_json(lane.weighed(uuid4(), 16_000).payload)
    body = sealed.body.replace('"weight_kg":16000', '"weight_kg":36000')
    rejected(gateway, lane.envelope(sealed.model_copy(update={"body": body})), "message_forged")


def test_a_changed_curve_is_forged(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    sealed = Sealed.model_validate_json(lane.weighed(uuid4(), 16_000).payload)
    changed = sealed.model_copy(update={"curve": "[[0,0]]"})
    rejected(gateway, lane.envelope(changed), "message_forged")


def test_a_record_on_another_lanes_topic_is_forged(gateway: Gateway) -> None:
    arrived = gateway.lane("mine-in").arrived(uuid4())
    rejected(gateway, arrived._replace(lane="mine-out"), "message_forged")


def test_a_record_of_an_unregistered_lane_is_rejected(gateway: Gateway) -> None:
    rejected(gateway, FakeLane("mine", "shed").arrived(uuid4()), "lane_unknown")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"kind":"sealed.v1","body":"\\ud800","key_id":"0000000000000000","signature":""}',
        b'{"kind":"sealed.v1","body":"{}","key_id":"0","signature":"","\\u0000":1}',
    ],
)
def test_garbage_leaves_one_alarm_however_often_it_comes(gateway: Gateway, payload: bytes) -> None:
    for _ in range(3):
        rejected(gateway, Envelope("mine", "mine-in", payload), "message_unreadable")
    assert gateway.row(alarms)["count"] == 3


def test_what_is_too_large_is_not_even_read(gateway: Gateway) -> None:
    rejected(gateway, Envelope("mine", "mine-in", b" " * 262_145), "message_oversize")


def test_a_signed_body_that_is_no_record_is_not_answered(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    envelope = lane.envelope(Sealed.seal('{"kind":"truck_flew.v1"}', lane.key))
    rejected(gateway, envelope, "record_unreadable")


def test_stored_records_cannot_be_changed_or_deleted(gateway: Gateway) -> None:
    gateway.receive(gateway.lane("mine-in").arrived(uuid4()))
    for forbidden in (
        update(records).values(body="{}"),
        update(records).values(verdict="refused"),
        delete(records),
    ):
        with (
            pytest.raises(DBAPIError, match="evidence"),
            gateway.engine.begin() as connection,
        ):
            connection.execute(forbidden)


def test_a_closed_ticket_takes_only_what_settlement_says(gateway: Gateway) -> None:
    gateway.deliver()
    for forbidden in (
        update(tickets).values(net_kg=1, gross_kg=2, tare_kg=1),
        update(tickets).values(status="open"),
        update(tickets).values(first_kg=1),
        delete(tickets),
    ):
        with (
            pytest.raises(DBAPIError, match="evidence"),
            gateway.engine.begin() as connection,
        ):
            connection.execute(forbidden)
    with gateway.engine.begin() as connection:
        connection.execute(update(tickets).values(settlement_error="late"))


def test_a_failure_while_a_record_is_applied_leaves_nothing_of_it(gateway: Gateway) -> None:
    arrived = gateway.lane("mine-in").arrived(uuid4())
    before = state_of(gateway)

    class Failing(Tickets):
        def apply(self, connection: Connection, record: Record, now_ms: int) -> Applied:
            super().apply(connection, record, now_ms)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError), gateway.engine.begin() as connection:
        receive(connection, arrived, Failing(gateway.settings), gateway.now_ms)
    assert state_of(gateway) == before
    assert gateway.decision(arrived) == (Action.ADMIT, None)


def test_what_many_gateways_see_at_once_is_one_alarm(gateway: Gateway) -> None:
    alarm = Alarm(AlarmKind.LANE_FAULT, "", "mine", "mine-in", "scale")
    start = threading.Barrier(4)

    def see(_number: int) -> None:
        start.wait(10)
        run(gateway.engine, lambda connection: raise_alarm(connection, alarm, gateway.now_ms))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(see, range(4)))
    assert gateway.row(alarms)["count"] == 4
    with gateway.engine.begin() as connection:
        assert len(resolve_alarm(connection, alarm, gateway.now_ms)) == 1
        assert resolve_alarm(connection, alarm, gateway.now_ms) == ()
    assert gateway.alarms() == []
