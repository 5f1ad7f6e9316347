"""Looks every few seconds for what nobody reports."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from gateway.config import Alarms
from gateway.ingest.screens import Publish
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, open_alarm, resolve_alarm
from gateway.records.hints import Hint
from gateway.records.lane_reports import LaneReports
from gateway.watch.claims import Claims, follow_claims
from gateway.watch.clocks import follow_clocks
from gateway.watch.ears import Ears
from gateway.watch.lane_keys import LaneKeys, follow_keys
from gateway.watch.lanes import Listening, follow_lanes
from gateway.watch.money import follow_drivers, follow_outbox
from gateway.watch.staff import follow_notices
from taigan.loop import Loop
from taigan.transactions import run

LOOK_S: Final = 5.0

Check = Callable[[], str | None]


class Broker:
    """Whether this gateway hears lanes at all, since when, and which."""

    def __init__(
        self, client_id: str, check: Check, ears: Ears, *, reports: LaneReports, keys: LaneKeys
    ) -> None:
        self.client_id = client_id
        self._check = check
        self.ears = ears
        self.reports = reports
        self.keys = keys
        self.trouble: str | None = None
        self.since_ms: int | None = None
        """Since when `trouble` is what it is, in substance."""

    def look(self, now_ms: int) -> None:
        """Ask whether the connection stands."""
        trouble = self._check()
        is_other = (trouble is None) != (self.trouble is None)
        if self.since_ms is None or is_other or self.since_ms > now_ms:  # the clock was set back
            self.since_ms = now_ms
        self.trouble = trouble

    @property
    def listening_since_ms(self) -> int | None:
        return self.since_ms if self.trouble is None else None


class Watcher:
    """One loop."""

    def __init__(
        self,
        engine: Engine,
        settings: Alarms,
        broker: Broker,
        publish: Publish,
        now_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._broker = broker
        self._publish = publish
        self._now_ms = now_ms
        self.loop = Loop("watch", self.look, LOOK_S)

    def look(self) -> None:
        """Look once, in one transaction, and tell screens what changed."""
        now_ms = self._now_ms()
        self._broker.look(now_ms)
        heard = self._broker.ears.take()
        keys, said = self._broker.keys, self._broker.keys.take()
        silent_ms = round(self._settings.lane_silent_s * 1000)
        listening = Listening(heard, self._broker.listening_since_ms, silent_ms)
        late_ms = round(self._settings.records_late_s * 1000)
        claims = Claims(self._broker.reports, late_ms, self._broker.listening_since_ms)
        ahead_ms = self._broker.ears.clocks.look(now_ms)
        off_max_ms = round(self._settings.clock_off_s * 1000)

        def follow(connection: Connection) -> tuple[Hint, ...]:
            wait_ms = round(self._settings.payout_wait_minutes * 60_000)
            stuck_ms = round(self._settings.outbox_stuck_s * 1000)
            return (
                *_follow_broker(connection, self._broker, silent_ms, now_ms),
                *follow_lanes(connection, listening, now_ms),
                *follow_claims(connection, claims, now_ms),
                *follow_clocks(connection, ahead_ms, off_max_ms, now_ms),
                *follow_keys(connection, keys.own_id, said, now_ms),
                *follow_drivers(connection, wait_ms, now_ms),
                *follow_outbox(connection, stuck_ms, now_ms),
                *follow_notices(connection, now_ms),
            )

        for hint in run(self._engine, follow):
            self._publish(hint.event, hint.data)


def _follow_broker(
    connection: Connection, broker: Broker, silent_ms: int, now_ms: int
) -> tuple[Hint, ...]:
    """Open the alarm while this gateway hears no lane at all: then no lane is called silent."""
    subject = broker.client_id
    if broker.trouble is None:
        over = Alarm(AlarmKind.BROKER_LOST, "", subject=subject)
        return resolve_alarm(connection, over, now_ms)
    if broker.since_ms is None or now_ms - broker.since_ms <= silent_ms:
        return ()
    lost = Alarm(AlarmKind.BROKER_LOST, f"{subject}: {broker.trouble}", subject=subject)
    opened = open_alarm(connection, lost, now_ms)
    return () if opened is None else (opened,)
