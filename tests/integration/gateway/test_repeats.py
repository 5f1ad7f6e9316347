"""A repeated record costs no transaction, on any gateway it changes nothing, and none is lost."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty
from uuid import uuid4

from sqlalchemy import Engine, event

from edge.messages import Receipt, Verdict
from gateway.ingest.waiting import Waiting
from gateway.records.envelope import Envelope
from gateway.records.tables import records
from tests.integration.gateway.air import Air
from tests.integration.gateway.by_hand import Hand, work
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.radio import Radio
from tests.integration.gateway.yard import FakeLane, record_in


@contextmanager
def transactions(engine: Engine) -> Iterator[list[object]]:
    """Yield a list that grows by one with each transaction."""
    begun: list[object] = []

    def note(connection: object) -> None:
        begun.append(connection)

    event.listen(engine, "begin", note)
    yield begun
    event.remove(engine, "begin", note)


def refusals(lane: FakeLane, count: int) -> list[Envelope]:
    return [lane.refused(uuid4()) for _ in range(count)]


def test_a_repeat_is_answered_before_a_transaction_is_opened(gateway: Gateway) -> None:
    sent = refusals(gateway.lane("mine-in"), 3)
    once, often = Hand(*sent), Hand(*gateway_repeats(gateway))
    with transactions(gateway.engine) as first:
        work(gateway, once, gateway.engine)
    with transactions(gateway.engine) as second:
        work(gateway, often, gateway.engine)
    assert len(second) == len(first)
    assert often.sent == ["receipt"] * 9
    assert often.acknowledged == 9


def gateway_repeats(gateway: Gateway) -> list[Envelope]:
    return [one for one in refusals(gateway.lane("mine-out"), 3) for _ in range(3)]


def test_a_gateway_that_did_not_see_the_first_copy_gives_the_same_receipt(
    gateway: Gateway,
) -> None:
    [envelope] = refusals(gateway.lane("mine-in"), 1)
    hands = [Hand(envelope), Hand(envelope)]
    for hand in hands:  # each worker has a memory of its own
        work(gateway, hand, gateway.engine)
    assert [hand.sent for hand in hands] == [["receipt"], ["receipt"]]
    assert len(gateway.rows(records)) == 1
    assert gateway.alarms() == []


def test_a_truck_whose_decision_was_lost_gets_it_with_the_repeat(gateway: Gateway) -> None:
    arrived = gateway.lane("mine-in").arrived(uuid4())
    hand = Hand(arrived, arrived)
    work(gateway, hand, gateway.engine)
    assert hand.sent == ["receipt", "command"] * 2


def test_what_finds_no_room_comes_again_and_nothing_is_lost(air: Air) -> None:
    air.core._link._waiting = Waiting(count_max=1)
    lane, radio = air.world.lane("mine-in"), air.radio("mine-in")
    sent = refusals(lane, 60)
    for envelope in sent:
        radio.send(envelope)
    receipted = {entry[1] for entry in heard(radio, 1)}
    for envelope in sent:
        if record_in(envelope).seq not in receipted:
            radio.send_until_receipted(envelope)
    with air.engine.begin() as connection:
        rows = connection.execute(records.select()).all()
    assert len(rows) == len(sent)
    assert {row.verdict for row in rows} == {Verdict.ACCEPTED.value}


def heard(radio: Radio, timeout_s: float) -> list[tuple[str, int, Verdict]]:
    """Return the receipts that come until none came for a while."""
    found: list[tuple[str, int, Verdict]] = []
    with suppress(Empty):
        while True:
            found += radio.hear(Receipt, timeout_s).entries
    return found
