"""The ingest worker, fed by hand."""

import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from gateway.ingest.replies import Replies
from gateway.ingest.source import Delivery
from gateway.ingest.worker import Worker, WorkerServices
from gateway.records.envelope import Envelope
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import START_MS


class Hand:
    """An IngestSource and Downlink that delivers messages by hand and remembers the rest."""

    def __init__(self, *envelopes: Envelope) -> None:
        self._deliveries = [Delivery(envelope, 1, 1, 1) for envelope in reversed(envelopes)]
        self.sent: list[str] = []
        self.acknowledged = 0
        self.given_back = 0
        self.drained = threading.Event()

    def fetch(self, _timeout_s: float) -> Delivery | None:
        if self._deliveries:
            return self._deliveries.pop()
        self.drained.set()
        return None

    def acknowledge(self, _delivery: Delivery) -> None:
        self.acknowledged += 1

    def give_back(self) -> None:
        self.given_back += 1

    def send(self, topic: str, payload: str, *, retain: bool = False) -> bool:
        self.sent.append(topic.rsplit("/", 1)[1])
        return bool(payload) and not retain


def work(gateway: Gateway, hand: Hand, engine: Engine) -> None:
    replies = Replies(hand, Ed25519PrivateKey.generate())
    services = WorkerServices(replies, lambda *_: None, lambda: None, lambda: START_MS)
    worker = Worker(hand, engine, gateway.tickets, services)
    worker.loop.start()
    assert hand.drained.wait(30)
    worker.loop.stop()
