"""The gateway without its web side, put together: lanes in, tickets out."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final, Protocol

from sqlalchemy import Engine

from edge.messages import LaneState
from gateway.broker.child import BrokerChild
from gateway.config import Settings
from gateway.ingest.agreement import Agreement
from gateway.ingest.mqtt import MqttLink
from gateway.ingest.offline import OfflineOrdersPublisher
from gateway.ingest.replies import Replies
from gateway.ingest.screens import Publish, Screens
from gateway.ingest.worker import Worker, WorkerServices
from gateway.keys import read_key
from gateway.outbox.comparison import Comparison, ComparisonHandlers
from gateway.outbox.relay import Relay, SettlementHandlers
from gateway.tickets import forgotten
from gateway.tickets.service import Tickets
from gateway.tickets.settlements import refuse_settlement, store_settlement

Check = Callable[[], str | None]
FORGOTTEN: Final = ComparisonHandlers(
    settled_before=forgotten.settled_before,
    send_again=forgotten.send_again,
    leave_to_person=forgotten.leave_to_person,
    take_back=forgotten.take_back,
    forgotten=forgotten.count_forgotten,
    sending=forgotten.count_sending,
)


class Part(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Core:
    """Builds everything at once, starts it in `running`."""

    def __init__(
        self, settings: Settings, engine: Engine, publish: Publish, now_ms: Callable[[], int]
    ) -> None:
        self._settings = settings
        screens = Screens(publish, self._on_state)
        self._link = MqttLink(settings.mqtt, screens.show, self._on_ready)
        self.replies = Replies(self._link, read_key(settings.signing.key_file))
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
        services = WorkerServices(self.replies, publish, self.relay.wake, now_ms)
        self._worker = Worker(self._link, engine, Tickets(settings), services)
        self._agreement = Agreement(engine, self.replies, publish, now_ms, self._worker.forget)
        self.offline = OfflineOrdersPublisher(engine, self.replies, settings, now_ms)

    def checks(self) -> Mapping[str, Check]:
        """Return what must hold for records to be taken, and tickets and lists to be sent."""
        return {
            "mqtt": self._link.check,
            "ingest": self._worker.check,
            "journals": self._agreement.check,
            "outbox": self.relay.check,
            "settlement": self._comparison.check,
            "offline_orders": self.offline.check,
        }

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run until the block is left; then the message and the ticket at hand are finished."""
        with ExitStack() as running:
            mqtt = self._settings.mqtt
            if mqtt.broker == "embedded" and mqtt.data_dir is not None:
                running.callback(BrokerChild(mqtt.port, mqtt.data_dir).stop)
            for part in self._parts():
                part.start()
                running.callback(part.stop)
            yield

    def _parts(self) -> tuple[Part, ...]:
        """Return them in the order in which they are started."""
        comparing = (self._agreement, self._comparison)
        return (self._link, self.relay, self.offline, *comparing, self._worker)

    def _on_state(self, yard: str, lane: str, state: LaneState) -> None:
        self._agreement.heard(yard, lane, state)

    def _on_ready(self) -> None:
        self.offline.resend()
