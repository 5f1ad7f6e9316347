"""One MQTT 3.1.1 connection that is kept up for ever: the only paho in the programs.

What paho does not do by itself is done here. It subscribes again after each connect, switches off
Nagle's delay, keeps exceptions out of paho's network thread, and starts that thread again should it
die: paho reports itself connected all along. A PUBACK is not a receipt: it says that a broker took
a message, not that anyone stored it.
"""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import structlog
from paho.mqtt.client import MQTT_ERR_SUCCESS, Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from taigan.broker import BrokerSettings
from taigan.loop import Loop

log = structlog.get_logger()

KEEPALIVE_S: Final = 10
CONNECT_S: Final = 5.0
RECONNECT_S: Final = (1, 10)
WATCH_EVERY_S: Final = 1.0
FAREWELL_S: Final = 1.0

SUBSCRIBE_S: Final = 10.0
"""A connection whose subscriptions are not granted by then is given up for a new one."""


class Subscription(NamedTuple):
    """What to hear."""

    topic_filter: str
    qos: int
    is_needed: bool = True
    """Without it the connection is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """How a program appears to its broker."""

    client_id: str
    is_kept: bool
    """The broker keeps subscriptions and unacknowledged messages while the program is away."""
    acknowledges_by_hand: bool
    """`acknowledge` sends the PUBACK, instead of the return of `received`."""
    inflight_max: int = 20
    queued_max: int
    """paho's queue is memory only; beyond this it refuses to publish."""
    last_will: tuple[str, str] | None = None
    """Topic and payload that the broker retains when the program vanishes."""


class Received(NamedTuple):
    """A message from the broker."""

    topic: str
    payload: bytes
    is_retained: bool
    """The broker kept it from before: its age is unknown."""
    connection: int
    """On which it came; only there can it be acknowledged."""
    mid: int
    qos: int


class Listener(Protocol):
    """What a program does with a connection; called in paho's thread, so nothing may wait."""

    def ready(self) -> None:
        """Take note: connected, and every subscription that is needed is granted."""

    def lost(self) -> None:
        """Take note: the connection is gone, or was refused."""

    def received(self, message: Received) -> None:
        """Take a message."""


