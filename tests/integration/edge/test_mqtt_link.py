"""The link over a real Mosquitto: reconnects, resubscribes, tells the truth about being gone."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from edge.box.downlink import open_downlink
from edge.box.feeds import reader_feed
from edge.devices.readers.json_tag import JsonTag
from edge.io.mqtt_link import MqttLink
from edge.lane.signals import (
    CardRead,
    CardUnreadable,
    CommandReceived,
    LinkChanged,
    OrdersReceived,
    PortChanged,
    ReceiptReceived,
)
from edge.messages import Action, Receipt, Sealed, Verdict, topic
from taigan.broker import BrokerSettings
from tests.integration.edge.identities import GATEWAY
from tests.services.mosquitto import Mosquitto, private_mosquitto
from tests.unit.edge.lanes import command, orders

pytestmark = pytest.mark.mosquitto

WAIT_S = 15
USERS = {"gateway": "g", "mine/in": "l"}
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    with private_mosquitto(USERS) as running:
        yield running


class Gateway:
    """A client with the gateway's rights; what it hears waits in a queue."""

    def __init__(self, broker: Mosquitto) -> None:
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.ready = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="gateway")
        self.client.username_pw_set("gateway", "g")
        self.client.on_connect = lambda client, *_: client.subscribe("taigan/v1/#", 1)
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = lambda _client, _data, message: self.heard.put(
            (message.topic, bytes(message.payload))
        )
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        assert self.ready.wait(WAIT_S)

    def hear(self, name: Any) -> Any:
        while True:
            where, payload = self.heard.get(timeout=WAIT_S)
            if where == topic("mine", "in", name):
                return json.loads(payload)

    def say(self, name: Any, message: Any, key: Ed25519PrivateKey = GATEWAY) -> None:
        sealed = Sealed.seal(message.model_dump_json(), key).model_dump_json()
        self.client.publish(topic("mine", "in", name), sealed, qos=1)

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        # paho closes its pair of sockets when it goes; in a circle with us that may be too late.
        self.client.on_connect = self.client.on_subscribe = self.client.on_message = None


@pytest.fixture
def gateway(broker: Mosquitto) -> Iterator[Gateway]:
    made = Gateway(broker)
    yield made
    made.stop()


class Lane:
    """The link of lane mine/in, and what it posted."""

    def __init__(self, broker: Mosquitto, password: str = USERS["mine/in"]) -> None:
        self.signals: queue.Queue[Any] = queue.Queue()
        self.bytes: queue.Queue[bytes] = queue.Queue()
        self.link = MqttLink(
            BrokerSettings(
                host="127.0.0.1", port=broker.port, username="mine/in", password=password
            ),
            yard="mine",
            lane="in",
            open_downlink=lambda sealed: open_downlink(sealed, GATEWAY.public_key()),
            post=self.signals.put_nowait,
        )
        self.link.listen("indicator", lambda data, _: self.bytes.put(data), part="scale")

    def until(self, is_it: Callable[[Any], bool]) -> Any:
        while True:
            signal = self.signals.get(timeout=WAIT_S)
            if is_it(signal):
                return signal

    def a(self, kind: type) -> Any:
        return self.until(lambda signal: isinstance(signal, kind))

    def connected(self, *, connected: bool) -> None:
        self.until(lambda one: isinstance(one, LinkChanged) and one.connected is connected)


@pytest.fixture
def lane(broker: Mosquitto) -> Iterator[Lane]:
    made = Lane(broker)
    made.link.start()
    made.connected(connected=True)
    yield made
    made.link.stop()


def test_signed_messages_of_every_kind_arrive(lane: Lane, gateway: Gateway) -> None:
    gateway.say("command", command(Action.ADMIT))
    assert lane.a(CommandReceived).command == command(Action.ADMIT)
    receipt = Receipt(entries=(("a" * 16, 1, Verdict.ACCEPTED),))
    gateway.say("receipt", receipt)
    assert lane.a(ReceiptReceived).receipt == receipt
    gateway.say("orders", orders())
    received = lane.a(OrdersReceived)
    assert received.orders == orders()
    assert Sealed.model_validate_json(received.sealed).verify(GATEWAY.public_key())


