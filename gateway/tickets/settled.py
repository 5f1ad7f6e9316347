"""What is known of a vehicle's settled trips, and which weighings lie before them. Pure.

A weighing's time says that, unless something surer denies it: the journal of its lane, or the
gateway itself, which answered its truck after that trip was given to settlement. So a lane whose
clock is wrong or was never set holds nobody up. It decides what is held for a person and which trip
a truck is still on, never what a ticket says: a gateway that hears all records again, at other
times, makes the same tickets.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from gateway.tickets.trips import Crossing, Journal


@dataclass(frozen=True, slots=True)
class Settled:
    tares_kg: tuple[int, ...] = ()
    """The vehicle's last empty weights, oldest first."""
    until_ms: int | None = None
    """When it was last weighed for one of the trips, by its lane's clock."""
    ended_in: Journal | None = None
    """Where that weighing is."""
    numbers: Mapping[Journal, int] = field(default_factory=dict)
    """The last numbers of the weighings of that trip, where they are."""
    sealed_ms: int = 0
    """When the gateway last gave one of the vehicle's trips to settlement."""

    def is_past(self, crossing: Crossing) -> bool:
        """Return whether the weighing lies before one that is settled."""
        return self._is_before(crossing) and not (
            self._is_answered_since(crossing)
            or self._is_booked_since(crossing)
            or self._is_numbered_after(crossing, self.numbers.keys())
        )

    def is_too_late(self, crossing: Crossing) -> bool:
        """Return whether a weighing that was told just now lies before the end of such a trip.

        One that its lane numbered after others of the trip, but not after its end, may be one of
        them, made again.
        """
        return self._is_before(crossing) and not (
            self._is_answered_since(crossing) or self._is_numbered_after(crossing, {self.ended_in})
        )

    def _is_before(self, crossing: Crossing) -> bool:
        return self.until_ms is not None and crossing.weighed_ms <= self.until_ms

    def _is_answered_since(self, crossing: Crossing) -> bool:
        """Return whether its truck waited for the gateway's answer, and got it, after that."""
        return crossing.is_answered and crossing.told_ms > self.sealed_ms

    def _is_booked_since(self, crossing: Crossing) -> bool:
        """Return whether it was told too late, and a person has taken it on for a trip to come."""
        is_booked = crossing.is_accepted and crossing.pinned_order_id is None
        return is_booked and crossing.told_ms > self.sealed_ms

    def _is_numbered_after(self, crossing: Crossing, journals: Collection[Journal | None]) -> bool:
        journal = crossing.journal
        return journal in journals and crossing.seq > self.numbers[journal]
