"""The order list that the gateway signed for this lane, and what the lane may decide by it."""

import structlog

from edge.box.downlink import open_downlink
from edge.box.lane_clock import LaneClock
from edge.config import Settings
from edge.journal.journal import Journal
from edge.lane.offline import OfflineFacts, is_of_future
from edge.lane.plates import Plates
from edge.lane.signals import Instant, OrdersReceived
from edge.lane.state import Stop
from edge.messages import ClockQuality, Forged, OfflineOrders

log = structlog.get_logger()

_NAME = "orders"
"""The kept document's name in the journal."""


class OrderList:
    """The newest list that this lane was given, kept over a restart."""

    def __init__(
        self, settings: Settings, journal: Journal, plates: Plates, clock: LaneClock
    ) -> None:
        """Take up the list that the journal kept, if it is still sound."""
        self._clock = clock
        self._settings = settings
        self._journal = journal
        self._plates = plates
        self._current: OfflineOrders | None = None
        self._unkept: str | None = None
        kept = self._kept()
        if kept is not None:
            self._trust(kept)

    def receive(self, signal: OrdersReceived) -> None:
        """Use a verified list, if it is this lane's and newer than the present one."""
        if self._trust(signal.orders):
            self._unkept = signal.sealed

    def facts(self, stop: Stop | None, at: Instant) -> OfflineFacts:
        """Return what an offline decision about a truck rests on.

        A truck that was turned away unweighed took nothing with it, so that stop does not count.
        """
        weighed = self._journal.unconfirmed[stop.tag] if stop else 0
        is_weighed = stop is not None and stop.weighing_id is not None
        return OfflineFacts(
            allowed=self._settings.offline.allowed,
            orders=self._current,
            unconfirmed=weighed if is_weighed else weighed + 1,
            now=at.utc,
            clock=at.clock,
        )

    @property
    def is_unkept(self) -> bool:
        """Tell whether the list would be lost by a restart."""
        return self._unkept is not None

    def keep(self) -> None:
        """Keep the list for the next start; JournalFull leaves it undone."""
        if self._unkept is not None:
            self._journal.keep(_NAME, self._unkept)
            self._unkept = None

    def _trust(self, orders: OfflineOrders) -> bool:
        ours = (orders.yard, orders.lane) == (self._settings.yard, self._settings.lane)
        current = self._current
        newer = current is None or orders.revision > current.revision or self._is_void(current)
        if ours and newer:
            self._current = orders
            self._plates.policy = orders.plates
        elif orders != current:  # every reconnect brings the present one again
            log.warning("order list ignored", revision=orders.revision, lane=orders.lane)
        return ours and newer

    def _is_void(self, orders: OfflineOrders) -> bool:
        """Tell whether a list counts for nothing, so that no other is older than it."""
        now = self._clock.now()
        return now.clock is not ClockQuality.UNSET and is_of_future(orders, now.utc)

    def _kept(self) -> OfflineOrders | None:
        sealed = self._journal.kept(_NAME)
        if sealed is None:
            return None
        try:
            message = open_downlink(sealed.encode(), self._settings.signing.gateway_key)
        except (Forged, ValueError) as error:
            log.warning("kept order list ignored", reason=str(error))
            return None
        return message if isinstance(message, OfflineOrders) else None