@pytest.mark.parametrize(
    ("payload", "unopened"),
    [(b"", 2), (b"not json", 2), (b"\xff\xfe", 2), (b"x" * 200_000, 2), (b"x" * 300_000, 1)],
)
def test_rubbish_and_forgeries_are_ignored_and_the_link_lives_on(
    lane: Lane, gateway: Gateway, payload: bytes, unopened: int
) -> None:
    """What is larger than any message of ours the broker hands to nobody."""
    gateway.client.publish(topic("mine", "in", "command"), payload, qos=1)
    gateway.say("command", command(Action.REFUSE), key=STRANGER)
    gateway.say("command", command(Action.ADMIT))
    assert lane.a(CommandReceived).command.action is Action.ADMIT
    assert lane.link.unopened == unopened


def test_a_device_that_speaks_mqtt_is_heard(lane: Lane, gateway: Gateway) -> None:
    gateway.client.publish("taigan/v1/mine/in/device/indicator", b"\x02+", qos=0)
    assert lane.bytes.get(timeout=WAIT_S) == b"\x02+"


@pytest.fixture
def gate(broker: Mosquitto) -> Iterator[Lane]:
    """A lane whose reader publishes its tags as JSON."""
    made = Lane(broker)
    feed = reader_feed("gate", JsonTag(), made.signals.put, messages=True)
    made.link.listen("gate-uhf", feed, part="gate")
    made.link.start()
    made.connected(connected=True)
    yield made
    made.link.stop()


GATE_TOPIC = "taigan/v1/mine/in/device/gate-uhf"


def test_tags_that_another_program_publishes_are_read(gate: Lane, gateway: Gateway) -> None:
    gateway.client.publish(GATE_TOPIC, b'{"tag": "e2001071", "rssi_dbm": -55, "antenna": 1}')
    first = gate.a(CardRead)
    assert (first.reader, first.tag, first.rssi_dbm) == ("gate", "E2001071", -55)
    gateway.client.publish(GATE_TOPIC, b'[{"tag": "AABB"}, {"tag": "AACC"}]', qos=1)
    assert [gate.a(CardRead).tag for _ in range(2)] == ["AABB", "AACC"]


def test_what_is_no_tag_is_told_with_its_reason(gate: Lane, gateway: Gateway) -> None:
    gateway.client.publish(GATE_TOPIC, b'{"tag": "AA', qos=1)
    told = gate.a(CardUnreadable)
    assert told.reader == "gate"
    assert "JSON" in told.reason


@pytest.mark.parametrize("payload", [b"", b'{"tag": "AA', b'{"tag": "AABB", "rssi_dbm": "x"}'])
def test_a_payload_that_is_no_tag_takes_nothing_from_the_next(
    gate: Lane, gateway: Gateway, payload: bytes
) -> None:
    gateway.client.publish(GATE_TOPIC, payload, qos=1)
    gateway.client.publish(GATE_TOPIC, b'{"tag": "AABB"}', qos=1)
    assert gate.a(CardRead).tag == "AABB"


def test_a_tag_that_the_broker_kept_is_no_tag_in_the_field(
    broker: Mosquitto, gateway: Gateway
) -> None:
    gateway.client.publish(GATE_TOPIC, b'{"tag": "AABB"}', qos=1, retain=True).wait_for_publish()
    lane = Lane(broker)
    feed = reader_feed("gate", JsonTag(), lane.signals.put, messages=True)
    lane.link.listen("gate-uhf", feed, part="gate")
    lane.link.start()
    lane.connected(connected=True)
    gateway.say("command", command(Action.ADMIT))
    lane.a(CommandReceived)
    gateway.client.publish(GATE_TOPIC, b'{"tag": "AACC"}', qos=1)
    assert lane.a(CardRead).tag == "AACC"
    gateway.client.publish(GATE_TOPIC, b"", qos=1, retain=True).wait_for_publish()
    lane.link.stop()


