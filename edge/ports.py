"""What the runner needs from the world; `edge.io` has the real ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from edge.devices.displays.codec import Shown
from edge.devices.slip import Slip
from edge.devices.voice import Spoken
from edge.lane.effects import Barrier, Close, Open
from edge.lane.signals import Instant
from edge.messages import TopicName


class Link(Protocol):
    """The way to the gateway. Nothing here waits, and nothing here is a receipt."""

    @property
    def unopened(self) -> int:
        """Return how many messages came that the gateway's key did not open."""

    def publish(self, name: TopicName, payload: str) -> None:
        """Hand a message over; it may be lost."""

    def check(self) -> None:
        """Restart what has died inside."""


class Gates(Protocol):
    """Barriers and lights. Nothing here waits."""

    def obey(self, motion: Open | Close) -> None:
        """Send a pulse now or not at all; BarrierTold confirms it."""

    def light(self, greens: Mapping[Barrier, bool]) -> None:
        """Set the lights, and set them again after every reconnect."""


class Screen(Protocol):
    """The driver's display."""

    def show(self, shown: Shown) -> None:
        """Show it soon, in place of what was shown before. Never waits."""


class Voice(Protocol):
    """The loudspeaker."""

    def say(self, spoken: Spoken) -> None:
        """Say it soon, unless a newer text replaces it. Never waits."""


class Printer(Protocol):
    """The slip printer."""

    def print(self, slip: Slip) -> None:
        """Print it soon or drop it. Never waits."""


class Clock(Protocol):
    """The box's clocks."""

    def now(self) -> Instant:
        """Return all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All of them, for one lane."""

    link: Link
    gates: Gates
    screen: Screen
    clock: Clock
    voice: Voice | None = None
    printer: Printer | None = None
