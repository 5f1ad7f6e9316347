"""Whether a broker passes a program's messages on: one is sent, and must come back.

An MQTT 3.1.1 broker acknowledges what its access list then drops, so only the way round proves it.
"""

import threading
from typing import Final

from taigan.broker import BrokerSettings
from taigan.mqtt import MqttConnection, Received, Session, Subscription

WAIT_S: Final = 5.0


class _Echo:
    """Hears that the connection is ready, and that something came back."""

    def __init__(self) -> None:
        self.is_ready = threading.Event()
        self.is_back = threading.Event()

    def ready(self) -> None:
        self.is_ready.set()

    def lost(self) -> None:
        """Wait for the next try, until the time is over."""

    def received(self, message: Received) -> None:
        del message
        self.is_back.set()


def comes_back(broker: BrokerSettings, client_id: str, topic: str) -> bool:
    """Return whether a message to `topic` comes back within a few seconds."""
    echo = _Echo()
    session = Session(client_id=client_id, is_kept=False, acknowledges_by_hand=False, queued_max=1)
    connection = MqttConnection(broker, session, echo)
    connection.start([Subscription(topic, 1)])
    try:
        if not echo.is_ready.wait(WAIT_S):
            return False
        connection.publish(topic, "doctor", qos=1)
        return echo.is_back.wait(WAIT_S)
    finally:
        connection.stop()