def test_a_feed_that_fails_does_not_take_the_link_with_it(
    broker: Mosquitto, gateway: Gateway
) -> None:
    def fail(_data: bytes, _now_ms: int) -> None:
        raise RuntimeError("a fault of our own")

    lane = Lane(broker)
    lane.link.listen("gate-uhf", fail, part="gate")
    lane.link.start()
    lane.connected(connected=True)
    gateway.client.publish(GATE_TOPIC, b"\x02+", qos=1)
    gateway.say("command", command(Action.ADMIT))
    assert lane.a(CommandReceived).command.action is Action.ADMIT
    lane.link.stop()


def test_a_lane_that_does_not_keep_up_drops_what_comes_again_anyway(
    broker: Mosquitto, gateway: Gateway
) -> None:
    lane = Lane(broker)
    lane.signals.maxsize = 2
    lane.link.start()
    lane.connected(connected=True)
    for _ in range(5):
        gateway.say("command", command(Action.ADMIT))
    gateway.client.publish("taigan/v1/mine/in/device/indicator", b"last", qos=1)
    assert lane.bytes.get(timeout=WAIT_S) == b"last"
    assert lane.signals.qsize() == 2
    lane.link.stop()


def test_a_lane_that_did_not_keep_up_is_told_again_that_it_is_connected(broker: Mosquitto) -> None:
    lane = Lane(broker)
    lane.signals.maxsize = 1
    lane.signals.put("something else")
    lane.link.start()
    while not lane.link._connection.is_ready or lane.link._untold is None:
        threading.Event().wait(0.01)
    assert lane.signals.get() == "something else"
    lane.signals.maxsize = 0
    lane.link.check()
    lane.connected(connected=True)
    assert lane.a(PortChanged).is_open
    lane.link.stop()


def test_what_is_published_has_its_topic_and_only_the_state_is_retained(
    lane: Lane, gateway: Gateway, broker: Mosquitto
) -> None:
    for name in ("event", "live", "command-result", "state"):
        lane.link.publish(name, f'{{"name": "{name}"}}')
        assert gateway.hear(name) == {"name": name}
    gateway.stop()
    later = Gateway(broker)
    assert later.hear("state") == {"name": "state"}
    later.stop()


def test_an_orderly_end_is_told_like_a_sudden_one(broker: Mosquitto, gateway: Gateway) -> None:
    lane = Lane(broker)
    lane.link.start()
    lane.connected(connected=True)
    lane.link.publish("state", '{"online": true}')
    while not gateway.hear("state")["online"]:
        continue
    lane.link.stop()
    assert gateway.hear("state")["online"] is False


def test_after_a_broker_crash_the_lane_connects_and_listens_again(broker: Mosquitto) -> None:
    lane = Lane(broker)
    lane.link.start()
    lane.connected(connected=True)
    broker.kill()
    lane.connected(connected=False)
    assert lane.a(PortChanged).device == "scale"
    broker.start()
    lane.connected(connected=True)
    gateway = Gateway(broker)
    gateway.say("command", command(Action.ADMIT))
    assert lane.a(CommandReceived).command.action is Action.ADMIT
    gateway.stop()
    lane.link.stop()


def test_a_wrong_password_is_not_a_connection(broker: Mosquitto) -> None:
    lane = Lane(broker, password="wrong")
    lane.link.start()
    lane.connected(connected=False)
    lane.link.stop()


# paho forgets to close the pair of sockets by which its dead thread was woken.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)
def test_a_dead_network_thread_is_started_again(broker: Mosquitto, gateway: Gateway) -> None:
    lane = Lane(broker)
    lane.link.start()
    lane.connected(connected=True)
    lane.link._connection.client.loop_stop()
    lane.connected(connected=False)
    lane.connected(connected=True)
    gateway.say("command", command(Action.ADMIT))
    assert lane.a(CommandReceived).command.action is Action.ADMIT
    lane.link.stop()