class MqttConnection:
    """A client of one broker, from `start` to `stop`."""

    def __init__(self, broker: BrokerSettings, session: Session, listener: Listener) -> None:
        self._broker = broker
        self._session = session
        self._listener = listener
        self._subscriptions: Sequence[Subscription] = ()
        self._lock = threading.Lock()
        self._connection = 0
        self._is_ready = False
        self._subscribed_s: float | None = None
        """When the broker was asked for the subscriptions; None while there is no connection."""
        self._stopping = threading.Event()
        self._watcher = Loop("mqtt-watch", self._watch, WATCH_EVERY_S)
        self.client = self._new_client()

    @property
    def is_ready(self) -> bool:
        """Whether it is connected and every subscription that is needed is granted."""
        return self._is_ready

    def start(self, subscriptions: Sequence[Subscription]) -> None:
        """Begin to connect; returns at once, whether the broker is there or not."""
        self._subscriptions = subscriptions
        self._connect()
        self._watcher.start()

    def stop(self, farewell: tuple[str, str] | None = None) -> None:
        """Disconnect in order; `farewell` is retained in place of the last will."""
        self._stopping.set()
        self._watcher.stop()
        if farewell is not None and self.client.is_connected():
            topic, payload = farewell
            sent = self.client.publish(topic, payload, qos=1, retain=True)
            with suppress(RuntimeError, ValueError):  # paho's way to say that it is gone already
                sent.wait_for_publish(FAREWELL_S)
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, topic: str, payload: str, *, qos: int, retain: bool = False) -> bool:
        """Hand a message to paho; False if it has no room for it, or no connection."""
        info = self.client.publish(topic, payload.encode(), qos=qos, retain=retain)
        return info.rc == MQTT_ERR_SUCCESS

    def acknowledge(self, connection: int, mid: int, qos: int) -> None:
        """Acknowledge, unless that connection is gone: the number means another message now."""
        with self._lock:
            if connection == self._connection:
                self.client.ack(mid, qos)

    def reconnect(self) -> None:
        """Drop the connection: what is not acknowledged is delivered again only on a new one."""
        self._next_connection()
        open_socket = self.client.socket()
        if isinstance(open_socket, socket.socket):
            with suppress(OSError):  # gone already, which is what is wanted
                open_socket.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> None:
        self.client.connect_async(self._broker.host, self._broker.port, KEEPALIVE_S)
        self.client.loop_start()

    def _next_connection(self) -> None:
        with self._lock:
            self._connection += 1

    def _watch(self) -> None:
        if not self._is_network_alive():
            log.critical("the MQTT network thread died and is started again")
            self._has_lost()
            self._connect()
        elif self._waits_in_vain():
            log.error("the MQTT broker grants no subscriptions, connecting anew")
            self.reconnect()

    def _waits_in_vain(self) -> bool:
        asked_s = self._subscribed_s
        late = asked_s is not None and time.monotonic() - asked_s > SUBSCRIBE_S
        return late and not self._is_ready

    def _is_network_alive(self) -> bool:
        name = f"paho-mqtt-client-{self._session.client_id}"
        return any(thread.name == name for thread in threading.enumerate())

    def _new_client(self) -> Client:
        session = self._session
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=session.client_id,
            clean_session=not session.is_kept,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=session.acknowledges_by_hand,
        )
        client.connect_timeout = CONNECT_S
        client.reconnect_delay_set(*RECONNECT_S)
        client.max_inflight_messages_set(session.inflight_max)
        client.max_queued_messages_set(session.queued_max)
        if session.last_will is not None:
            topic, payload = session.last_will
            client.will_set(topic, payload, qos=1, retain=True)
        self._secure(client)
        client.on_socket_open = _no_delay
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _secure(self, client: Client) -> None:
        broker = self._broker
        if broker.username is not None:
            password = broker.password.get_secret_value() if broker.password else None
            client.username_pw_set(broker.username, password)
        if broker.tls is not None:
            tls = broker.tls
            client.tls_set(
                ca_certs=str(tls.ca),
                certfile=str(tls.cert) if tls.cert else None,
                keyfile=str(tls.key) if tls.key else None,
            )

    # --- paho's thread ---

    def _on_connect(
        self,
        client: Client,
        _data: object,
        _flags: ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            log.error("the MQTT broker refuses the connection", reason=str(code))
            return
        self._next_connection()
        self._subscribed_s = time.monotonic()
        client.subscribe([(one.topic_filter, one.qos) for one in self._subscriptions])

    def _on_subscribe(
        self,
        _client: Client,
        _data: object,
        _mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        answers = zip(self._subscriptions, codes, strict=False)
        refused = [one for one, code in answers if code.is_failure]
        if refused:
            log.error("the MQTT broker refuses subscriptions", refused=[one[0] for one in refused])
        if len(codes) < len(self._subscriptions) or any(one.is_needed for one in refused):
            return  # the watcher connects anew
        self._is_ready = True
        log.info("connected to the MQTT broker", host=self._broker.host, port=self._broker.port)
        self._call(self._listener.ready)

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._next_connection()
        if not self._stopping.is_set():
            log.warning("lost the MQTT broker", reason=str(code))
        self._has_lost()

    def _has_lost(self) -> None:
        self._is_ready = False
        self._subscribed_s = None
        self._call(self._listener.lost)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        received = Received(
            topic=message.topic,
            payload=bytes(message.payload),
            is_retained=message.retain,
            connection=self._connection,
            mid=message.mid,
            qos=message.qos,
        )
        self._call(lambda: self._listener.received(received), topic=message.topic)

    def _call(self, listen: Callable[[], None], topic: str | None = None) -> None:
        """Call the listener; its mistake must not end paho's thread."""
        try:
            listen()
        except Exception:
            log.exception("an MQTT listener failed", topic=topic)


def _no_delay(_client: Client, _data: object, open_socket: Any) -> None:  # noqa: ANN401 - paho's
    """Switch off Nagle's algorithm: with it a publish waits for the acknowledgement before it."""
    open_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
