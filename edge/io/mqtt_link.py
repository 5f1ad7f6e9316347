"""The way to the gateway over MQTT 3.1.1: the only paho in the lane box.

Nothing here is a receipt: a PUBACK says that a broker took a message, not that anybody stored it.
What paho does not do by itself is done here: subscribe again after each connect, switch off Nagle's
delay, keep exceptions out of its network thread, and start that thread again should it die.
"""

import queue
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.box.downlink import open_downlink
from edge.box.reports import offline_state
from edge.config import MqttSettings
from edge.io.byte_source import BadSource
from edge.io.clock import monotonic_ms
from edge.lane.signals import (
    CommandReceived,
    LinkChanged,
    OrdersReceived,
    PortChanged,
    ReceiptReceived,
    Signal,
)
from edge.messages import (
    Command,
    Forged,
    OfflineOrders,
    Receipt,
    TopicName,
    device_topic,
    topic,
)

log = structlog.get_logger()

KEEPALIVE_S: Final = 10
RECONNECT_S_MAX: Final = 10
INFLIGHT_MAX: Final = 64
QUEUED_MAX: Final = 256
"""paho's own queue is memory only; beyond this it refuses, and the outbox sends again later."""

CONNECT_S: Final = 5.0
FAREWELL_S: Final = 1.0

_QOS: Final[Mapping[TopicName, int]] = {"event": 1, "command-result": 1, "state": 1, "live": 0}
_RETAINED: Final = {"state"}
_DOWN: Final[tuple[TopicName, ...]] = ("receipt", "command", "orders")


class MqttLink:
    """One lane's connection to its broker."""

    def __init__(
        self,
        settings: MqttSettings,
        *,
        yard: str,
        lane: str,
        gateway: Ed25519PublicKey,
        post: Callable[[Signal], None],
    ) -> None:
        self._settings = settings
        self._yard = yard
        self._lane = lane
        self._gateway = gateway
        self._post = post
        self._feeds: dict[str, Callable[[bytes, int], object]] = {}
        self._parts: list[str] = []
        self._down = {self._topic(name) for name in _DOWN}
        self._untold: tuple[bool, str] | None = None
        self._client_id = f"edge-{yard}-{lane}"
        self._client = self._make_client()

    def listen(self, device: str, feed: Callable[[bytes, int], object], *, part: str) -> None:
        """Hand the bytes of a device that speaks MQTT itself to `feed`; call before `start`.

        `part` is what the lane calls it: it counts as open while the broker is connected.
        BadSource for a device that is listened to already: only one would hear it.
        """
        heard = device_topic(self._yard, self._lane, device)
        if heard in self._feeds:
            raise BadSource(f"source 'mqtt://{device}': another part listens to this device")
        self._feeds[heard] = feed
        self._parts.append(part)

    def start(self) -> None:
        """Connect in the background, and again and again."""
        self._client.connect_async(self._settings.host, self._settings.port, KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye: the last will is not sent after an orderly disconnect."""
        if self._client.is_connected():
            farewell = self._client.publish(
                self._topic("state"), offline_state(), qos=1, retain=True
            )
            with suppress(RuntimeError, ValueError):  # paho's way to say that it is gone already
                farewell.wait_for_publish(FAREWELL_S)
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, name: TopicName, payload: str) -> None:
        """Hand a message to paho. What becomes of it is not asked: receipts tell."""
        self._client.publish(self._topic(name), payload, qos=_QOS[name], retain=name in _RETAINED)

    def check(self) -> None:
        """Start paho's network thread again if it died; it reports itself connected all along.

        And say again what the lane had no room for: nobody else would tell it that it is connected.
        """
        if self._untold is not None:
            connected, detail = self._untold
            self._tell(connected=connected, detail=detail)
        name = f"paho-mqtt-client-{self._client_id}"
        if not any(thread.name == name for thread in threading.enumerate()):
            log.error("the network thread had died and is started again")
            self._client.loop_start()

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.connect_timeout = CONNECT_S
        client.max_inflight_messages_set(INFLIGHT_MAX)
        client.max_queued_messages_set(QUEUED_MAX)
        client.reconnect_delay_set(min_delay=1, max_delay=RECONNECT_S_MAX)
        client.will_set(self._topic("state"), offline_state(), qos=1, retain=True)
        self._secure(client)
        client.on_socket_open = _no_delay
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _secure(self, client: Client) -> None:
        settings = self._settings
        if settings.username is not None:
            password = settings.password.get_secret_value() if settings.password else None
            client.username_pw_set(settings.username, password)
        if settings.tls is not None:
            tls = settings.tls
            client.tls_set(
                ca_certs=str(tls.ca),
                certfile=str(tls.cert) if tls.cert else None,
                keyfile=str(tls.key) if tls.key else None,
            )

    def _topic(self, name: TopicName) -> str:
        return topic(self._yard, self._lane, name)

    def _on_connect(
        self,
        client: Client,
        _data: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.warning("broker refused the connection", reason=str(reason))
            return
        client.subscribe([(name, 1) for name in (*self._down, *self._feeds)])
        log.info("broker connected", host=self._settings.host, port=self._settings.port)
        self._tell(connected=True, detail="")

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        log.warning("broker lost", reason=str(reason))
        self._tell(connected=False, detail="broker lost")

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        now_ms = monotonic_ms()
        try:
            payload = bytes(message.payload)
            feed = self._feeds.get(message.topic)
            if feed is not None and message.retain:  # nobody knows how old it is
                log.warning("retained message of a device ignored", topic=message.topic)
            elif feed is not None:
                feed(payload, now_ms)
            elif message.topic in self._down:  # some brokers hand out what nobody asked for
                self._open(payload, now_ms)
        except (Forged, ValueError) as error:
            log.warning("message ignored", topic=message.topic, reason=str(error)[:300])
        except Exception:  # anything else would end paho's thread, and the lane with it
            log.exception("message could not be handled", topic=message.topic)

    def _open(self, payload: bytes, now_ms: int) -> None:
        message = open_downlink(payload, self._gateway)
        match message:
            case Command():
                self._hand_over(CommandReceived(message, now_ms))
            case Receipt():
                self._hand_over(ReceiptReceived(message, now_ms))
            case OfflineOrders():
                self._hand_over(OrdersReceived(message, payload.decode(), now_ms))

    def _tell(self, *, connected: bool, detail: str) -> None:
        now_ms = monotonic_ms()
        news: list[Signal] = [
            LinkChanged(connected, now_ms),
            *(PortChanged(part, connected, detail, now_ms) for part in self._parts),
        ]
        told = [self._hand_over(signal) for signal in news]
        self._untold = None if all(told) else (connected, detail)

    def _hand_over(self, signal: Signal) -> bool:
        try:
            self._post(signal)
        except queue.Full:
            log.exception("the lane does not keep up", dropped=type(signal).__name__)
            return False
        return True


def _no_delay(_client: Client, _data: object, sock: Any) -> None:  # noqa: ANN401  # paho's type
    """Switch off Nagle's algorithm: with it a publish waits for the acknowledgement before it."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
