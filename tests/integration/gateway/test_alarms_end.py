"""Every alarm that closes by itself is driven open and closed again by what really does so."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, update

from edge.messages import LaneState, PlatePolicy, PlateRead, Sealed
from gateway.config import Plates
from gateway.keys import public_text
from gateway.notify.tables import staff_notices
from gateway.outbox.tables import outbox
from gateway.records.alarm_kinds import ALARMS, AlarmKind
from gateway.records.service import Applied
from gateway.records.tables import alarms
from gateway.registry.tables import lanes, orders
from gateway.tickets.dispatch import book_held_stop
from gateway.tickets.record_context import TicketRules
from gateway.tickets.settlements import refuse_settlement, store_settlement
from settlement.messages import SettlementState
from tests.integration.gateway.by_hand import Hand, work
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.radio import fake_settlement, settled
from tests.integration.gateway.test_agreement import Compared as Journals
from tests.integration.gateway.test_comparison import Compared as Books
from tests.integration.gateway.watching import OWN_KEY_ID, Watch
from tests.integration.gateway.yard import START_MS, Clock, FakeLane, record_in

Story = Callable[[Gateway], Iterator[None]]
"""Opens the alarm, yields, and lets what it is about be over."""

AT = datetime(2026, 11, 29, tzinfo=UTC)
EVERY_LANE = ("mine-in", "mine-out", "plant-in", "plant-out")


def records_forgotten(gateway: Gateway) -> Iterator[None]:
    lane, journals = gateway.lane("mine-in"), Journals(gateway.engine)
    forgotten = lane.refused(uuid4())
    journals.hear(lane, seq=1)
    yield
    gateway.receive(forgotten)
    journals.hear(lane, seq=1)


def settlement_forgot(gateway: Gateway) -> Iterator[None]:
    with fake_settlement() as settlement:
        books = Books(gateway, settlement)
        books.comparison.compare()
        yield
        books.answer(revision=1, state="paid")
        settlement.known = lambda ticket_id: settled(ticket_id, 1, "paid")
        books.comparison.compare()


def lane_unknown(gateway: Gateway) -> Iterator[None]:
    shed = FakeLane("mine", "shed")
    gateway.receive(shed.arrived(uuid4()))
    Watch(gateway).after(1)
    yield
    with gateway.engine.begin() as connection:
        key = public_text(shed.key.public_key())
        row = {"id": "shed", "yard_id": "mine", "name": "shed", "public_key": key}
        connection.execute(
            insert(lanes), row | {"e_kg": 20, "max_kg": 100_000, "created_ms": START_MS}
        )
    Watch(gateway).after(1)


def record_unreadable(gateway: Gateway) -> Iterator[None]:
    lane = gateway.lane("mine-in")
    gateway.receive(lane.envelope(Sealed.seal('{"kind":"truck_flew.v1"}', lane.key)))
    yield
    gateway.receive(lane.arrived(uuid4()))


def record_failed(gateway: Gateway) -> Iterator[None]:
    class Failing:
        def apply(self, *_: object) -> Applied:
            raise KeyError("no such rule")

        answer_again = prepare = apply

    gateway.tickets, whole = Failing(), gateway.tickets  # type: ignore[assignment]
    arrived = gateway.lane("mine-in").arrived(uuid4())
    work(gateway, Hand(arrived), gateway.engine)
    yield
    gateway.tickets = whole
    gateway.receive(arrived)


def records_missing(gateway: Gateway) -> Iterator[None]:
    lane = gateway.lane("mine-in")
    first, second = lane.fault("raised"), lane.fault("cleared")
    gateway.receive(second)
    yield
    gateway.receive(first)


def records_late(gateway: Gateway) -> Iterator[None]:
    lane, watch = gateway.lane("mine-in"), Watch(gateway).after(0, *EVERY_LANE)
    missing = lane.refused(uuid4())
    said = LaneState(online=True, epoch=lane.epoch, seq=1)
    watch.reports.take("mine", "mine-in", said)
    watch.after(601, *EVERY_LANE)
    yield
    gateway.receive(missing)
    watch.after(1, *EVERY_LANE)


def clock_off(gateway: Gateway) -> Iterator[None]:
    watch = Watch(gateway).after(0, *EVERY_LANE)
    for _ in range(2):
        watch.ears.hear("mine", "mine-in", gateway.now_ms + 28_800_000)
        watch.after(5, *EVERY_LANE)
    yield
    watch.ears.hear("mine", "mine-in", gateway.now_ms)
    watch.after(5, *EVERY_LANE)


def lane_silent(gateway: Gateway) -> Iterator[None]:
    watch = Watch(gateway).after(0, *EVERY_LANE)
    watch.after(31, *EVERY_LANE[1:])
    yield
    watch.after(1, *EVERY_LANE)


def gateway_key_wrong(gateway: Gateway) -> Iterator[None]:
    lane, watch = ("mine", "mine-in"), Watch(gateway).after(0, *EVERY_LANE)
    watch.keys.say(lane, LaneState(online=True, gateway_key_id="f" * 16, unopened=3))
    watch.after(5, *EVERY_LANE)
    yield
    watch.keys.say(lane, LaneState(online=True, gateway_key_id=OWN_KEY_ID))
    watch.after(5, *EVERY_LANE)


def broker_lost(gateway: Gateway) -> Iterator[None]:
    watch = Watch(gateway, trouble="not connected to the MQTT broker").after(0).after(31)
    yield
    watch.trouble = None
    watch.after(1)


def lane_fault(gateway: Gateway) -> Iterator[None]:
    lane = gateway.lane("mine-in")
    gateway.receive(lane.fault("raised"))
    yield
    gateway.receive(lane.fault("cleared"))


def zero_off(gateway: Gateway) -> Iterator[None]:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, zero_before_kg=40))
    yield
    gateway.receive(lane.arrived(uuid4(), zero_before_kg=0))


def plate(read: PlateRead | None) -> Story:
    def story(gateway: Gateway) -> Iterator[None]:
        lane = gateway.lane("mine-in")
        gateway.receive(lane.arrived(uuid4(), plate=read))
        yield
        seen = PlateRead(text="蒙K00001", camera="entry", camera_at=AT, age_ms=0)
        gateway.receive(lane.arrived(uuid4(), plate=seen))

    return story


def released_unmatched(gateway: Gateway) -> Iterator[None]:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, 16_000)
    gateway.receive(weighed)
    set_order(gateway, "cancelled")
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))
    yield
    set_order(gateway, "open")
    with gateway.engine.begin() as connection:
        rules = TicketRules.of(gateway.settings)
        book_held_stop(connection, stop_id, "dispatcher", rules, gateway.now_ms)


def trip_incomplete(gateway: Gateway) -> Iterator[None]:
    let_out(gateway, "mine-in", 16_000)
    gateway.lane("mine-out").clock = Clock(gateway.lane("mine-in").clock.now_ms)
    gateway.lane("plant-in").clock.now_ms += 60_000
    let_out(gateway, "plant-in", 48_960)
    let_out(gateway, "plant-out", 15_980)
    yield
    let_out(gateway, "mine-out", 49_000)


def let_out(gateway: Gateway, name: str, weight_kg: int) -> None:
    lane, stop_id = gateway.lane(name), uuid4()
    gateway.receive(lane.arrived(stop_id))
    weighed = lane.weighed(stop_id, weight_kg)
    gateway.receive(weighed)
    gateway.receive(lane.released(stop_id, record_in(weighed).event_id, "offline"))


def set_order(gateway: Gateway, status: str) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(update(orders).values(status=status))


def delivered(gateway: Gateway) -> str:
    """Return the ticket of a whole trip."""
    gateway.deliver()
    return str(gateway.row(outbox)["ticket_id"])


def answer(
    gateway: Gateway, ticket_id: str, revision: int, state: str, reason: str | None = None
) -> list[str]:
    """Let settlement answer about a ticket; return the kinds of alarms that screens are told of."""
    said = SettlementState.model_validate_json(settled(ticket_id, revision, state, reason)[1])
    with gateway.engine.begin() as connection:
        hints = store_settlement(connection, said, gateway.now_ms)
    return [hint.data["kind"] for hint in hints if hint.event == "alarm"]


def ticket_not_settled(gateway: Gateway) -> Iterator[None]:
    ticket_id = delivered(gateway)
    with gateway.engine.begin() as connection:
        refuse_settlement(connection, UUID(ticket_id), "422: account", gateway.now_ms)
    yield
    answer(gateway, ticket_id, revision=1, state="ready")


def outbox_stuck(gateway: Gateway) -> Iterator[None]:
    delivered(gateway)
    watch = Watch(gateway).after(0).after(121, *EVERY_LANE)
    yield
    with gateway.engine.begin() as connection:
        connection.execute(update(outbox).values(done_ms=gateway.now_ms))
    watch.after(1, *EVERY_LANE)


def staff_not_told(gateway: Gateway) -> Iterator[None]:
    at = {"created_ms": gateway.now_ms, "due_ms": gateway.now_ms}
    with gateway.engine.begin() as connection:
        connection.execute(insert(staff_notices), {"id": "n", "body": "{}", **at})
    watch = Watch(gateway).after(299, *EVERY_LANE)
    assert gateway.alarms() == []
    watch.after(2, *EVERY_LANE)
    yield
    with gateway.engine.begin() as connection:
        connection.execute(update(staff_notices).values(done_ms=gateway.now_ms))
    watch.after(1, *EVERY_LANE)


def payout(state: str, reason: str | None) -> Story:
    def story(gateway: Gateway) -> Iterator[None]:
        ticket_id = delivered(gateway)
        answer(gateway, ticket_id, revision=1, state=state, reason=reason)
        yield
        answer(gateway, ticket_id, revision=2, state="paid")

    return story


def payout_waiting(gateway: Gateway) -> Iterator[None]:
    ticket_id = delivered(gateway)
    answer(gateway, ticket_id, revision=1, state="held", reason="funds")
    set_done(gateway)
    Watch(gateway).after(30 * 60)
    yield
    answer(gateway, ticket_id, revision=2, state="paid")


def set_done(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(update(outbox).values(done_ms=gateway.now_ms))


STORIES: dict[AlarmKind, Story] = {
    AlarmKind.LANE_UNKNOWN: lane_unknown,
    AlarmKind.RECORD_UNREADABLE: record_unreadable,
    AlarmKind.RECORD_FAILED: record_failed,
    AlarmKind.RECORDS_MISSING: records_missing,
    AlarmKind.RECORDS_LATE: records_late,
    AlarmKind.RECORDS_FORGOTTEN: records_forgotten,
    AlarmKind.SETTLEMENT_FORGOT: settlement_forgot,
    AlarmKind.LANE_SILENT: lane_silent,
    AlarmKind.GATEWAY_KEY_WRONG: gateway_key_wrong,
    AlarmKind.BROKER_LOST: broker_lost,
    AlarmKind.STAFF_NOT_TOLD: staff_not_told,
    AlarmKind.LANE_FAULT: lane_fault,
    AlarmKind.ZERO_OFF: zero_off,
    AlarmKind.CLOCK_OFF: clock_off,
    AlarmKind.PLATE_MISSING: plate(None),
    AlarmKind.PLATE_UNREAD: plate(PlateRead(text=None, camera="entry", camera_at=AT, age_ms=0)),
    AlarmKind.RELEASED_UNMATCHED: released_unmatched,
    AlarmKind.TRIP_INCOMPLETE: trip_incomplete,
    AlarmKind.TICKET_NOT_SETTLED: ticket_not_settled,
    AlarmKind.OUTBOX_STUCK: outbox_stuck,
    AlarmKind.PAYOUT_STOPPED: payout("held", "guard"),
    AlarmKind.PAYOUT_UNCONFIRMED: payout("held", "payee_unknown"),
    AlarmKind.PAYOUT_OVER_LIMIT: payout("held", "limit"),
    AlarmKind.PAYOUT_FAILED: payout("failed", "account_closed"),
    AlarmKind.PAYOUT_RETURNED: payout("returned", "account_closed"),
    AlarmKind.PAYOUT_MANUAL: payout("manual", "bank_contradicts"),
    AlarmKind.PAYOUT_WAITING: payout_waiting,
}


def test_every_kind_that_closes_by_itself_has_its_story() -> None:
    assert set(STORIES) == {kind for kind, row in ALARMS.items() if row.closed_by}


@pytest.mark.parametrize("kind", STORIES)
def test_it_is_open_until_it_is_over(gateway: Gateway, kind: AlarmKind) -> None:
    if kind in {AlarmKind.PLATE_MISSING, AlarmKind.PLATE_UNREAD}:
        gateway.with_settings(plates=Plates(policy=PlatePolicy.PREFERRED))
    story = STORIES[kind](gateway)
    next(story)
    assert gateway.alarms() == [kind]
    assert next(story, "told") == "told"
    assert gateway.alarms() == []
    row = gateway.row(alarms, kind=kind)
    assert (row["resolved_by"], row["open_key"]) == (None, None)
    assert row["resolved_ms"] is not None


def test_a_zero_that_is_not_known_closes_nothing(gateway: Gateway) -> None:
    lane, stop_id = gateway.lane("mine-in"), uuid4()
    gateway.receive(lane.arrived(stop_id, zero_before_kg=-40))
    gateway.receive(lane.left(stop_id, None, zero_after_kg=None))
    assert gateway.alarms() == ["zero_off"]


def test_a_lane_that_another_name_is_registered_for_stays_unknown(gateway: Gateway) -> None:
    story = lane_unknown(gateway)
    next(story)
    gateway.receive(FakeLane("mine", "barn").arrived(uuid4()))
    next(story, None)
    assert [row["subject"] for row in gateway.rows(alarms) if row["open_key"]] == ["mine/barn"]
