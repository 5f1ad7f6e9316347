"""Keeps the yards busy: sends trucks on their way, a few at a time, and remembers them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import Final

from simulators.chance import seeded
from simulators.demo.system import TaiganSystem
from simulators.lane import VisitOutcome
from simulators.trucks import Truck, fleet, strangers

DRIVING_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class Sent:
    """A truck on its way, and the number of its order if it has one."""

    truck: Truck
    order_no: str | None
    outcome: Future[VisitOutcome]

    @property
    def passed(self) -> bool:
        """Whether it drove off the last scale."""
        return self.outcome.done() and self.outcome.result() is VisitOutcome.PASSED


class Fleet:
    """`count` honest trucks (None: without end) and some strangers among the first of them."""

    def __init__(
        self, system: TaiganSystem, *, count: int | None, strangers_count: int, seed: int
    ) -> None:
        rng = seeded(seed)
        odd_ones = strangers(strangers_count, rng)
        self._system = system
        self._waiting = mixed(islice(fleet(rng), count), odd_ones)
        self.is_all_sent = False
        self.sent: list[Sent] = []

    @property
    def honest(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.truck.stranger is None]

    @property
    def is_home(self) -> bool:
        """Whether all trucks were sent and none is on the road any more."""
        return self.is_all_sent and not self._driving()

    def send(self) -> None:
        """Send trucks until enough are on the road; call it often."""
        while not self.is_all_sent and self._driving() < DRIVING_MAX:
            truck = next(self._waiting, None)
            if truck is None:
                self.is_all_sent = True
                return
            order_no, outcome = self._system.drive(truck)
            self.sent.append(Sent(truck, order_no, outcome))

    def _driving(self) -> int:
        return sum(not sent.outcome.done() for sent in self.sent)


def mixed(honest: Iterator[Truck], odd_ones: Sequence[Truck]) -> Iterator[Truck]:
    """Yield each stranger after an honest truck, as long as there are both; then the rest."""
    for stranger in odd_ones:
        yield from islice(honest, 1)
        yield stranger
    yield from honest
