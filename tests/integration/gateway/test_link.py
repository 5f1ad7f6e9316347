"""The gateway's MQTT client against a real broker: redelivery, reconnection, its watchdog."""

import threading
from collections.abc import Iterator

import pytest

from gateway.config import Mqtt
from gateway.ingest import mqtt
from gateway.ingest.mqtt import MqttLink
from gateway.ingest.source import Delivery
from tests.integration.gateway.test_brokers import Client
from tests.integration.taigan.stubborn_broker import StubbornBroker
from tests.services.mosquitto import Mosquitto

pytestmark = pytest.mark.mosquitto
EVENT = "taigan/v1/mine/mine-in/event"
WAIT_S = 15


class Watched:
    """A running link, and when it became ready."""

    def __init__(self, port: int) -> None:
        self._ready = threading.Semaphore(0)
        settings = Mqtt(broker="external", port=port, username="gateway", password="secret")
        self.link = MqttLink(settings, lambda *_, **__: None, self._ready.release)
        self.link.start()
        self.becomes_ready()

    def becomes_ready(self) -> None:
        assert self._ready.acquire(timeout=WAIT_S)

    def has_sent_all(self) -> None:
        """Return once paho's thread has written what it was given."""
        pause = threading.Event()
        while self.link._connection.client.want_write():
            pause.wait(0.01)

    def fetch(self) -> Delivery:
        delivery = self.link.fetch(WAIT_S)
        assert delivery is not None
        return delivery


@pytest.fixture
def watched(mosquitto: Mosquitto) -> Iterator[Watched]:
    watched = Watched(mosquitto.port)
    yield watched
    watched.link.stop()


@pytest.fixture
def lane(mosquitto: Mosquitto) -> Iterator[Client]:
    client = Client(mosquitto.port, "mine/mine-in")
    yield client
    client.close()


def test_what_is_given_back_is_delivered_again_until_it_is_acknowledged(
    watched: Watched, lane: Client
) -> None:
    lane.say(EVENT, b"1")
    assert watched.fetch().envelope.payload == b"1"
    watched.link.give_back()
    watched.becomes_ready()
    again = watched.fetch()
    assert again.envelope.payload == b"1"
    watched.link.acknowledge(again)
    watched.has_sent_all()
    lane.say(EVENT, b"2")
    assert watched.fetch().envelope.payload == b"2"
    watched.link.give_back()
    watched.becomes_ready()
    assert watched.fetch().envelope.payload == b"2"
    assert watched.link.fetch(0.5) is None


def test_an_acknowledgement_from_an_earlier_connection_confirms_nothing(
    watched: Watched, lane: Client
) -> None:
    lane.say(EVENT, b"1")
    first = watched.fetch()
    for _ in range(2):
        watched.link.give_back()
        watched.becomes_ready()
        watched.link.acknowledge(first)
        assert watched.fetch().envelope.payload == b"1"


# paho forgets to close the pair of sockets by which its dead thread was woken.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)
def test_a_network_thread_that_died_is_replaced(watched: Watched, lane: Client) -> None:
    watched.link._connection.client.loop_stop()
    watched.becomes_ready()
    lane.say(EVENT, b"after")
    assert watched.fetch().envelope.payload == b"after"


def test_without_a_broker_nothing_is_sent_and_it_says_so(
    watched: Watched, mosquitto: Mosquitto
) -> None:
    assert watched.link.check() is None
    mosquitto.kill()
    while watched.link.check() is None:
        assert watched.link.fetch(0.05) is None
    assert not watched.link.send("taigan/v1/mine/mine-in/receipt", "{}")
    mosquitto.start()
    watched.becomes_ready()
    assert watched.link.send("taigan/v1/mine/mine-in/receipt", "{}")


def test_what_finds_no_room_is_told_to_be_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of orders that was dropped must not count as sent."""
    monkeypatch.setattr(mqtt, "SENDING_MAX", 1)
    broker = StubbornBroker([[1, 0, 1, 1]])
    watched = Watched(broker.port)
    sent = [watched.link.send("taigan/v1/mine/mine-in/orders", "{}", retain=True) for _ in "ab"]
    watched.link.stop()
    broker.close()
    assert sent == [True, False]
