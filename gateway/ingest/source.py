"""Where records come from and where answers go, over any broker.

The embedded broker and Mosquitto are one implementation (`gateway.ingest.mqtt`); a replicated queue
would be another. None of them is trusted to deliver once, in order, or at all.
"""

from dataclasses import dataclass
from typing import Protocol

from gateway.records.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, to be acknowledged after the commit of its effect."""

    envelope: Envelope
    mid: int
    qos: int
    connection: int
    """Which connection it came on: its `mid` means nothing on the next one."""


class IngestSource(Protocol):
    def fetch(self, timeout_s: float) -> Delivery | None:
        """Return the next message, or None after `timeout_s` without one."""

    def acknowledge(self, delivery: Delivery) -> None:
        """Say that the message's effect is durable; it will not be delivered again."""

    def give_back(self) -> None:
        """Have everything delivered again that was not acknowledged."""


class Downlink(Protocol):
    def send(self, topic: str, payload: str, *, retain: bool = False) -> bool:
        """Hand over for sending; return False, losing nothing that matters, when not connected."""
