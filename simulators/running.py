"""Handles on simulated devices that run in another thread.

A device that broke down says so at the next touch.
"""

import asyncio
from abc import ABC, abstractmethod
from concurrent.futures import Future
from random import Random
from typing import Final

from edge.devices.readings import Reading, State
from simulators.cable import Cable
from simulators.deck import Deck
from simulators.devices import reader_settings, scale_settings, sources
from simulators.faults import LineFaults
from simulators.indicator import Indicator
from simulators.lane import Lane, Visit, VisitOutcome
from simulators.loop_thread import LoopThread
from simulators.profile import LoadProfile
from simulators.reader import CardReader
from simulators.toml import to_toml
from simulators.trucks import Truck, fleet

_PATIENCE_S: Final = 60.0
_RATE_HZ_MAX: Final = 1_000.0


class Running(ABC):
    """A device that sends from its start until it is stopped."""

    def __init__(self, loop: LoopThread) -> None:
        self._loop = loop
        self._transmitting: Future[None] | None = None

    def start(self) -> None:
        """Plug it in, and let it send."""
        self.plug_in()
        self._transmitting = self._loop.call(self._transmit())

    def plug_in(self) -> None:
        """Put the plug in, under the same name as before."""
        self._loop.call(self._plug_in()).result()

    def unplug(self) -> None:
        """Pull the plug: a program that has the port open loses it."""
        self.check()
        self._loop.call(self.pull_plug()).result()

    def check(self) -> None:
        """Raise what stopped the device, if anything did."""
        if self._transmitting and self._transmitting.done() and not self._transmitting.cancelled():
            self._transmitting.result()

    @property
    @abstractmethod
    def settings(self) -> dict[str, object]:
        """What the lane box's settings say about it."""

    @property
    @abstractmethod
    def toml(self) -> str:
        """The same, to be put into lane.toml."""

    @abstractmethod
    async def pull_plug(self) -> None:
        """Pull the plug; runs in the devices' thread."""

    @abstractmethod
    async def _plug_in(self) -> None: ...

    @abstractmethod
    async def _transmit(self) -> None:
        """Send until cancelled."""


class _Device(Running):
    """One device on one cable."""

    def __init__(self, loop: LoopThread, cable: Cable, rate_hz: float) -> None:
        if not 0 < rate_hz <= _RATE_HZ_MAX:
            raise ValueError(f"rate_hz {rate_hz}: more than 0, at most {_RATE_HZ_MAX:.0f}")
        self._cable = cable
        self._period_s = 1 / rate_hz
        super().__init__(loop)

    @property
    def source(self) -> str:
        """What lane.toml names, line settings included."""
        self.check()
        return self._cable.source

    @property
    def faults(self) -> LineFaults:
        """What is wrong with the cable; the fields may be set at any time."""
        self.check()
        return self._cable.faults

    @faults.setter
    def faults(self, faults: LineFaults) -> None:
        self._cable.faults = faults

    async def pull_plug(self) -> None:
        self._cable.line.unplug()

    async def _plug_in(self) -> None:
        await self._cable.line.plug_in()

    async def _transmit(self) -> None:
        loop = asyncio.get_running_loop()
        next_s = loop.time()
        while True:
            self._say(loop.time())
            next_s = max(next_s + max(self._period_s, self._frame_s), loop.time())
            await asyncio.sleep(next_s - loop.time())

    @property
    @abstractmethod
    def _frame_s(self) -> float:
        """How long its frame is under way on the wire."""

    @abstractmethod
    def _say(self, now_s: float) -> None: ...


class RunningScale(_Device):
    """An indicator with a load on its deck."""

    def __init__(self, loop: LoopThread, indicator: Indicator, rate_hz: float) -> None:
        self.indicator = indicator
        self._load = LoadProfile(((0.0, 0.0),))
        self._since_s = 0.0
        super().__init__(loop, indicator.cable, rate_hz)

    def show(self, kg: float, *, tare_kg: int = 0) -> None:
        """Put a load on the deck; with a tare the net weight is shown.

        ValueError, and nothing changes, if the protocol cannot carry what would be shown.
        """
        self.follow(LoadProfile(((0.0, kg),)), tare_kg=tare_kg)

    def follow(self, profile: LoadProfile, *, tare_kg: int = 0) -> None:
        """Let the load change by the clock from now on; otherwise as `show`."""
        self.check()
        self._loop.run(lambda: self._put(profile, tare_kg))

    def show_state(self, state: State) -> None:
        """Show a state in place of a weight until the next `show` or `follow`.

        An indicator whose protocol has no place for it goes quiet.
        """
        self.check()
        self.indicator.panel.state = state

    @property
    def reading(self) -> Reading:
        """What is shown now, protocol or not."""
        return self._loop.run(self.indicator.panel.reading)

    @property
    def settings(self) -> dict[str, object]:
        self.check()
        return scale_settings(self.indicator)

    @property
    def toml(self) -> str:
        return to_toml({"scale": self.settings})

    @property
    def _frame_s(self) -> float:
        return self.indicator.frame_s

    def _say(self, now_s: float) -> None:
        self.indicator.send(self._load.at(now_s - self._since_s))

    def _put(self, profile: LoadProfile, tare_kg: int) -> None:
        for _, kg in profile.points:
            self.indicator.check_load(kg, tare_kg)
        self.indicator.panel.state = None
        self.indicator.panel.tare_kg = tare_kg
        self._load, self._since_s = profile, self._loop.time()


class RunningReader(_Device):
    """A reader that cards are held before."""

    def __init__(self, loop: LoopThread, reader: CardReader, rate_hz: float) -> None:
        self.reader = reader
        super().__init__(loop, reader.cable, rate_hz)

    def present(self, tag: str) -> None:
        """Hold a card before the reader; ValueError if its protocol cannot report this tag."""
        self.check()
        self._loop.run(lambda: self.reader.present(tag))

    def remove(self) -> None:
        """Take the card away."""
        self.check()
        self._loop.run(self.reader.remove)

    @property
    def settings(self) -> dict[str, object]:
        self.check()
        return reader_settings(self.reader)

    @property
    def toml(self) -> str:
        return to_toml({"readers": [{"name": "card", **self.settings}]})

    @property
    def _frame_s(self) -> float:
        return self.reader.frame_s

    def _say(self, now_s: float) -> None:
        del now_s
        self.reader.send()


class RunningLane(Running):
    """A whole lane: deck, indicator, reader, relay board, display, and trucks that cross it."""

    def __init__(self, loop: LoopThread, lane: Lane, rng: Random) -> None:
        self.lane = lane
        self.trucks = fleet(rng)
        """An honest truck at every `next`."""
        super().__init__(loop)

    @property
    def deck(self) -> Deck:
        return self.lane.deck

    def now_s(self) -> float:
        """Return the time that the deck goes by."""
        return self._loop.time()

    def send(self, truck: Truck, mass_kg: int | None = None) -> Future[VisitOutcome]:
        """Send a truck across, loaded unless told; the future tells how that ended."""
        self.check()
        loads = truck.axle_loads_kg(truck.loaded_kg if mass_kg is None else mass_kg)
        return self._loop.call(self.lane.cross(Visit(truck.tag, loads, _PATIENCE_S)))

    @property
    def settings(self) -> dict[str, object]:
        self.check()
        return sources(self.lane)

    @property
    def toml(self) -> str:
        return to_toml(self.settings)

    async def pull_plug(self) -> None:
        await self.lane.unplug()

    async def _plug_in(self) -> None:
        await self.lane.plug_in()

    async def _transmit(self) -> None:
        await self.lane.run()
