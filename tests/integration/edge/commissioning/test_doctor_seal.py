"""The doctor compares the gateway's key with what the gateway sealed and left at the broker."""

import threading
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commissioning.check_gateway_key import check_gateway_key
from edge.config import Settings
from edge.keys import public_text
from edge.messages import Sealed, key_id, topic
from taigan.broker import BrokerSettings
from taigan.mqtt import MqttConnection, Session, Subscription
from tests.integration.edge.conftest import MakeSettings
from tests.services.mosquitto import Mosquitto, private_mosquitto

GATEWAY = Ed25519PrivateKey.generate()
STRANGER = Ed25519PrivateKey.generate()
PASSWORD = "only-on-loopback"


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    with private_mosquitto({"gateway": PASSWORD, "mine/in": PASSWORD}) as running:
        yield running


class _Connected:
    def __init__(self) -> None:
        self.is_ready = threading.Event()

    def ready(self) -> None:
        self.is_ready.set()

    def lost(self) -> None: ...
    def received(self, message: object) -> None: ...


def leave(broker: Mosquitto, key: Ed25519PrivateKey) -> None:
    """Leave a list of orders at the broker, as a gateway with this key does."""
    settings = BrokerSettings(
        host="127.0.0.1", port=broker.port, username="gateway", password=PASSWORD
    )
    session = Session(client_id="g", is_kept=False, acknowledges_by_hand=False, queued_max=1)
    connected = _Connected()
    connection = MqttConnection(settings, session, connected)
    connection.start([Subscription(topic("mine", "in", "state"), 1)])
    assert connected.is_ready.wait(10)
    sealed = Sealed.seal("{}", key).model_dump_json()
    connection.publish(topic("mine", "in", "orders"), sealed, qos=1, retain=True)
    connection.stop()


def lane(make_settings: MakeSettings, broker: Mosquitto, key: Ed25519PrivateKey) -> Settings:
    mqtt = {"host": "127.0.0.1", "port": broker.port, "username": "mine/in", "password": PASSWORD}
    known = make_settings().signing
    signing = {"key_file": known.key_file, "gateway_public_key": public_text(key)}
    return make_settings(yard="mine", lane="in", mqtt=mqtt, signing=signing)


def test_the_key_of_the_settings_is_compared_with_the_seal_of_the_orders(
    make_settings: MakeSettings, broker: Mosquitto
) -> None:
    settings = lane(make_settings, broker, GATEWAY)
    before = check_gateway_key(settings)
    assert (before.level, "not compared" in before.detail) == ("ok", True)
    leave(broker, GATEWAY)
    right = check_gateway_key(settings)
    assert (right.level, "as believed" in right.detail) == ("ok", True)
    wrong = check_gateway_key(lane(make_settings, broker, STRANGER))
    assert wrong.level == "fail"
    assert key_id(GATEWAY.public_key()) in wrong.detail
    assert key_id(STRANGER.public_key()) in wrong.detail
