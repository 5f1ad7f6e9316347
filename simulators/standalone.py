"""One scale or one reader as a program: says where it is, then runs until it is stopped."""

import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulators.bench import Bench, Socket
from simulators.faults import LineFaults
from simulators.indicator import IndicatorModel
from simulators.profile import LoadProfile
from simulators.reader import ReaderModel
from simulators.running import RunningReader, RunningScale

_LOOK_S: Final = 0.5
_OUT_S: Final = 2.0
"""How long a plug stays pulled."""


@dataclass(frozen=True, slots=True)
class Session:
    """What is asked of a device on its own, apart from what it is."""

    socket: Socket
    faults: LineFaults
    seed: int = 1
    rate_hz: float = 10.0
    seconds: float | None = None
    """None runs until it is interrupted."""
    unplug_every_s: float | None = None


def option_pairs(texts: Sequence[str]) -> dict[str, str]:
    """Read `key=value` texts; ValueError for another."""
    pairs = [text.partition("=") for text in texts]
    if not all(separator for _, separator, _ in pairs):
        raise ValueError("an option is written key=value")
    return {name: value for name, _, value in pairs}


def serve_scale(
    model: IndicatorModel, load: LoadProfile, session: Session, *, tare_kg: int = 0
) -> None:
    """Run an indicator; ValueError or OSError says why it cannot be."""

    def ready(scale: RunningScale) -> None:
        scale.faults = session.faults
        scale.follow(load, tare_kg=tare_kg)

    with _bench(session) as bench:
        _run(bench.scale(model, session.socket, rate_hz=session.rate_hz, ready=ready), session)


def serve_reader(model: ReaderModel, tag: str, session: Session) -> None:
    """Run a reader with a card before it; ValueError or OSError says why it cannot be."""

    def ready(reader: RunningReader) -> None:
        reader.faults = session.faults
        if tag:
            reader.present(tag)

    with _bench(session) as bench:
        _run(bench.reader(model, session.socket, rate_hz=session.rate_hz, ready=ready), session)


@contextmanager
def _bench(session: Session) -> Iterator[Bench]:
    with (
        tempfile.TemporaryDirectory(prefix="taigan-") as directory,
        Bench(Path(directory), session.seed) as bench,
    ):
        yield bench


def _run(device: RunningScale | RunningReader, session: Session) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    sys.stdout.write(device.toml)
    sys.stdout.flush()
    clock = threading.Timer(session.seconds or 0, stopping.set)
    clock.daemon = True
    if session.seconds is not None:
        clock.start()
    while not stopping.wait(session.unplug_every_s or _LOOK_S):
        device.check()
        if session.unplug_every_s is not None:
            device.unplug()
            stopping.wait(_OUT_S)
            device.plug_in()
    clock.cancel()
