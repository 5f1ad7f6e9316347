"""Counters of one running program, for Prometheus. Knows nothing of the business."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_CALLBACKS = ("fresh", "repeated", "forged", "unreadable")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One registry per program, so that several can live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.settled = self._counter("settlements", "Tickets by what became of them", "result")
        self.exchanges = self._counter("bank_exchanges", "Calls of the bank", "kind", "outcome")
        self.exchange_seconds = Histogram(
            "taigan_bank_exchange_seconds",
            "Duration of calls of the bank",
            ["kind"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.overtaken = self._counter("payouts_overtaken", "Answers that came after the lease")
        self.alarms = self._counter("alarms", "Things a person must look at", "what")
        self.deliveries = self._counter("notices", "Tries to deliver", "channel", "result")
        self._database_errors = self._counter(
            "database_errors", "Errors that the database answered with", "error"
        )
        self.database_up = self._gauge("database_up", "1 if the database answers")
        self.lanes_pinned = self._gauge("guard_lanes", "Lanes that the payout guard believes")
        self.callbacks = self._counter("bank_callbacks", "Callbacks of the bank", "result")
        for result in _CALLBACKS:  # a series that is born at 1 has not increased: no rule sees it
            self.callbacks.labels(result)
        self.payouts = self._gauge("payouts", "Payouts by state and reason", "state", "reason")
        self.in_transit_minor = self._gauge("in_transit_minor", "Fen reserved, not yet confirmed")
        self.oldest_unresolved_s = self._gauge(
            "oldest_unresolved_seconds", "Age of the oldest payout without an end"
        )
        self.notices_waiting = self._gauge("notices_waiting", "Not delivered yet", "channel")

    def count_database_error(self, error: str) -> None:
        """Count an error by its class."""
        self._database_errors.labels(error).inc()

    def render(self) -> bytes:
        """Return the text that Prometheus reads."""
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"taigan_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"taigan_{name}", text, labels, registry=self._registry)
