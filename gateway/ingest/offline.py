"""The orders that lanes may serve while the gateway is out of reach, kept with the broker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.engine import Connection

from edge.messages import OfflineOrder, OfflineOrders
from gateway.config import Settings
from gateway.ingest.replies import Replies
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes
from gateway.tickets.commands import from_ms
from gateway.tickets.offline import admissible_orders
from taigan.loop import Loop

log = structlog.get_logger()

EVERY_S: Final = 30.0
ORDERS_MAX: Final = 1000
"""This many fit into one message, even with the longest names."""

LaneKey = tuple[str, str]
"""Yard and lane."""


@dataclass(frozen=True, slots=True)
class _Sent:
    orders: tuple[OfflineOrder, ...]
    at_ms: int


class OfflineOrdersPublisher:
    """One loop; sends a lane's list when it changed, and renews it before it expires."""

    def __init__(
        self, engine: Engine, replies: Replies, settings: Settings, now_ms: Callable[[], int]
    ) -> None:
        self._engine = engine
        self._replies = replies
        self._settings = settings.offline
        self._plates = settings.plates
        self._now_ms = now_ms
        self._sent: dict[LaneKey, _Sent] = {}
        self._unknown: frozenset[str] = frozenset()
        self._must_resend = False
        self.loop = Loop("offline-orders", self._publish_changed, EVERY_S)

    def resend(self) -> None:
        """Send every list anew: the broker may have forgotten what it kept."""
        self._must_resend = True
        self.loop.wake()

    def _publish_changed(self) -> None:
        """Send what changed; while that fails, lanes go on with the orders they have."""
        if self._must_resend:
            self._must_resend = False
            self._sent.clear()
        now_ms = self._now_ms()
        with self._engine.begin() as connection:
            found = _orders_by_lane(connection, now_ms, self._settings.arrive_loaded_max)
        self._warn_of_unknown(self._plates.unknown(found))
        for lane, orders in found.items():
            if self._is_due(lane, orders, now_ms) and self._send(lane, orders, now_ms):
                self._sent[lane] = _Sent(orders, now_ms)

    def _warn_of_unknown(self, places: frozenset[str]) -> None:
        """Warn once of a policy for a place that does not exist: plates do not count there."""
        if places and places != self._unknown:
            log.warning("plates.at names no known yard or lane", places=sorted(places))
        self._unknown = places

    def _is_due(self, lane: LaneKey, orders: tuple[OfflineOrder, ...], now_ms: int) -> bool:
        sent = self._sent.get(lane)
        return sent is None or sent.orders != orders or now_ms - sent.at_ms > self._valid_ms() / 2

    def _send(self, lane: LaneKey, orders: tuple[OfflineOrder, ...], now_ms: int) -> bool:
        if len(orders) > ORDERS_MAX:
            log.warning("offline orders cut", lane=lane[1], found=len(orders), kept=ORDERS_MAX)
        return self._replies.orders(
            OfflineOrders(
                yard=lane[0],
                lane=lane[1],
                revision=now_ms,  # grows, on every replica and after every restart
                expires_at=from_ms(now_ms + self._valid_ms()),
                stops_max_per_tag=self._settings.stops_max_per_tag,
                plates=self._plates.of(*lane),
                orders=orders[:ORDERS_MAX],
            )
        )

    def _valid_ms(self) -> int:
        return round(self._settings.valid_hours * 3_600_000)


def _orders_by_lane(
    connection: Connection, now_ms: int, arrive_loaded_max: int
) -> dict[LaneKey, tuple[OfflineOrder, ...]]:
    by_yard = admissible_orders(connection, now_ms, arrive_loaded_max)
    found = connection.execute(
        select(lanes.c.yard_id, lanes.c.id).where(IS_ACTIVE).order_by(lanes.c.id)
    )
    return {(row.yard_id, row.id): by_yard.get(row.yard_id, ()) for row in found}
