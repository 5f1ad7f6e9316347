"""What the runner needs from the world; `edge.io` has the real ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from edge.lane.effects import Barrier, Close, Open
from edge.lane.signals import Instant
from edge.messages import TopicName


class Link(Protocol):
    """The way to the gateway. Nothing here waits, and nothing here is a receipt."""

    def publish(self, name: TopicName, payload: str) -> None:
        """Hand a message over; it may be lost."""

    def check(self) -> None:
        """Restart what has died inside."""


class Gates(Protocol):
    """Barriers and lights. Nothing here waits."""

    def obey(self, order: Open | Close) -> None:
        """Send a pulse now or never; BarrierTold is the answer."""

    def light(self, greens: Mapping[Barrier, bool]) -> None:
        """Set the lights, and set them again after every reconnect."""


class Screen(Protocol):
    """The driver's display."""

    def show(self, text: str) -> None:
        """Show one line."""


class Clock(Protocol):
    """The box's clocks."""

    def now(self) -> Instant:
        """Return all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All of it, for one lane."""

    link: Link
    gates: Gates
    screen: Screen
    clock: Clock
