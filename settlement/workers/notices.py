"""Delivers notices: one worker for each channel."""

from math import inf
from typing import Final

import structlog
from sqlalchemy import Connection

from settlement.metrics import Metrics
from settlement.notices.senders import NoticeSender
from settlement.notices.service import Notice, earliest_due_ms, record_delivery, take_due
from taigan.transactions import Database

log = structlog.get_logger()

_NOTICE_LEASE_MS: Final = 30_000
_NOTICES_AT_ONCE: Final = 3
"""Times the sender's timeout must stay below the lease."""


class NoticeWorker:
    """Delivers what is due on one channel."""

    def __init__(
        self, database: Database, channel: str, sender: NoticeSender, metrics: Metrics
    ) -> None:
        self._database = database
        self.channel = channel
        self._sender = sender
        self._metrics = metrics

    def due_in_s(self) -> float:
        """Return how long nothing waits on this channel."""
        with self._database.snapshot() as connection:
            due_ms = earliest_due_ms(connection, self.channel)
            if due_ms is None:
                return inf
            return (due_ms - self._database.now_ms(connection)) / 1000

    def run_once(self) -> bool:
        """Deliver a few messages; return whether there were any."""
        notices = self._take()
        results = [(notice, self._deliver(notice, now_ms)) for notice, now_ms in notices]
        if results:
            self._database.run(lambda connection: self._record(connection, results))
        return bool(results)

    def close(self) -> None:
        self._sender.close()

    def _take(self) -> list[tuple[Notice, int]]:
        def lease(connection: Connection) -> list[tuple[Notice, int]]:
            now_ms = self._database.now_ms(connection)
            found = take_due(connection, self.channel, now_ms, _NOTICE_LEASE_MS, _NOTICES_AT_ONCE)
            return [(notice, now_ms) for notice in found]

        return self._database.run(lease)

    def _deliver(self, notice: Notice, now_ms: int) -> str | None:
        """Send one; if it fails, the others are sent all the same."""
        try:
            return self._sender.send(notice, now_ms)
        except Exception as error:
            log.exception("A notice could not be sent", notice=str(notice.id))
            return repr(error)

    def _record(self, connection: Connection, results: list[tuple[Notice, str | None]]) -> None:
        now_ms = self._database.now_ms(connection)
        for notice, error in results:
            result = "delivered" if error is None else "failed"
            self._metrics.deliveries.labels(self.channel, result).inc()
            if not record_delivery(connection, notice, error, now_ms):
                self._metrics.alarms.labels("notice_given_up").inc()
                log.error("ALARM: a notice was given up", notice=str(notice.id), error=error)
