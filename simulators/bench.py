"""Simulated devices for a test or a command: started in one line, they run until they are stopped.

Everything here may be called from any thread.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, Literal, Self, TypeVar, get_args

from simulators.cable import OpenLine
from simulators.chance import seeded
from simulators.indicator import Indicator, IndicatorModel
from simulators.lane import Equipment, Lane
from simulators.lines import Line, PtyLine, Receive, TcpLine
from simulators.loop_thread import LoopThread
from simulators.reader import CardReader, ReaderModel
from simulators.rfc2217 import Rfc2217Line
from simulators.running import Running, RunningLane, RunningReader, RunningScale

On = Literal["pty", "tcp", "rfc2217"]
"""Which kind of line a device is on: pseudo-terminal, raw TCP, or RFC 2217."""

SCALE_HZ: Final = 10.0
READER_HZ: Final = 10.0

Started = TypeVar("Started", bound=Running)


@dataclass(frozen=True, slots=True)
class Socket:
    """Where a device is plugged in."""

    on: On = "pty"
    port: int = 0
    """TCP port on the loopback; 0 takes a free one."""
    link: Path | None = None
    """Path of the pseudo-terminal; None makes one up."""

    def __post_init__(self) -> None:
        """Raise ValueError for a kind of line that does not exist, or has no such name."""
        if self.on not in get_args(On):
            raise ValueError(f"on {self.on!r}: one of {', '.join(get_args(On))}")
        if self.on == "pty" and self.port:
            raise ValueError(f"port {self.port}: a pseudo-terminal has none")
        if self.on != "pty" and self.link is not None:
            raise ValueError(f"link {self.link}: only a pseudo-terminal has one")


ANYWHERE: Final = Socket()


def _as_it_is(_: Running) -> None:
    """Change nothing about a device."""


class Bench:
    """Devices that live as long as it is open."""

    def __init__(self, directory: Path, seed: int = 1) -> None:
        """Put pseudo-terminals into `directory`; the same seed draws the same faults."""
        self._directory = directory
        self._rng = seeded(seed)
        self._loop = LoopThread("taigan-devices")
        self._loop.start()
        self._started: list[Running] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scale(
        self,
        model: IndicatorModel,
        socket: Socket = ANYWHERE,
        *,
        rate_hz: float = SCALE_HZ,
        ready: Callable[[RunningScale], None] = _as_it_is,
    ) -> RunningScale:
        """Start an indicator; BadOption or ValueError says what it cannot be.

        `ready` may change it before it says anything.
        """
        indicator = Indicator(model, self._opener(socket, "scale"), self._chance())
        return self._start(RunningScale(self._loop, indicator, rate_hz), ready)

    def reader(
        self,
        model: ReaderModel,
        socket: Socket = ANYWHERE,
        *,
        rate_hz: float = READER_HZ,
        ready: Callable[[RunningReader], None] = _as_it_is,
    ) -> RunningReader:
        """Start a reader; BadOption or ValueError says what it cannot be; `ready` as above."""
        reader = CardReader(model, self._opener(socket, "reader"), self._chance())
        return self._start(RunningReader(self._loop, reader, rate_hz), ready)

    def lane(self, equipment: Equipment, on: On = "pty", *, speed: float = 20.0) -> RunningLane:
        """Start a lane; `speed` is how much faster than in life its trucks drive."""
        name = f"lane-{len(self._started) + 1}"

        def open_line(device: str, receive: Receive) -> Line:
            return self._opener(Socket(on), device)(receive)

        lane = Lane(name, open_line, equipment, speed=speed, rng=self._chance())
        return self._start(RunningLane(self._loop, lane, self._chance()), _as_it_is)

    def close(self) -> None:
        """Pull all plugs; raise what stopped a device before, if anything did."""
        self._loop.stop(self._pull_plugs)
        for running in self._started:
            running.check()

    async def _pull_plugs(self) -> None:
        for running in self._started:
            await running.pull_plug()

    def _start(self, running: Started, ready: Callable[[Started], None]) -> Started:
        self._started.append(running)
        ready(running)
        running.start()
        return running

    def _opener(self, socket: Socket, device: str) -> OpenLine:
        if socket.on == "tcp":
            return lambda receive: TcpLine(socket.port, receive)
        if socket.on == "rfc2217":
            return lambda receive: Rfc2217Line(socket.port, receive)
        link = socket.link or self._directory / f"{device}-{len(self._started) + 1}"
        return lambda receive: PtyLine(link, receive)

    def _chance(self) -> Random:
        return seeded(self._rng.getrandbits(64))
