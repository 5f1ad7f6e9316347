"""A repeat is answered from memory only where the database could not say anything else."""

from uuid import uuid4

import pytest

from edge.messages import Record, Verdict
from gateway.ingest.given_receipts import KEPT_PER_LANE, GivenReceipts
from gateway.records.envelope import Envelope
from tests.integration.gateway.yard import FakeLane, record_in


def lane() -> FakeLane:
    return FakeLane("mine", "mine-in")


def note(given: GivenReceipts, envelope: Envelope, verdict: Verdict = Verdict.ACCEPTED) -> Record:
    record = record_in(envelope)
    given.note(envelope, record, ((record.epoch, record.seq, verdict),))
    return record


def a_stop(one: FakeLane) -> list[Envelope]:
    stop_id, weighing_id = uuid4(), uuid4()
    return [
        one.arrived(stop_id),
        one.weighed(stop_id, 20_000, event_id=weighing_id),
        one.released(stop_id, weighing_id),
        one.left(stop_id, weighing_id),
    ]


def test_a_repeat_gets_the_receipt_that_was_given() -> None:
    given, stop = GivenReceipts(), a_stop(lane())
    records = [note(given, envelope) for envelope in stop]
    for envelope, record in zip(stop, records, strict=True):
        assert given.answer(envelope) == ((record.epoch, record.seq, Verdict.ACCEPTED),)


def test_a_record_whose_decision_may_be_waited_for_is_looked_up() -> None:
    given, (arrived, weighed, released, _) = GivenReceipts(), a_stop(lane())
    note(given, arrived)
    assert given.answer(arrived) == ()
    note(given, weighed)
    assert given.answer(arrived) != ()
    assert given.answer(weighed) == ()
    note(given, released)
    assert given.answer(weighed) != ()


def test_a_fault_does_not_show_that_the_lane_has_gone_on() -> None:
    given, one = GivenReceipts(), lane()
    arrived = one.arrived(uuid4())
    note(given, arrived)
    note(given, one.fault("raised"))
    assert given.answer(arrived) == ()


@pytest.mark.parametrize("verdict", [Verdict.PARKED, Verdict.FORK])
def test_a_verdict_that_is_not_final_is_looked_up(verdict: Verdict) -> None:
    given, envelope = GivenReceipts(), lane().refused(uuid4())
    note(given, envelope, verdict)
    assert given.answer(envelope) == ()


def test_other_bytes_and_other_lanes_are_looked_up() -> None:
    given, envelope = GivenReceipts(), lane().refused(uuid4())
    note(given, envelope)
    assert given.answer(Envelope("mine", "mine-in", envelope.payload + b" ")) == ()
    assert given.answer(Envelope("mine", "mine-out", envelope.payload)) == ()


def test_a_new_journal_makes_the_old_one_forgotten() -> None:
    given, envelope = GivenReceipts(), lane().refused(uuid4())
    note(given, envelope)
    note(given, FakeLane("mine", "mine-in", epoch="00000000000000bb").refused(uuid4()))
    assert given.answer(envelope) == ()


def test_only_the_last_receipts_of_a_lane_are_kept() -> None:
    given, one = GivenReceipts(), lane()
    sent = [one.refused(uuid4()) for _ in range(KEPT_PER_LANE + 1)]
    for envelope in sent:
        note(given, envelope)
    assert [given.answer(envelope) != () for envelope in sent] == [False] + [True] * KEPT_PER_LANE


def test_everything_can_be_forgotten() -> None:
    given, envelope = GivenReceipts(), lane().refused(uuid4())
    note(given, envelope)
    given.forget()
    assert given.answer(envelope) == ()
