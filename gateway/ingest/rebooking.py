"""The loop that books again what waited for a lane that may have had nothing to tell."""

import threading
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import Engine

from gateway.ingest.screens import Publish
from gateway.tickets.service import Tickets
from gateway.tickets.waiting import waiting_vehicles
from taigan.transactions import run

log = structlog.get_logger()

EVERY_S: Final = 2.0
AT_ONCE: Final = 20
"""Vehicles in one round: a yard that waits for a dead lane must not keep the gateway busy."""


class Rebooking:
    """One thread. Any number of gateways may run one each: booking again changes nothing."""

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
        self._stopping = threading.Event()
        self._trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="rebooking", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the vehicle at hand."""
        self._stopping.set()
        self._thread.join()

    def check(self) -> str | None:
        """Return why trips that wait are not looked at, None if they are."""
        return self._trouble if self._thread.is_alive() else "the rebooking thread has ended"

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            try:
                self._trouble = self.rebook_waiting()
            except Exception as error:
                # What waits goes on waiting; the next round may succeed.
                log.exception("trips that wait could not be booked")
                self._trouble = repr(error)

    def rebook_waiting(self) -> str | None:
        """Book vehicles whose trips may have changed without a record; each has its turn.

        Return what went wrong with one of them, if anything did: the others are booked.
        """
        waiting = run(self._engine, waiting_vehicles)
        after = [vehicle_id for vehicle_id in waiting if vehicle_id > self._last]
        before = [vehicle_id for vehicle_id in waiting if vehicle_id <= self._last]
        trouble = None
        for vehicle_id in [*after, *before][:AT_ONCE]:
            if self._stopping.is_set():
                break
            self._last = vehicle_id
            try:
                self._rebook(vehicle_id)
            except Exception as error:
                # One vehicle must not keep the others waiting.
                log.exception("a vehicle's trips could not be booked", vehicle_id=vehicle_id)
                trouble = f"vehicle {vehicle_id}: {error!r}"
        return trouble

    def _rebook(self, vehicle_id: str) -> None:
        now_ms = self._now_ms()
        applied = run(self._engine, lambda c: self._tickets.rebook(c, vehicle_id, now_ms))
        if applied.queued:
            self._wake_relay()
        for hint in applied.hints:
            self._publish(hint.event, hint.data)
