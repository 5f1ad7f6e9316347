"""The gateway without its web side, put together: lanes in, tickets out."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final, Protocol

from sqlalchemy import Engine

from edge.messages import LaneState, key_id
from gateway.audit.heads import keeper_of
from gateway.broker.child import BrokerChild
from gateway.config import Settings
from gateway.ingest.agreement import Agreement
from gateway.ingest.mqtt import MqttLink
from gateway.ingest.offline import OfflineOrdersPublisher
from gateway.ingest.rebooking import Rebooking
from gateway.ingest.replies import Replies
from gateway.ingest.screens import Publish, Screens
from gateway.ingest.worker import Worker, WorkerServices
from gateway.metrics import Metrics
from gateway.notify.notifier import Notifier
from gateway.outbox.comparison import Comparison, ComparisonHandlers
from gateway.outbox.relay import Relay, SettlementHandlers
from gateway.records.lane_reports import LaneReports
from gateway.standing_by import StandBy
from gateway.tickets import forgotten
from gateway.tickets.service import Tickets
from gateway.tickets.settlements import refuse_settlement, store_settlement
from gateway.watch.ears import Ears
from gateway.watch.lane_keys import LaneKeys
from gateway.watch.watcher import Broker, Watcher
from taigan.heads.keeper import EVERY_S
from taigan.key_file import read_key
from taigan.loop import Loop
from taigan.readiness import Check, Look

FORGOTTEN: Final = ComparisonHandlers(
    settled_before=forgotten.settled_before,
    send_again=forgotten.send_again,
    leave_to_person=forgotten.leave_to_person,
    take_back=forgotten.take_back,
    forgotten=forgotten.count_forgotten,
    sending=forgotten.count_sending,
)


class Part(Protocol):
    """Something that runs beside the web side."""

    def start(self) -> None: ...
    def stop(self) -> object: ...


class Core:
    """Builds everything at once, starts it in `running`."""

    def __init__(
        self, settings: Settings, engine: Engine, publish: Publish, now_ms: Callable[[], int]
    ) -> None:
        self._settings = settings
        self.metrics = Metrics()
        self._reports, ears = LaneReports(now_ms), Ears()
        screens = Screens(publish, self._on_state, ears.hear)
        self._link = MqttLink(settings.mqtt, screens.show, self._on_ready)
        self.metrics.watch_ingest(self._link.waiting, self._link.oldest_s)
        key = read_key(settings.signing.key_file)
        self._keys = LaneKeys(key_id(key.public_key()))
        broker = Broker(
            settings.mqtt.client_id, self._link.check, ears, reports=self._reports, keys=self._keys
        )
        self._notifier = None if settings.notify is None else Notifier(engine, settings.notify)
        self._watcher = Watcher(engine, settings.alarms, broker, publish, now_ms)
        self.replies = Replies(self._link, key)
        handlers = SettlementHandlers(store_settlement, refuse_settlement)
        self.relay = Relay(engine, settings.settlement, handlers, publish, now_ms)
        self._comparison = Comparison(
            engine,
            settings.settlement,
            FORGOTTEN,
            publish=publish,
            wake_relay=self.relay.wake,
            now_ms=now_ms,
        )
        services = WorkerServices(self.replies, publish, self.relay.wake, now_ms, self.metrics)
        tickets = Tickets(settings, self._reports.behind)
        self._worker = Worker(self._link, engine, tickets, services)
        self._rebooking = Rebooking(engine, tickets, publish, self.relay.wake, now_ms)
        self._agreement = Agreement(engine, self.replies, publish, now_ms, self._worker.forget)
        self.offline = OfflineOrdersPublisher(engine, self.replies, settings, now_ms)
        keeper = keeper_of(engine, settings.heads, now_ms)
        self._heads = Loop("heads", keeper.round, EVERY_S, at_once=True)
        self._started = ExitStack()
        self._stand_by = StandBy(engine, settings.mqtt, self._begin, _end)

    def checks(self) -> Mapping[str, Check]:
        """Return what must hold for records to be taken, and tickets and lists to be sent.

        A gateway that stands by says only that.
        """
        working = {name: self._when_active(check) for name, check in self._working().items()}
        return {"stand_by": self._stand_by.check, **working}

    def looks(self) -> Mapping[str, Look]:
        """Return what must hold in the database; a gateway that stands by says nothing of it."""
        found = self._comparison.look
        return {"settlement": lambda c: found(c) if self._stand_by.is_active else None}

    def standstill(self) -> str | None:
        """Return which thread does not move, None if all do: what a restart may mend."""
        loops = self._loops() if self._stand_by.is_active else []
        found = (loop.standstill() for loop in (self._stand_by.loop, *loops))
        return next((why for why in found if why is not None), None)

    def _when_active(self, check: Check) -> Check:
        return lambda: check() if self._stand_by.is_active else None

    def _working(self) -> Mapping[str, Check]:
        checks: dict[str, Check] = {
            "mqtt": self._link.check,
            "ingest": self._worker.loop.check,
            "rebooking": self._rebooking.check,
            "journals": self._agreement.check,
            "outbox": self.relay.loop.check,
            "comparison": self._comparison.loop.check,
            "offline_orders": self.offline.loop.check,
            "watch": self._watcher.loop.check,
            "heads": self._heads.check,
        }
        return checks if self._notifier is None else checks | {"notify": self._notifier.loop.check}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run until the block is left; then the message and the ticket at hand are finished.

        A gateway that stands by begins when the one that works is gone.
        """
        with ExitStack() as running:
            running.callback(self._stand_by.release)
            running.enter_context(self._started)
            running.callback(self._stand_by.stop)
            self._stand_by.start()
            yield

    def _begin(self) -> None:
        mqtt = self._settings.mqtt
        if mqtt.broker == "embedded" and mqtt.data_dir is not None:
            self._started.callback(BrokerChild(mqtt.port, mqtt.data_dir).stop)
        for part in self._parts():
            part.start()
            self._started.callback(part.stop)

    def _parts(self) -> tuple[Part, ...]:
        """Return what is started, in this order."""
        return (self._link, *self._loops())

    def _loops(self) -> list[Loop]:
        sending = (self.relay, self.offline, self._agreement, self._comparison)
        working = (self._worker, self._rebooking, self._watcher)
        loops = [*(part.loop for part in (*sending, *working)), self._heads]
        return loops if self._notifier is None else [*loops, self._notifier.loop]

    def _on_state(self, yard: str, lane: str, state: LaneState) -> None:
        self._reports.take(yard, lane, state)
        self._agreement.heard(yard, lane, state)
        self._keys.say((yard, lane), state)

    def _on_ready(self) -> None:
        self.offline.resend()


def _end() -> None:
    """End the program in order, as its supervisor does; it is started again and stands by."""
    os.kill(os.getpid(), signal.SIGTERM)
