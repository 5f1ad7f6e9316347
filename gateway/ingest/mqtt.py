"""The gateway's end of MQTT: moves bytes and knows no record."""

import re
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from edge.messages import MESSAGE_BYTES_MAX, topic
from gateway.config import Mqtt
from gateway.ingest.source import Delivery
from gateway.ingest.waiting import Put, Waiting
from gateway.records.envelope import Envelope
from taigan.mqtt import MqttConnection, Received, Session, Subscription

log = structlog.get_logger()

SENDING_MAX: Final = 1000

SUBSCRIPTIONS: Final = [
    Subscription(topic("+", "+", "event"), 1),
    Subscription(topic("+", "+", "live"), 0),
    Subscription(topic("+", "+", "state"), 1),
    Subscription(topic("+", "+", "command-result"), 1),
]
_TOPIC: Final = re.compile(
    r"taigan/v1/([a-z0-9-]{1,32})/([a-z0-9-]{1,32})/(event|live|state|command-result)"
)


class Screen(Protocol):
    """Takes what is only shown: `live`, `state` or `command-result`, and the message. Quick."""

    def __call__(self, name: str, envelope: Envelope, *, is_retained: bool) -> None: ...


Connected = Callable[[], None]


class MqttLink:
    """IngestSource and Downlink over one MQTT connection; a record is acknowledged by hand."""

    def __init__(self, settings: Mqtt, screen: Screen, on_ready: Connected) -> None:
        self._screen = screen
        self._on_ready = on_ready
        self._waiting = Waiting()
        session = Session(
            client_id=settings.client_id,
            is_kept=True,
            acknowledges_by_hand=True,
            queued_max=SENDING_MAX,
        )
        self._connection = MqttConnection(settings, session, self)

    # --- for the program ---

    def start(self) -> None:
        """Begin to connect; returns at once, whether the broker is there or not."""
        self._connection.start(SUBSCRIPTIONS)

    def stop(self) -> None:
        """Send what is waiting to be sent, and disconnect."""
        self._connection.stop()

    def check(self) -> str | None:
        """Return why no records can come in, None if they can."""
        return None if self._connection.is_ready else "not connected to the MQTT broker"

    def waiting(self) -> int:
        """Return how many records wait to be fetched."""
        return len(self._waiting)

    def oldest_s(self) -> float:
        """Return for how long the oldest of them has waited, or the one that is worked on."""
        return self._waiting.oldest_s()

    # --- IngestSource ---

    def fetch(self, timeout_s: float) -> Delivery | None:
        """Return the next message, or None after `timeout_s`."""
        return self._waiting.get(timeout_s)

    def acknowledge(self, delivery: Delivery) -> None:
        """Acknowledge, unless its connection is gone: then the broker delivers it again."""
        self._connection.acknowledge(delivery.connection, delivery.mid, delivery.qos)

    def give_back(self) -> None:
        """Let the broker deliver again whatever is not acknowledged."""
        self._waiting.clear()
        self._connection.reconnect()

    # --- Downlink ---

    def send(self, topic: str, payload: str, *, retain: bool = False) -> bool:
        """Hand over for sending; what cannot be sent now is asked for again by its lane."""
        if not self._connection.is_ready:
            return False
        if not self._connection.publish(topic, payload, qos=1, retain=retain):
            log.warning("message not sent", topic=topic)
            return False
        return True

    # --- the connection's Listener ---

    def ready(self) -> None:
        """Send what each connection must have."""
        self._on_ready()

    def lost(self) -> None:
        """Nothing to do: `check` tells, and the broker delivers again."""

    def received(self, message: Received) -> None:
        """Queue a record; show what is only shown."""
        found = _TOPIC.fullmatch(message.topic)
        if found is None or found[3] != "event":
            self._acknowledge(message)
            if found is not None:
                shown = Envelope(found[1], found[2], message.payload)
                self._screen(found[3], shown, is_retained=message.is_retained)
            return
        # One byte too many tells that it is too large; the rest need not wait in memory.
        envelope = Envelope(found[1], found[2], message.payload[: MESSAGE_BYTES_MAX + 1])
        delivery = Delivery(envelope, message.mid, message.qos, message.connection)
        put = self._waiting.put(delivery)
        if put is not Put.QUEUED:
            self._acknowledge(message)
        if put is Put.FULL and self._waiting.turned_away == 1:
            log.warning("too many records wait: lanes are left to send theirs again")

    def _acknowledge(self, message: Received) -> None:
        self._connection.acknowledge(message.connection, message.mid, message.qos)
