"""What one running gateway counts, for Prometheus. Knows nothing of the business."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LAG_S: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400, 259_200)


class Metrics:
    """One registry per program, so that several can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._database_errors = Counter(
            "taigan_database_errors",
            "Errors that the database answered with",
            ["error"],
            registry=self.registry,
        )
        self._ingest_lag_s = Histogram(
            "taigan_ingest_lag_seconds",
            "From a record's time at its lane to its commit here",
            buckets=_LAG_S,
            registry=self.registry,
        )
        self._ingest_waiting = Gauge(
            "taigan_ingest_waiting",
            "Records received, not yet worked on",
            registry=self.registry,
        )
        self._ingest_oldest_s = Gauge(
            "taigan_ingest_oldest_seconds",
            "How long ago the oldest record was received that is not worked on yet",
            registry=self.registry,
        )

    def count_database_error(self, error: str) -> None:
        """Count an error by its class."""
        self._database_errors.labels(error).inc()

    def record_committed(self, happened_at: datetime, now_ms: int) -> None:
        """Note how long a record was on its way; lanes' clocks may be a little ahead."""
        self._ingest_lag_s.observe(max(0.0, now_ms / 1000 - happened_at.timestamp()))

    def watch_ingest(self, waiting: Callable[[], int], oldest_s: Callable[[], float]) -> None:
        """Ask both whenever Prometheus asks: how many records wait, and since when."""
        self._ingest_waiting.set_function(waiting)
        self._ingest_oldest_s.set_function(oldest_s)
