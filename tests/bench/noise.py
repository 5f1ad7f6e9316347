"""How often a bad line makes a wrong weight: one bit in a thousand is wrong, all day long.

Trucks drive on, stand and drive off at ten frames a second; each bit of each frame is turned over
by chance; what the decoder believes goes through the lane's own rule for a stable weight. A weight
that settles and is not the truck's counts as wrong. Beside it stands what one frame alone, taken
for a weight, would have done on the same line.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from math import log
from random import Random
from typing import Final

from edge.config import Rules
from edge.devices.readings import Reading
from edge.lane.scale import ScaleFacts
from edge.lane.sensors import Sensors
from edge.lane.signals import ScaleRead
from edge.lane.weight import Kilograms, to_kilograms
from tests.unit.edge.shown import Shown
from tests.unit.edge.shown_scales import SHOWN_BY_SCALES

BIT_ERROR_RATE: Final = 1e-3
FRAMES: Final = 10_000_000
FRAMES_OF_OTHERS: Final = 1_000_000
MEASURED_LONG: Final = {"yaohua-continuous", "toledo-continuous"}
"""What most truck scales of the world send."""

FRAME_MS: Final = 100
E_KG: Final = 20
TRUCKS: Final = 40
RAMP_FRAMES: Final = 15
STILL_FRAMES: Final = 60
FACTS: Final = ScaleFacts(e_kg=E_KG, max_kg=80_000, unit="kg", accept_net=True)


@dataclass(slots=True)
class Tally:
    """What came of a number of frames."""

    frames: int = 0
    wrong_frames: int = 0
    stops: int = 0
    settled: int = 0
    settled_wrong: int = 0


class BitErrors:
    """Turns bits over by chance; jumps from one wrong bit to the next."""

    def __init__(self, random: Random, rate: float) -> None:
        self._random, self._scale = random.random, 1 / log(1 - rate)
        self._next = self._gap()
        self.count = 0

    def pass_on(self, frame: bytes) -> bytes:
        """Return the frame as it arrives."""
        bits = 8 * len(frame)
        if self._next >= bits:
            self._next -= bits
            return frame
        damaged = bytearray(frame)
        while self._next < bits:
            damaged[self._next >> 3] ^= 1 << (self._next & 7)
            self.count += 1
            self._next += 1 + self._gap()
        self._next -= bits
        return bytes(damaged)

    def _gap(self) -> int:
        return int(log(1 - self._random()) * self._scale)


@dataclass(frozen=True, slots=True)
class Stop:
    """One truck on the scale: what it weighs, and every frame that it causes."""

    kg: int
    frames: tuple[tuple[bytes, Decimal], ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--frames", type=int, default=FRAMES, help="noise: for the common protocols"
    )


def run(chosen: argparse.Namespace) -> None:
    """Measure every protocol that a lane can weigh with."""
    print(f"noise: bit error rate {BIT_ERROR_RATE}, {FRAME_MS} ms a frame, seed {chosen.seed}")
    print(
        f"{'':34}{'frames':>11}{'wrong bits':>12}{'stops':>9}{'settled':>9}"
        f"{'one frame wrong':>17}{'settled wrong':>15}{'s':>7}"
    )
    total = 0
    for shown in chosen_protocols(chosen.family):
        plain = ordinary(shown)
        if plain is None:
            print(f"{str(shown)[:33]:34}no truck can be weighed with it")
            continue
        common = shown.protocol in MEASURED_LONG
        total += measure(shown, plain, chosen, common=common)
    print(f"noise: {total} wrong weights settled, aim 0")


def chosen_protocols(families: list[str] | None) -> list[Shown]:
    """Return every variant of the named protocols, or the first variant of each."""
    if families:
        return [one for one in SHOWN_BY_SCALES if one.protocol in families]
    return list({one.protocol: one for one in reversed(SHOWN_BY_SCALES)}.values())[::-1]


def measure(shown: Shown, plain: Reading, chosen: argparse.Namespace, *, common: bool) -> int:
    began = time.perf_counter()
    random = Random(chosen.seed)
    errors = BitErrors(random, BIT_ERROR_RATE)
    frames = chosen.frames if common else min(chosen.frames, FRAMES_OF_OTHERS)
    tally = driven(shown, stops(shown, plain, random), errors, frames)
    seconds = time.perf_counter() - began
    print(
        f"{str(shown)[:33]:34}{tally.frames:>11,}{errors.count:>12,}{tally.stops:>9,}"
        f"{tally.settled:>9,}{tally.wrong_frames:>17,}{tally.settled_wrong:>15}{seconds:>7.0f}",
        flush=True,
    )
    return tally.settled_wrong


def ordinary(shown: Shown) -> Reading | None:
    """Return a reading of a still, loaded scale that the lane would count."""
    decimals = shown.numbers.decimals[0]
    if FACTS.max_kg * 10**decimals > shown.numbers.largest(decimals, negative=False):
        return None
    weight = Decimal(40_000).quantize(Decimal(1).scaleb(-decimals))
    tare = shown.tares.smallest(decimals) if shown.tares else None
    for facts in shown.facts:
        reading = Reading(weight=weight, tare=tare, **facts)
        kilograms = to_kilograms(reading, FACTS.unit, E_KG, accept_net=FACTS.accept_net)
        if isinstance(kilograms, Kilograms) and kilograms.usable:
            return reading
    return None


def stops(shown: Shown, plain: Reading, random: Random) -> list[Stop]:
    """Draw trucks: zero, a ramp up, a load that stands still, a ramp down."""
    codec, drawn = shown.codec(), []
    for _ in range(TRUCKS):
        kg = E_KG * random.randint(15_000 // E_KG, 60_000 // E_KG)
        ramp = [E_KG * (kg * step // RAMP_FRAMES // E_KG) for step in range(1, RAMP_FRAMES)]
        loads = [0] * RAMP_FRAMES + ramp + [kg] * STILL_FRAMES + ramp[::-1] + [0] * RAMP_FRAMES
        weights = [Decimal(one).quantize(plain.weight or Decimal(1)) for one in loads]
        shown_as = {one: codec.encode(replace(plain, weight=one)) for one in set(weights)}
        drawn.append(Stop(kg, tuple((shown_as[weight], weight) for weight in weights)))
    return drawn


def driven(shown: Shown, trucks: list[Stop], errors: BitErrors, frames: int) -> Tally:
    """Let trucks stop, one after the other, until so many frames have passed."""
    codec, sensors, tally, now_ms = shown.codec(), Sensors(Rules(), FACTS, 0), Tally(), 0
    for stop in _for_ever(trucks):
        settled: set[int] = set()
        before = Decimal(0)
        for frame, weight in stop.frames:
            now_ms += FRAME_MS
            for found in codec.feed(errors.pass_on(frame)):
                if isinstance(found, Reading) and found.weight not in {weight, before, None}:
                    tally.wrong_frames += 1
                sensors.scale.read(ScaleRead(found, now_ms))
            plateau = sensors.scale.stability.settled(now_ms, 0)
            if plateau is not None:
                settled.add(plateau.kg)
            before = weight
        sensors.scale.stability.consume()
        tally.frames += len(stop.frames)
        tally.stops += 1
        tally.settled += stop.kg in settled
        tally.settled_wrong += len(settled - {stop.kg})
        if tally.frames >= frames:
            break
    return tally


def _for_ever(trucks: list[Stop]) -> Iterator[Stop]:
    while True:
        yield from trucks
