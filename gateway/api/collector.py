"""The gauges that Prometheus reads: from the database and the hub when asked, counted nowhere."""

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from structlog import get_logger

from gateway.live.hub import Hub
from gateway.notify.delivery import WAITING as NOTICES_WAITING
from gateway.outbox.tables import outbox
from gateway.records.alarm_kinds import ALARMS
from gateway.records.tables import alarms, lanes_heard
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes
from gateway.tickets.tables import stops, unpaid
from taigan.transactions import read_transaction

log = get_logger()

_LANE: Final = ("yard", "lane")
_OUTBOX: Final = select(func.count(), func.min(outbox.c.created_ms)).where(
    outbox.c.done_ms.is_(None)
)
_UNPAID: Final = select(func.count(), func.min(unpaid.c.since_ms))
_ALARMS: Final = (
    select(alarms.c.kind, func.count())
    .where(alarms.c.resolved_ms.is_(None))
    .group_by(alarms.c.kind)
)
_HELD: Final = (
    select(stops.c.yard_id, stops.c.lane_id, func.count())
    .where(stops.c.state == "held", stops.c.released_ms.is_(None))
    .group_by(stops.c.yard_id, stops.c.lane_id)
)
_HEARD: Final = (
    select(lanes.c.yard_id, lanes.c.id, func.coalesce(lanes_heard.c.heard_ms, lanes.c.created_ms))
    .join(
        lanes_heard,
        (lanes_heard.c.yard_id == lanes.c.yard_id) & (lanes_heard.c.lane_id == lanes.c.id),
        isouter=True,
    )
    .where(IS_ACTIVE)
)


def open_alarms(connection: Connection) -> dict[str, int]:
    """Return how many alarms of each kind are open."""
    return {kind: count for kind, count in connection.execute(_ALARMS)}  # noqa: C416 - rows


class GatewayCollector(Collector):
    """Reads and never writes. Without its database it still says so, and what it can."""

    def __init__(self, engine: Engine, hub: Hub, now_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._hub = hub
        self._now_ms = now_ms

    def describe(self) -> list[Metric]:
        """Name nothing: registering must not read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield all gauges."""
        try:
            known = self._database()
        except SQLAlchemyError as error:
            log.warning("the database could not be measured", error=repr(error))
            known = []
        yield GaugeMetricFamily("taigan_database_up", "1 if the database answers", bool(known))
        yield from known
        yield GaugeMetricFamily("taigan_viewers", "Browsers watching", self._hub.viewers)
        yield from self._lanes()

    def _database(self) -> list[Metric]:
        with read_transaction(self._engine) as connection:
            return [
                *self._queues(connection),
                _alarms(connection),
                _held(connection),
                self._heard(connection),
            ]

    def _queues(self, connection: Connection) -> Iterator[Metric]:
        waiting, oldest_ms = connection.execute(_OUTBOX).one()
        yield GaugeMetricFamily("taigan_outbox_waiting", "Tickets not yet settled", waiting)
        yield self._age("taigan_outbox_age_seconds", "Age of the oldest of them", oldest_ms)
        waiting, oldest_ms = connection.execute(_UNPAID).one()
        yield GaugeMetricFamily("taigan_unpaid", "Settled tickets not yet paid", waiting)
        yield self._age("taigan_unpaid_age_seconds", "How long the oldest waits", oldest_ms)
        waiting, oldest_ms = connection.execute(NOTICES_WAITING).one()
        yield GaugeMetricFamily("taigan_staff_notices_waiting", "Notices not yet sent", waiting)
        yield self._age("taigan_staff_notices_age_seconds", "Age of the oldest", oldest_ms)

    def _age(self, name: str, text: str, since_ms: int | None) -> Metric:
        return GaugeMetricFamily(name, text, self._age_s(since_ms))

    def _age_s(self, since_ms: int | None) -> float:
        return 0.0 if since_ms is None else max(0.0, (self._now_ms() - since_ms) / 1000)

    def _heard(self, connection: Connection) -> Metric:
        unheard = GaugeMetricFamily(
            "taigan_lane_unheard_seconds", "Since a lane was heard, to 10 s", labels=_LANE
        )
        for yard, lane, heard_ms in connection.execute(_HEARD):
            unheard.add_metric([yard, lane], self._age_s(heard_ms))
        return unheard

    def _lanes(self) -> list[Metric]:
        online = GaugeMetricFamily(
            "taigan_lane_online", "1 while the lane is connected", labels=_LANE
        )
        depth = GaugeMetricFamily(
            "taigan_lane_outbox", "Records the lane still has to deliver", labels=_LANE
        )
        clock = GaugeMetricFamily(
            "taigan_lane_clock_synced", "1 while the lane knows the time", labels=_LANE
        )
        for state in self._hub.lanes("lane_state"):
            labels = [str(state["yard"]), str(state["lane"])]
            online.add_metric(labels, float(bool(state.get("online"))))
            depth.add_metric(labels, float(state.get("outbox_depth") or 0))
            clock.add_metric(labels, float(state.get("clock") == "synced"))
        return [online, depth, clock]


def _alarms(connection: Connection) -> Metric:
    """Return every kind, so that one that was never open can be asked for too."""
    open_now = open_alarms(connection)
    found = GaugeMetricFamily(
        "taigan_alarms_open", "Alarms that nobody has closed", labels=("kind", "severity")
    )
    for kind, row in ALARMS.items():
        found.add_metric([kind, row.severity], open_now.get(kind, 0))
    return found


def _held(connection: Connection) -> Metric:
    """Return every lane that holds a truck; a lane that holds none has no series."""
    held = GaugeMetricFamily(
        "taigan_stops_held", "Trucks that wait for a dispatcher's decision", labels=_LANE
    )
    for yard, lane, count in connection.execute(_HELD):
        held.add_metric([yard, lane], count)
    return held
