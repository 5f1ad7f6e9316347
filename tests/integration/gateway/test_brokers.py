"""What both brokers do, what only Mosquitto does, and what our rules for it keep apart."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.broker.child import BrokerChild
from tests.integration.gateway.air import free_port
from tests.services.mosquitto import Mosquitto

WAIT_S = 15
Message = tuple[str, bytes, bool]


class Client:
    """One connection that remembers what it heard."""

    def __init__(
        self, port: int, username: str, client_id: str | None = None, **options: Any
    ) -> None:
        will = options.pop("will", None)
        subscriptions = options.pop("to", [])
        self.heard: list[Message] = []
        self._changed = threading.Condition()
        self._up = threading.Event()
        self.lost = threading.Event()
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or username.replace("/", "-"),
            reconnect_on_failure=False,
            **options,
        )
        self.client.username_pw_set(username, "secret")
        if will is not None:
            self.client.will_set(*will)
        self.client.on_message = self._hear
        self.client.on_connect = lambda client, *_: (
            client.subscribe([(name, 1) for name in subscriptions])
            if subscriptions
            else self._up.set()
        )
        self.client.on_subscribe = lambda *_: self._up.set()
        self.client.on_disconnect = lambda *_: self.lost.set()
        self.client.connect("127.0.0.1", port, keepalive=10)
        self.client.loop_start()
        assert self._up.wait(WAIT_S)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, 1, retain).wait_for_publish(WAIT_S)

    def hears(self, count: int, timeout_s: float = WAIT_S) -> list[Message]:
        """Return what was heard once there are `count` messages, or after the time."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.heard) >= count, timeout_s)
            return list(self.heard)

    def drop(self) -> None:
        """Vanish without saying goodbye."""
        opened: Any = self.client.socket()
        opened.shutdown(2)
        self.lost.wait(WAIT_S)
        self.client.loop_stop()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _hear(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        with self._changed:
            self.heard.append((message.topic, bytes(message.payload), message.retain))
            self._changed.notify_all()


Connect = Callable[..., Client]


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connect]:
    with ExitStack() as stack:
        if request.param == "embedded":
            port = free_port()
            stack.callback(BrokerChild(port, tmp_path).stop)
            _wait_for(port)
        else:
            port = request.getfixturevalue("mosquitto").port
        yield _opener(stack, port)


@pytest.fixture
def lane(mosquitto: Mosquitto) -> Iterator[Connect]:
    with ExitStack() as stack:
        yield _opener(stack, mosquitto.port)


def _opener(stack: ExitStack, port: int) -> Connect:
    def opened(username: str, *args: Any, **options: Any) -> Client:
        client = Client(port, username, *args, **options)
        stack.callback(client.close)
        return client

    return opened


def _wait_for(port: int) -> None:
    pause = threading.Event()
    for _ in range(200):
        try:
            Client(port, "probe").close()
        except OSError:
            pause.wait(0.1)
        else:
            return
    raise AssertionError("the broker does not listen")


OWN = "taigan/v1/mine/mine-in"
OTHER = "taigan/v1/mine/mine-out"


def test_a_retained_message_is_there_for_a_later_subscriber(connect: Connect) -> None:
    connect("gateway").say(f"{OWN}/orders", b"kept", retain=True)
    late = connect("mine/mine-in", to=[f"{OWN}/orders"])
    assert late.hears(1) == [(f"{OWN}/orders", b"kept", True)]


def test_the_last_will_of_a_lane_is_told_and_kept(connect: Connect) -> None:
    gateway = connect("gateway", to=["taigan/v1/+/+/state"])
    lane = connect("mine/mine-in", will=(f"{OWN}/state", b"offline", 1, True))
    lane.drop()
    assert gateway.hears(1)[0][:2] == (f"{OWN}/state", b"offline")
    late = connect("gateway", "late", to=["taigan/v1/+/+/state"])
    assert late.hears(1)[0] == (f"{OWN}/state", b"offline", True)


def test_a_session_that_is_away_gets_its_records_when_it_returns(connect: Connect) -> None:
    session = {"clean_session": False, "to": ["taigan/v1/+/+/event"]}
    connect("gateway", **session).close()
    lane = connect("mine/mine-in")
    for number in range(50):
        lane.say(f"{OWN}/event", b"%d" % number)
    heard = connect("gateway", **session).hears(50)
    assert [payload for _, payload, _ in heard] == [b"%d" % number for number in range(50)]


@pytest.mark.mosquitto
def test_mosquitto_delivers_again_what_was_not_acknowledged(lane: Connect) -> None:
    session = {"clean_session": False, "manual_ack": True, "to": [f"{OWN}/event"]}
    first = lane("gateway", **session)
    lane("mine/mine-in").say(f"{OWN}/event", b"1")
    assert len(first.hears(1)) == 1
    first.drop()
    assert [payload for _, payload, _ in lane("gateway", **session).hears(1)] == [b"1"]


@pytest.mark.mosquitto
def test_a_lane_speaks_and_hears_on_its_own_topics_only(lane: Connect) -> None:
    gateway = lane("gateway", to=["taigan/v1/#"])
    thief = lane("mine/mine-in", to=[f"{OTHER}/command", f"{OWN}/command"])
    for topic in (f"{OTHER}/event", f"{OWN}/receipt", f"{OWN}/command", f"{OTHER}/state"):
        thief.say(topic, b"forged")
    thief.say(f"{OWN}/event", b"own")
    assert gateway.hears(2, 1) == [(f"{OWN}/event", b"own", False)]
    gateway.say(f"{OTHER}/command", b"not for it")
    gateway.say(f"{OWN}/command", b"for it")
    assert thief.hears(2, 1) == [(f"{OWN}/command", b"for it", False)]


@pytest.mark.mosquitto
def test_a_lane_cannot_push_another_off_the_broker_by_taking_its_id(lane: Connect) -> None:
    victim = lane("mine/mine-out", "edge-mine-mine-out", to=[f"{OTHER}/command"])
    lane("mine/mine-in", "edge-mine-mine-out")
    assert not victim.lost.wait(1)
    lane("gateway").say(f"{OTHER}/command", b"still there")
    assert len(victim.hears(1)) == 1


@pytest.mark.mosquitto
def test_no_client_connects_without_a_name_and_its_password(mosquitto: Mosquitto) -> None:
    refused = threading.Event()
    stranger = paho.Client(CallbackAPIVersion.VERSION2, client_id="stranger")
    stranger.on_connect = lambda _c, _u, _f, code, _p: refused.set() if code.is_failure else None
    stranger.connect("127.0.0.1", mosquitto.port)
    stranger.loop_start()
    assert refused.wait(WAIT_S)
    stranger.disconnect()
    stranger.loop_stop()
