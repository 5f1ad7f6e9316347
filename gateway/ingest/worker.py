"""The loop that turns messages into effects: fetch, commit, acknowledge, answer."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.ingest.rejections import Rejections
from gateway.ingest.replies import Replies
from gateway.ingest.screens import Publish
from gateway.ingest.source import Delivery, IngestSource
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, raise_alarm
from gateway.records.envelope import Envelope, Rejected
from gateway.records.service import Meaning, Outcome, receive, rejection_alarm

log = structlog.get_logger()

FETCH_S: Final = 0.5
TRIES_MAX: Final = 5
AFTER_FAILURE_S: Final = 1.0

_RETRY_STATES: Final = {"40001", "40P01"}
"""PostgreSQL: serialization failure, deadlock. Nothing happened; the whole may be done again."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the worker tells once an effect is durable."""

    replies: Replies
    publish: Publish
    wake_relay: Callable[[], None]
    now_ms: Callable[[], int]


class Worker:
    """One thread. Any number of gateways may run one each: effects are once by record number."""

    def __init__(
        self, source: IngestSource, engine: Engine, meaning: Meaning, around: Surroundings
    ) -> None:
        self._source = source
        self._engine = engine
        self._meaning = meaning
        self._around = around
        self._rejections = Rejections()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the message at hand."""
        self._stopping.set()
        self._thread.join()

    def check(self) -> str | None:
        """Return why no record is being worked on, None if the worker lives."""
        return None if self._thread.is_alive() else "the ingest thread has ended"

    def _run(self) -> None:
        while not self._stopping.is_set():
            delivery = self._source.fetch(FETCH_S)
            if delivery is not None:
                self._handle(delivery)

    def _handle(self, delivery: Delivery) -> None:
        try:
            outcome = self._take(delivery.envelope)
        except (OperationalError, InterfaceError, PoolTimeout):
            log.exception("database failed, record not acknowledged", **_names(delivery))
            self._source.give_back()
            self._stopping.wait(AFTER_FAILURE_S)
        except Exception as error:
            # One record must not stop the others. Without a receipt its lane sends it again.
            log.exception("record could not be applied", **_names(delivery))
            self._source.acknowledge(delivery)
            self._report(delivery.envelope, error)
        else:
            self._source.acknowledge(delivery)
            self._answer_safely(delivery, outcome)

    def _take(self, envelope: Envelope) -> Outcome:
        now_ms = self._around.now_ms()
        try:
            return self._commit(lambda c: receive(c, envelope, self._meaning, now_ms))
        except Rejected as error:
            return self._alarm(rejection_alarm(envelope, error))

    def _alarm(self, alarm: Alarm) -> Outcome:
        """Write an alarm, unless the same one was written moments ago; then only count it."""
        now_ms = self._around.now_ms()
        times = self._rejections.count(alarm.kind, alarm.yard, alarm.lane, now_ms)
        if not times:
            return Outcome()
        return self._commit(lambda c: Outcome(changes=(raise_alarm(c, alarm, now_ms, times),)))

    def _commit(self, work: Callable[[Connection], Outcome]) -> Outcome:
        for tries_left in reversed(range(TRIES_MAX)):
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if tries_left == 0 or not _may_try_again(error):
                    raise
                log.info("transaction is tried again", tries_left=tries_left)
        raise AssertionError("unreachable")

    def _answer_safely(self, delivery: Delivery, outcome: Outcome) -> None:
        try:
            self._answer(delivery.envelope, outcome)
        except Exception:
            # The effect is durable; without an answer its lane asks again.
            log.exception("record could not be answered", **_names(delivery))

    def _answer(self, envelope: Envelope, outcome: Outcome) -> None:
        """Tell everybody. Whatever is lost here, the lane asks for again."""
        around = self._around
        if outcome.receipt:
            around.replies.receipt(envelope.yard, envelope.lane, outcome.receipt)
        for command in outcome.commands:
            around.replies.publish(command)
        if outcome.queued:
            around.wake_relay()
        for change in outcome.changes:
            around.publish(change.event, change.data)

    def _report(self, envelope: Envelope, error: Exception) -> None:
        alarm = Alarm(AlarmKind.RECORD_FAILED, repr(error), envelope.yard, envelope.lane)
        try:
            outcome = self._alarm(alarm)
        except SQLAlchemyError:
            log.exception("alarm could not be written", kind=alarm.kind)
        else:
            self._answer(envelope, outcome)


def _may_try_again(error: DBAPIError) -> bool:
    if isinstance(error, IntegrityError):  # somebody else was first; then it is a repeat
        return True
    return getattr(error.orig, "sqlstate", None) in _RETRY_STATES


def _names(delivery: Delivery) -> dict[str, str]:
    return {"yard": delivery.envelope.yard, "lane": delivery.envelope.lane}
