"""Tells staff. Any number of gateways run one each: each notice is sent by one."""

from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from gateway.config import Notify
from gateway.notify.delivery import StaffNotice, lease_due, record_try
from gateway.notify.planning import plan_notice
from gateway.notify.rules import QuietRules
from gateway.notify.sender import WebhookSender
from taigan.loop import Loop
from taigan.sql import database_clock
from taigan.transactions import run

log = structlog.get_logger()

LOOK_S: Final = 2.0


class Notifier:
    """One loop. All times are the database's, so that the gateways' clocks do not matter."""

    def __init__(
        self,
        engine: Engine,
        settings: Notify,
        clock: Callable[[Connection], int] = database_clock,
    ) -> None:
        self._engine = engine
        self._rules = QuietRules(settings)
        self._sender = WebhookSender(settings)
        self._clock = clock
        self.loop = Loop("notify", self.look, LOOK_S, at_end=self._sender.close)

    def look(self) -> None:
        """Write what is to be told, and send what is due."""
        run(self._engine, self._plan)
        while not self.loop.is_stopping():
            leased = run(self._engine, self._lease)
            if leased is None:
                return
            self._send(*leased)

    def _plan(self, connection: Connection) -> bool:
        return plan_notice(connection, self._rules, self._clock(connection))

    def _lease(self, connection: Connection) -> tuple[StaffNotice, int] | None:
        now_ms = self._clock(connection)
        notice = lease_due(connection, now_ms)
        return None if notice is None else (notice, now_ms)

    def _send(self, notice: StaffNotice, now_ms: int) -> None:
        error = self._sender.send(notice, now_ms)
        is_kept = run(self._engine, lambda c: record_try(c, notice, error, self._clock(c)))
        if error is None:
            log.info("staff were told", notice=notice.id)
        elif is_kept:
            log.warning("staff could not be told yet", notice=notice.id, error=error)
        else:
            log.error("a notice to staff was given up", notice=notice.id, error=error)
