"""Counters of one running program, for Prometheus. Knows nothing of the business."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One registry per program, so that several can live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.settled = Counter(
            "taigan_settlements",
            "Tickets by what became of them",
            ["result"],
            registry=self._registry,
        )
        self.exchanges = Counter(
            "taigan_bank_exchanges",
            "Exchanges with the bank",
            ["kind", "outcome"],
            registry=self._registry,
        )
        self.exchange_seconds = Histogram(
            "taigan_bank_exchange_seconds",
            "Duration of exchanges with the bank",
            ["kind"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.overtaken = Counter(
            "taigan_payouts_overtaken", "Answers that came after the lease", registry=self._registry
        )
        self.alarms = Counter(
            "taigan_alarms", "Things a person must look at", ["what"], registry=self._registry
        )
        self.deliveries = Counter(
            "taigan_notices", "Tries to deliver", ["channel", "result"], registry=self._registry
        )
        self.callbacks = Counter(
            "taigan_bank_callbacks", "Callbacks of the bank", ["result"], registry=self._registry
        )
        self.payouts = Gauge(
            "taigan_payouts",
            "Payouts by state and reason",
            ["state", "reason"],
            registry=self._registry,
        )
        self.in_transit_minor = Gauge(
            "taigan_in_transit_minor", "Fen reserved and not yet confirmed", registry=self._registry
        )
        self.oldest_unresolved_s = Gauge(
            "taigan_oldest_unresolved_seconds",
            "Age of the oldest payout without an end",
            registry=self._registry,
        )
        self.notices_waiting = Gauge(
            "taigan_notices_waiting",
            "Messages not delivered yet",
            ["channel"],
            registry=self._registry,
        )

    def render(self) -> bytes:
        """Return the text that Prometheus reads."""
        return generate_latest(self._registry)
