"""The lane's end of MQTT: what it hears becomes signals, what it says goes to the broker.

Nothing here is a receipt: a PUBACK says that a broker took a message, not that anyone stored it.
"""

import queue
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from edge.io.byte_source import BadSource
from edge.io.clock import monotonic_ms
from edge.lane.signals import (
    CommandReceived,
    LinkChanged,
    OrdersReceived,
    PortChanged,
    ReceiptReceived,
    SendAgainReceived,
    Signal,
)
from edge.messages import (
    Command,
    Downlink,
    Forged,
    LaneState,
    OfflineOrders,
    Receipt,
    SendAgain,
    TopicName,
    device_topic,
    topic,
)
from taigan.broker import BrokerSettings
from taigan.mqtt import MqttConnection, Received, Session, Subscription

log = structlog.get_logger()

INFLIGHT_MAX: Final = 64
QUEUED_MAX: Final = 256
"""Beyond this a message is dropped; the outbox sends it again later."""

_QOS: Final[Mapping[TopicName, int]] = {"event": 1, "command-result": 1, "state": 1, "live": 0}
_RETAINED: Final = {"state"}
_DOWN: Final[tuple[TopicName, ...]] = ("receipt", "command", "orders")

OpenDownlink = Callable[[bytes], Downlink]
"""Returns what the gateway sealed; Forged or ValueError says why there is nothing."""


class MqttLink:
    """One lane's connection to its broker."""

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        yard: str,
        lane: str,
        open_downlink: OpenDownlink,
        post: Callable[[Signal], None],
    ) -> None:
        self._yard = yard
        self._lane = lane
        self._open_downlink = open_downlink
        self._post = post
        self._feeds: dict[str, Callable[[bytes, int], object]] = {}
        self._parts: list[str] = []
        self._down = {self._topic(name) for name in _DOWN}
        self._untold: tuple[bool, str] | None = None
        self._unopened = 0
        session = Session(
            client_id=f"edge-{yard}-{lane}",
            is_kept=False,
            acknowledges_by_hand=False,
            inflight_max=INFLIGHT_MAX,
            queued_max=QUEUED_MAX,
            last_will=self._offline(),
        )
        self._connection = MqttConnection(settings, session, self)

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
        # A device that the broker does not let us hear is silent; the lane is not.
        self._connection.start(
            [
                *(Subscription(name, 1) for name in self._down),
                *(Subscription(name, 1, is_needed=False) for name in self._feeds),
            ]
        )

    def stop(self) -> None:
        """Say goodbye: the last will is not sent after an orderly disconnect."""
        self._connection.stop(farewell=self._offline())

    def publish(self, name: TopicName, payload: str) -> None:
        """Hand a message to the connection. What becomes of it is not asked: receipts tell."""
        self._connection.publish(
            self._topic(name), payload, qos=_QOS[name], retain=name in _RETAINED
        )

    @property
    def unopened(self) -> int:
        """Return how many messages came that could not be opened."""
        return self._unopened

    def check(self) -> None:
        """Repeat what the lane had no room for: nothing else would tell it how the link stands."""
        if self._untold is not None:
            connected, detail = self._untold
            self._tell(connected=connected, detail=detail)

    def _topic(self, name: TopicName) -> str:
        return topic(self._yard, self._lane, name)

    def _offline(self) -> tuple[str, str]:
        return self._topic("state"), LaneState(online=False).model_dump_json()

    # --- the connection's Listener ---

    def ready(self) -> None:
        """Tell the lane that it is connected."""
        self._tell(connected=True, detail="")

    def lost(self) -> None:
        """Tell the lane that it is alone."""
        self._tell(connected=False, detail="broker lost")

    def received(self, message: Received) -> None:
        """Hand a device's bytes to its feed, and open what the gateway sealed."""
        now_ms = monotonic_ms()
        feed = self._feeds.get(message.topic)
        try:
            if feed is not None and message.is_retained:
                log.warning("retained message of a device ignored", topic=message.topic)
            elif feed is not None:
                feed(message.payload, now_ms)
            elif message.topic in self._down:  # some brokers hand out what nobody asked for
                self._open(message.payload, now_ms)
        except (Forged, ValueError) as error:
            self._unopened += message.topic in self._down
            log.warning("message ignored", topic=message.topic, reason=str(error)[:300])

    def _open(self, payload: bytes, now_ms: int) -> None:
        message = self._open_downlink(payload)
        match message:
            case Command():
                self._hand_over(CommandReceived(message, now_ms))
            case Receipt():
                self._hand_over(ReceiptReceived(message, now_ms))
            case SendAgain():
                self._hand_over(SendAgainReceived(message, now_ms))
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
