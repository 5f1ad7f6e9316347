"""A gateway that lost what it had receipted says so, asks for it, and is well when it has it."""

from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from edge.messages import DOWNLINK, LaneState, Sealed, SendAgain
from gateway.ingest.agreement import ASK_EVERY_MS, Agreement
from gateway.ingest.replies import Replies
from gateway.records.envelope import Envelope
from gateway.records.losses import Loss
from gateway.records.tables import alarms
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import START_MS, FakeLane

IN = ("mine", "mine-in")


class Compared:
    """An agreement that is compared by hand, and what it asked lanes for."""

    def __init__(self, engine: Engine) -> None:
        self.now_ms = START_MS
        self.asked: list[tuple[str, SendAgain]] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.forgot = 0
        self.agreement = Agreement(
            engine,
            Replies(self, Ed25519PrivateKey.generate()),
            lambda event, data: self.told.append((event, data)),
            lambda: self.now_ms,
            self._forget,
        )

    def send(self, topic: str, payload: str, *, retain: bool = False) -> bool:
        assert not retain
        message = DOWNLINK.validate_json(Sealed.model_validate_json(payload).body)
        assert isinstance(message, SendAgain)
        self.asked.append((topic, message))
        return True

    def hear(self, lane: FakeLane, seq: int, depth: int = 0, **others: Any) -> None:
        state = LaneState(
            **{"online": True, "epoch": lane.epoch, "seq": seq, "outbox_depth": depth} | others
        )
        self.agreement.heard(lane.yard, lane.lane, state)
        self.agreement.compare()

    def reason(self) -> str | None:
        """Return what /readyz says of the numbers."""
        found = self.agreement.check()
        return None if found == "the agreement thread has not been started" else found

    def _forget(self) -> None:
        self.forgot += 1


@pytest.fixture
def compared(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Compared:
    made = Compared(gateway.engine)
    monkeypatch.setattr(made.agreement.loop, "standstill", lambda: None)
    return made


def sent(lane: FakeLane, count: int) -> list[Envelope]:
    """Return the lane's next records; the gateway has none of them."""
    return [lane.refused(uuid4()) for _ in range(count)]


def test_lanes_that_agree_make_no_alarm(gateway: Gateway, compared: Compared) -> None:
    lane = gateway.lane("mine-in")
    for envelope in sent(lane, 5):
        gateway.receive(envelope)
    compared.hear(lane, seq=5)
    compared.hear(lane, seq=9, depth=4)
    assert (compared.asked, compared.reason(), gateway.alarms()) == ([], None, [])


def test_what_was_receipted_and_is_gone_is_an_alarm_asked_for_and_makes_unready(
    gateway: Gateway, compared: Compared
) -> None:
    lane = gateway.lane("mine-in")
    kept, lost = sent(lane, 3), sent(lane, 4)
    for envelope in kept:
        gateway.receive(envelope)
    compared.hear(lane, seq=7)
    [(topic, asked)] = compared.asked
    assert topic == "taigan/v1/mine/mine-in/receipt"
    assert (asked.epoch, asked.seq) == (lane.epoch, 4)
    assert gateway.row(alarms)["detail"] == f"records 4 to 7 of journal {lane.epoch}"
    assert compared.forgot == 1
    assert compared.reason() is not None
    assert "mine/mine-in up to 7" in str(compared.reason())

    compared.hear(lane, seq=7, depth=4)  # the lane has taken them into its outbox
    assert (len(compared.asked), gateway.alarms()) == (1, ["records_forgotten"])
    assert compared.reason() is not None
    for envelope in lost:
        gateway.receive(envelope)
    compared.hear(lane, seq=7, depth=1)
    assert (compared.reason(), gateway.alarms()) == (None, [])


def test_what_waits_behind_the_gap_does_not_hide_it(gateway: Gateway, compared: Compared) -> None:
    lane = gateway.lane("mine-in")
    lost, parked = sent(lane, 4), sent(lane, 6)
    for envelope in parked:
        gateway.receive(envelope)
    compared.hear(lane, seq=10)
    assert [one.seq for _, one in compared.asked] == [1]
    for envelope in lost:
        gateway.receive(envelope)
    compared.hear(lane, seq=10)
    assert (compared.reason(), gateway.alarms()) == (None, [])


def test_a_lane_that_does_not_begin_is_asked_again_and_not_more_often(
    gateway: Gateway, compared: Compared
) -> None:
    lane = gateway.lane("mine-in")
    for _ in range(5):
        compared.hear(lane, seq=3)
    assert len(compared.asked) == 1
    compared.now_ms += ASK_EVERY_MS
    compared.hear(lane, seq=3)
    assert len(compared.asked) == 2
    assert gateway.row(alarms)["count"] == 1


def test_another_gateway_and_the_next_one_know_of_it(gateway: Gateway, compared: Compared) -> None:
    lane = gateway.lane("mine-in")
    compared.hear(lane, seq=3)
    after_restart = Compared(gateway.engine)
    after_restart.hear(lane, seq=3, depth=3)
    assert len(after_restart.agreement._losses) == 1
    for envelope in sent(lane, 3):
        gateway.receive(envelope)
    after_restart.agreement.compare()
    compared.agreement.compare()
    assert (compared.reason(), gateway.alarms()) == (None, [])


def test_a_lane_that_cannot_send_keeps_its_alarm_and_no_gateway_unready(
    gateway: Gateway, compared: Compared
) -> None:
    lane = gateway.lane("mine-in")
    compared.hear(lane, seq=3)
    assert compared.reason() is not None
    compared.hear(lane, seq=0, online=False, epoch="")
    assert (compared.reason(), gateway.alarms()) == (None, ["records_forgotten"])
    compared.hear(lane, seq=0, epoch="00000000000000bb")
    assert (compared.reason(), gateway.alarms()) == (None, ["records_forgotten"])
    compared.hear(lane, seq=3, depth=3)
    assert compared.reason() is not None


def test_a_claim_that_its_lane_takes_back_is_over(gateway: Gateway, compared: Compared) -> None:
    lane = gateway.lane("mine-in")
    compared.hear(lane, seq=1_000_000)  # not signed: anybody on the lane's topic can say it
    assert compared.reason() is not None
    compared.hear(lane, seq=0)
    assert (compared.reason(), gateway.alarms()) == (None, [])


def test_a_lane_that_is_not_registered_is_not_believed(
    gateway: Gateway, compared: Compared
) -> None:
    compared.hear(FakeLane("mine", "nowhere"), seq=9)
    assert (compared.asked, gateway.alarms()) == ([], [])


def test_many_lanes_are_named_in_few_words(gateway: Gateway, compared: Compared) -> None:
    compared.agreement._losses = [loss_of(gateway.lane("mine-in"), last) for last in range(1, 9)]
    compared.agreement.heard(*IN, LaneState(online=True, epoch=gateway.lane("mine-in").epoch))
    assert str(compared.reason()).endswith("and 3 lanes more")


def loss_of(lane: FakeLane, last: int) -> Loss:
    return Loss(lane.yard, lane.lane, lane.epoch, last)
