"""Turns messages into effects: fetch, commit, acknowledge, answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.ingest.given_receipts import GivenReceipts
from gateway.ingest.rejections import Rejections
from gateway.ingest.replies import Replies
from gateway.ingest.screens import Publish
from gateway.ingest.source import Delivery, IngestSource
from gateway.metrics import Metrics
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, raise_alarm
from gateway.records.envelope import Envelope, Rejected
from gateway.records.service import AfterCommit, RecordHandler, receive, rejection_alarm
from taigan.loop import Loop
from taigan.transactions import run

log = structlog.get_logger()

FETCH_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class WorkerServices:
    """What the worker calls once an effect is durable."""

    replies: Replies
    publish: Publish
    wake_relay: Callable[[], None]
    now_ms: Callable[[], int]
    metrics: Metrics = field(default_factory=Metrics)


class Worker:
    """One loop. Any number of gateways may run one each: effects are once by record number."""

    def __init__(
        self, source: IngestSource, engine: Engine, handler: RecordHandler, services: WorkerServices
    ) -> None:
        self._source = source
        self._engine = engine
        self._handler = handler
        self._services = services
        self._rejections = Rejections()
        self._given = GivenReceipts()
        self.loop = Loop("ingest", self._round, 0.0, at_once=True)

    def forget(self) -> None:
        """Forget which receipts were given; from any thread."""
        self._given.forget()

    def _round(self) -> None:
        """Work on the next message; raise if the database fails: then it is delivered again."""
        delivery = self._source.fetch(FETCH_S)
        if delivery is not None:
            self._handle(delivery)

    def _handle(self, delivery: Delivery) -> None:
        try:
            after = self._take(delivery.envelope)
        except (OperationalError, InterfaceError, PoolTimeout):
            self._given.forget()
            self._source.give_back()
            raise
        except Exception as error:
            # One record must not stop the others. Without a receipt its lane sends it again.
            log.exception("record could not be applied", **_names(delivery))
            self._source.acknowledge(delivery)
            self._report(delivery.envelope, error)
        else:
            self._source.acknowledge(delivery)
            self._answer_safely(delivery, after)

    def _take(self, envelope: Envelope) -> AfterCommit:
        if receipt := self._given.answer(envelope):
            return AfterCommit(receipt=receipt)
        now_ms = self._services.now_ms()
        try:
            after = run(self._engine, lambda c: receive(c, envelope, self._handler, now_ms))
        except Rejected as error:
            return self._alarm(rejection_alarm(envelope, error))
        if after.record is not None:
            self._given.note(envelope, after.record, after.receipt)
        return after

    def _alarm(self, alarm: Alarm) -> AfterCommit:
        """Write an alarm, unless the same one was written moments ago; then only count it."""
        now_ms = self._services.now_ms()
        due = self._rejections.count(alarm, now_ms)
        if due is None:
            return AfterCommit()
        return run(
            self._engine,
            lambda c: AfterCommit(hints=(raise_alarm(c, due.alarm, now_ms, due.times),)),
        )

    def _answer_safely(self, delivery: Delivery, after: AfterCommit) -> None:
        try:
            self._answer(delivery.envelope, after)
        except Exception:
            # The effect is durable; without an answer its lane asks again.
            log.exception("record could not be answered", **_names(delivery))

    def _answer(self, envelope: Envelope, after: AfterCommit) -> None:
        """Send receipt, commands and hints. If one is lost, the lane asks for it again."""
        services = self._services
        if after.happened_at is not None:
            services.metrics.record_committed(after.happened_at, services.now_ms())
        if after.receipt:
            services.replies.receipt(envelope.yard, envelope.lane, after.receipt)
        for command in after.commands:
            services.replies.publish(command)
        if after.queued:
            services.wake_relay()
        for hint in after.hints:
            services.publish(hint.event, hint.data)

    def _report(self, envelope: Envelope, error: Exception) -> None:
        alarm = Alarm.of(envelope, AlarmKind.RECORD_FAILED, repr(error))
        try:
            after = self._alarm(alarm)
        except SQLAlchemyError:
            log.exception("alarm could not be written", kind=alarm.kind)
        else:
            self._answer(envelope, after)


def _names(delivery: Delivery) -> dict[str, str]:
    return {"yard": delivery.envelope.yard, "lane": delivery.envelope.lane}
