"""The gateway's MQTT client: the only paho here. It moves bytes and knows no record.

paho's own habits that this file is shaped by: it acknowledges when a callback returns (manual_ack),
does not subscribe again by itself, loses its thread to an exception in a callback while
`is_connected` stays true, and keeps Nagle's algorithm on.
"""

import queue
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.messages import MESSAGE_BYTES_MAX, topic
from gateway.config import Mqtt
from gateway.ingest.source import Delivery
from gateway.records.envelope import Envelope

log = structlog.get_logger()

KEEPALIVE_S: Final = 10
RECONNECT_S: Final = (1, 10)
WAITING_MAX: Final = 1000
"""Messages not yet fetched; beyond it one is dropped, and its lane sends it again."""
SENDING_MAX: Final = 1000
WATCH_EVERY_S: Final = 1.0

SUBSCRIPTIONS: Final = [
    (topic("+", "+", "event"), 1),
    (topic("+", "+", "live"), 0),
    (topic("+", "+", "state"), 1),
    (topic("+", "+", "command-result"), 1),
]
_TOPIC: Final = re.compile(
    r"taigan/v1/([a-z0-9-]{1,32})/([a-z0-9-]{1,32})/(event|live|state|command-result)"
)

Screen = Callable[[str, Envelope], None]
"""Takes what is only shown: `live`, `state` or `command-result`, and the message. Quick."""
Connected = Callable[[], None]


class MqttLink:
    """IngestSource and Downlink over one MQTT 3.1.1 connection that is kept up for ever."""

    def __init__(self, settings: Mqtt, screen: Screen, on_ready: Connected) -> None:
        self._settings = settings
        self._screen = screen
        self._on_ready = on_ready
        self._waiting: queue.Queue[Delivery] = queue.Queue(WAITING_MAX)
        self._lock = threading.Lock()
        self._connection = 0
        self._is_ready = False
        self._stopping = threading.Event()
        self._client = self._new_client()
        self._watcher = threading.Thread(target=self._watch, name="mqtt-watch", daemon=True)

    # --- for the program ---

    def start(self) -> None:
        """Begin to connect; returns at once, whether the broker is there or not."""
        self._connect()
        self._watcher.start()

    def _connect(self) -> None:
        self._client.connect_async(self._settings.host, self._settings.port, KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Send what is waiting to be sent, and disconnect."""
        self._stopping.set()
        self._watcher.join()
        self._client.disconnect()
        self._client.loop_stop()

    def check(self) -> str | None:
        """Return why no records can come in, None if they can."""
        return None if self._is_ready else "not connected to the MQTT broker"

    # --- IngestSource ---

    def fetch(self, timeout_s: float) -> Delivery | None:
        """Return the next message, or None after `timeout_s`."""
        try:
            return self._waiting.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def acknowledge(self, delivery: Delivery) -> None:
        """Acknowledge, unless its connection is gone: the number means another message now."""
        with self._lock:
            if delivery.connection == self._connection:
                self._client.ack(delivery.mid, delivery.qos)

    def give_back(self) -> None:
        """Reconnect: a broker delivers again only on a new connection of the same session."""
        with self._lock:
            self._connection += 1
        while not self._waiting.empty():
            self._waiting.get_nowait()
        open_socket = self._client.socket()
        if isinstance(open_socket, socket.socket):
            with suppress(OSError):  # gone already, which is what is wanted
                open_socket.shutdown(socket.SHUT_RDWR)

    # --- Downlink ---

    def send(self, topic: str, payload: str, *, retain: bool = False) -> bool:
        """Hand over for sending; what cannot be sent now is asked for again by its lane."""
        if not self._is_ready:
            return False
        info = self._client.publish(topic, payload.encode(), qos=1, retain=retain)
        if info.rc is not paho.MQTT_ERR_SUCCESS:
            log.warning("message not sent", topic=topic, code=int(info.rc))
        return info.rc is paho.MQTT_ERR_SUCCESS

    # --- watching paho's thread ---

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_EVERY_S):
            if not self._is_network_alive():
                log.critical("MQTT network thread died, starting another")
                self._is_ready = False
                self._client = self._new_client()
                self._connect()

    def _is_network_alive(self) -> bool:
        name = f"paho-mqtt-client-{self._settings.client_id}"
        return any(thread.name == name for thread in threading.enumerate())

    # --- paho's thread: nothing here may raise or wait ---

    def _new_client(self) -> paho.Client:
        settings = self._settings
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.reconnect_delay_set(*RECONNECT_S)
        client.max_queued_messages_set(SENDING_MAX)
        client.suppress_exceptions = True  # a callback's mistake must not end the thread
        client.enable_logger()
        client.on_socket_open = _no_delay
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
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
        return client

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: Any,  # noqa: ANN401 - paho's
        _flags: paho.ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            log.error("MQTT broker refuses us", reason=str(code))
            return
        with self._lock:
            self._connection += 1
        client.subscribe(SUBSCRIPTIONS)

    def _on_subscribe(
        self,
        _client: paho.Client,
        _userdata: Any,  # noqa: ANN401
        _mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(code.is_failure for code in codes):
            log.error("MQTT broker refuses our subscriptions", codes=[str(code) for code in codes])
            return
        self._is_ready = True
        log.info("connected to the MQTT broker", host=self._settings.host)
        self._on_ready()

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: Any,  # noqa: ANN401
        _flags: paho.DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._is_ready = False
        with self._lock:
            self._connection += 1
        if not self._stopping.is_set():
            log.warning("lost the MQTT broker", reason=str(code))

    def _on_message(
        self,
        client: paho.Client,
        _userdata: Any,  # noqa: ANN401
        message: paho.MQTTMessage,
    ) -> None:
        found = _TOPIC.fullmatch(message.topic)
        if found is None or found[3] != "event":
            client.ack(message.mid, message.qos)
            if found is not None:
                self._screen(found[3], Envelope(found[1], found[2], bytes(message.payload)))
            return
        # One byte too many tells that it is too large; the rest need not wait in memory.
        payload = bytes(message.payload[: MESSAGE_BYTES_MAX + 1])
        envelope = Envelope(found[1], found[2], payload)
        try:
            self._waiting.put_nowait(Delivery(envelope, message.mid, message.qos, self._connection))
        except queue.Full:
            client.ack(message.mid, message.qos)
            log.warning("too many records wait, one is left to be sent again", topic=message.topic)


def _no_delay(_client: paho.Client, _userdata: Any, open_socket: Any) -> None:  # noqa: ANN401
    open_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
