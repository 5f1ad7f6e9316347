"""The MQTT connection against brokers that do not give what is asked for."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from taigan import mqtt
from taigan.broker import BrokerSettings
from taigan.mqtt import MqttConnection, Received, Session, Subscription
from tests.integration.taigan.stubborn_broker import REFUSED, StubbornBroker

WAIT_S = 15
NEEDED, EXTRA = Subscription("a/b", 1), Subscription("c/d", 1, is_needed=False)


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.is_ready = threading.Event()

    def ready(self) -> None:
        self.is_ready.set()

    def lost(self) -> None:
        self.is_ready.clear()

    def received(self, message: Received) -> None:
        raise AssertionError(message)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(mqtt, "SUBSCRIBE_S", 0.5)
    monkeypatch.setattr(mqtt, "WATCH_EVERY_S", 0.1)
    yield  # noqa: PT022 - the constants are put back after the test


def connects(answers: Sequence[Sequence[int] | None]) -> tuple[int, bool]:
    """Return how many connections it took, and whether the listener was told that it is ready."""
    broker, heard = StubbornBroker(answers), Heard()
    session = Session(client_id="x", is_kept=False, acknowledges_by_hand=False, queued_max=1)
    settings = BrokerSettings(host="127.0.0.1", port=broker.port)
    connection = MqttConnection(settings, session, heard)
    connection.start([NEEDED, EXTRA])
    try:
        return broker.connections, heard.is_ready.wait(WAIT_S)
    finally:
        connection.stop()
        broker.close()
        assert broker.connections >= 1


@pytest.mark.parametrize("first", [None, [REFUSED, 1], [1]], ids=["silent", "refused", "short"])
def test_without_what_is_needed_it_connects_anew(first: Sequence[int] | None) -> None:
    broker_answers = [first, [1, 1]]
    _, is_ready = connects(broker_answers)
    assert is_ready


def test_what_is_not_needed_may_be_refused() -> None:
    assert connects([[1, REFUSED]])[1]


def test_a_message_that_finds_no_room_is_not_said_to_be_sent() -> None:
    broker, heard = StubbornBroker([[1, 1]]), Heard()
    session = Session(
        client_id="x", is_kept=False, acknowledges_by_hand=False, queued_max=2, inflight_max=1
    )
    settings = BrokerSettings(host="127.0.0.1", port=broker.port)
    connection = MqttConnection(settings, session, heard)
    connection.start([NEEDED, EXTRA])
    assert heard.is_ready.wait(WAIT_S)
    sent = [connection.publish("e/f", "x", qos=1) for _ in range(3)]  # never acknowledged
    connection.stop()
    broker.close()
    assert sent == [True, True, False]
