"""Books again what waited for a lane that may have had nothing to tell."""

from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import Engine

from gateway.ingest.screens import Publish
from gateway.tickets.service import Tickets
from taigan.loop import Loop
from taigan.transactions import run

log = structlog.get_logger()

EVERY_S: Final = 2.0
AT_ONCE: Final = 20
"""Vehicles in one round: a yard that waits for a dead lane must not keep the gateway busy."""


class Rebooking:
    """One loop. Any number of gateways may run one each: booking again changes nothing."""

    def __init__(
        self,
        engine: Engine,
        tickets: Tickets,
        publish: Publish,
        wake_relay: Callable[[], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._tickets = tickets
        self._publish = publish
        self._wake_relay = wake_relay
        self._now_ms = now_ms
        self._last = ""
        """The vehicle that was booked last: the next round goes on after it."""
        self._trouble: str | None = None
        """What went wrong with one vehicle of the last round."""
        self.loop = Loop("rebooking", self.rebook_waiting, EVERY_S)

    def check(self) -> str | None:
        """Return why trips that wait are not booked, None if they are."""
        return self.loop.check() or self._trouble

    def rebook_waiting(self) -> None:
        """Book vehicles whose trips may have changed without a record; each has its turn."""
        waiting = run(self._engine, lambda c: self._tickets.waiting(c, self._now_ms()))
        after = [vehicle_id for vehicle_id in waiting if vehicle_id > self._last]
        before = [vehicle_id for vehicle_id in waiting if vehicle_id <= self._last]
        trouble = None
        for vehicle_id in [*after, *before][:AT_ONCE]:
            if self.loop.is_stopping():
                break
            self._last = vehicle_id
            try:
                self._rebook(vehicle_id)
            except Exception as error:
                # One vehicle must not keep the others waiting.
                log.exception("a vehicle's trips could not be booked", vehicle_id=vehicle_id)
                trouble = f"vehicle {vehicle_id}: {error!r}"
        self._trouble = trouble

    def _rebook(self, vehicle_id: str) -> None:
        now_ms = self._now_ms()
        applied = run(self._engine, lambda c: self._tickets.rebook(c, vehicle_id, now_ms))
        if applied.queued:
            self._wake_relay()
        for hint in applied.hints:
            self._publish(hint.event, hint.data)
