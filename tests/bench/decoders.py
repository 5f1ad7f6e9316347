"""How fast the decoders are, and how much of a core one lane's scale takes.

Each decoder reads the same drawn readings in pieces of 4 kB, as after a pause of the process, and
frame by frame, as a line delivers them. The lane's share is the whole way: bytes through the
decoder to the signal, into the window of weights, and the question what the lane has to do now.
Where another library does the same work it runs beside ours, in this process, on the same frames.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from p03py import P03SerialInterface  # type: ignore[import-untyped]  # ships no types
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU

from edge.box.feeds import scale_feed
from edge.config import Rules
from edge.lane.machine import new_lane
from edge.lane.scale import ScaleFacts
from edge.lane.sensors import Sensors
from edge.lane.signals import InputsRead, ScaleRead, Signal
from tests.unit.edge.shown import Chance, Shown
from tests.unit.edge.shown_scales import SHOWN_BY_SCALES
from tests.unit.edge.shown_tags import SHOWN_BY_READERS, ShownTags

PIECE_BYTES: Final = 4_096
FRAMES: Final = 1_000
SECONDS: Final = 0.3
ALL: Final[tuple[Shown | ShownTags, ...]] = (*SHOWN_BY_SCALES, *SHOWN_BY_READERS)
ROUNDS: Final = 3
"""The best of so many counts, in seconds of this process: the machine has other work too."""

LANES_AIM: Final = 200
CLEAR: Final = InputsRead(
    entry_clear=True, exit_clear=True, entry_open=None, exit_open=None, mono_ms=0
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds per frame."""

    in_bulk: float
    single: float
    whole_way: float | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=SECONDS, help="decoders: for each count")


def run(chosen: argparse.Namespace) -> None:
    """Measure every decoder, then the peers."""
    print(
        f"{'decoder':34}{'frames/s, 4 kB':>16}{'one by one':>12}"
        f"{'lane at 50 Hz':>15}{'lanes at 10 Hz':>16}"
    )
    slowest: dict[str, float] = {}
    for shown in ALL:
        if not chosen.family or shown.protocol in chosen.family:
            speed = measured(shown, chosen.seconds)
            show(str(shown), speed)
            if speed.whole_way is not None:
                slowest[str(shown)] = 1 / speed.whole_way / 10
    if slowest:
        name = min(slowest, key=lambda one: slowest[one])
        print(
            f"fewest lanes a core carries at 10 Hz: {slowest[name]:,.0f} ({name}), aim {LANES_AIM}"
        )
    for name, peer in (("toledo-continuous", p03py), ("modbus", pymodbus)):
        beside(name, peer, chosen)


def show(name: str, speed: Speed) -> None:
    way = speed.whole_way
    lane = f"{50 * way:>15.2%}{1 / way / 10:>16,.0f}" if way else f"{'-':>15}{'-':>16}"
    print(f"{name[:33]:34}{1 / speed.in_bulk:>16,.0f}{1 / speed.single:>12,.0f}{lane}", flush=True)


def measured(shown: Shown | ShownTags, seconds: float) -> Speed:
    frames = drawn(shown)
    line = b"".join(frames)
    pieces = [line[at : at + PIECE_BYTES] for at in range(0, len(line), PIECE_BYTES)]
    whole_way = per_frame(the_lane(shown), frames, seconds) if isinstance(shown, Shown) else None
    return Speed(
        in_bulk=per_frame(shown.codec().feed, pieces, seconds) * len(pieces) / len(frames),
        single=per_frame(shown.codec().feed, frames, seconds),
        whole_way=whole_way,
    )


def drawn(shown: Shown | ShownTags) -> list[bytes]:
    """Frames of ordinary readings."""
    pick = Chance(Random(1))
    if isinstance(shown, Shown):
        scale = shown.codec()
        return [scale.encode(shown.ordinary(pick)) for _ in range(FRAMES)]
    reader = shown.codec()
    return [reader.encode(shown.pick(pick)) for _ in range(FRAMES)]


def per_frame(work: Callable[[bytes], object], pieces: Sequence[bytes], seconds: float) -> float:
    """Return seconds for one piece, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        count, began = 0, time.process_time()
        while (taken := time.process_time() - began) < seconds:
            for piece in pieces:
                work(piece)
            count += len(pieces)
        best = min(best, taken / count)
    return best


def the_lane(shown: Shown) -> Callable[[bytes], object]:
    """Return what takes a piece of bytes all the way to the lane's next event."""
    sensors = Sensors(Rules(), ScaleFacts(e_kg=20, max_kg=80_000, unit="kg"), 0)
    sensors.beams.read(CLEAR)
    lane = new_lane(0)
    now_ms = 0

    def post(signal: Signal) -> None:
        assert isinstance(signal, ScaleRead)
        sensors.scale.read(signal)
        sensors.next_event(lane, signal.mono_ms, None)

    feed = scale_feed(shown.codec(), post)

    def work(piece: bytes) -> None:
        nonlocal now_ms
        now_ms += 20
        feed(piece, now_ms)

    return work


def beside(name: str, peer: Callable[[bytes], object], chosen: argparse.Namespace) -> None:
    """Print our decoder and a peer that does the same work."""
    ours = [one for one in SHOWN_BY_SCALES if one.protocol == name]
    if not ours or (chosen.family and name not in chosen.family):
        return
    frames = drawn(ours[0])
    feed, our_s, peer_s = ours[0].codec().feed, float("inf"), float("inf")
    for _ in range(ROUNDS):  # in turns, so that both have the same machine
        our_s = min(our_s, per_frame(feed, frames, chosen.seconds))
        peer_s = min(peer_s, per_frame(peer, frames, chosen.seconds))
    print(
        f"{name} frame by frame: ours {1 / our_s:,.0f}/s, {peer.__name__} {1 / peer_s:,.0f}/s, "
        f"{peer_s / our_s:.2f} times as fast as the peer"
    )


class _Line:
    """What p03py reads from: a serial port that has the bytes already."""

    def __init__(self) -> None:
        self._bytes = iter(b"")

    def give(self, data: bytes) -> None:
        self._bytes = iter(data)

    def reset_input_buffer(self) -> None:
        pass

    def read(self, _: int) -> bytes:
        return bytes((next(self._bytes),))


_LINE: Final = _Line()
_P03: Final = P03SerialInterface(None, 9600, 8, "nenhum", 1)
_P03.serial, _P03.QtdB = _LINE, 18
_RTU: Final = FramerRTU(DecodePDU(is_server=False))


def p03py(frame: bytes) -> object:
    """Read one Toledo frame with p03py."""
    _LINE.give(frame)
    return _P03.ler_pacote()


def pymodbus(frame: bytes) -> object:
    """Read one answer to a request for registers with pymodbus."""
    return _RTU.handleFrame(frame, 0, 0)
