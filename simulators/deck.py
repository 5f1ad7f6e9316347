"""A truck on a weighbridge deck: time in, weight and beams out.

Nothing here does I/O or knows a clock: seconds are the caller's, and between two movements the
weight is a pure function of time. Masses are kg.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

_BOUNCE_HZ: Final = (1.5, 2.5)
"""A laden truck on its springs after braking."""
_DECAY_S: Final = (0.28, 0.42)
"""Time constant of the bounce: it falls below half a division within one to two seconds."""
_BOUNCE_SHARE: Final = (0.006, 0.012)
_NOISE_HZ: Final = (0.003, 0.7, 3.1)
"""Drift of the empty deck, wind, engine."""
_NOISE_E: Final = (0.08, 0.05, 0.03)
"""Amplitudes in divisions: together below half of one."""
_HOLD_E: Final = 0.6
_ZERO_RATE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Beams:
    """The photocells at both ends; a truck under way blocks the one that it crosses."""

    entry_blocked: bool = False
    exit_blocked: bool = False


@dataclass(frozen=True, slots=True)
class _Move:
    """A truck rolling over one edge of the deck, axle after axle."""

    start_s: float
    duration_s: float

    def is_under_way(self, at_s: float) -> bool:
        return self.start_s <= at_s < self.start_s + self.duration_s

    def crossed(self, at_s: float, axle: int, axles: int) -> float:
        """Return how far this axle has rolled over the edge, 0 to 1."""
        progress = (at_s - self.start_s) / self.duration_s * axles - axle
        return min(1.0, max(0.0, progress))


@dataclass(frozen=True, slots=True)
class _Bounce:
    hz: float
    decay_s: float
    share: float

    def rolling(self, at_s: float) -> float:
        return self.share * math.sin(math.tau * self.hz * at_s)

    def braked(self, since_s: float) -> float:
        decay = math.exp(-since_s / self.decay_s)
        return self.share * decay * math.sin(math.tau * self.hz * since_s)


@dataclass(frozen=True, slots=True)
class _Stay:
    """One truck from its first axle on the deck to its last axle off it."""

    axle_loads_kg: tuple[float, ...]
    bounce: _Bounce
    on: _Move
    off: _Move | None = None
    forwards: bool = True

    def weight_kg(self, at_s: float) -> float:
        count = len(self.axle_loads_kg)
        resting = sum(
            load * (self.on.crossed(at_s, axle, count) - self._gone(at_s, axle, count))
            for axle, load in enumerate(self.axle_loads_kg)
        )
        return resting * (1 + self._bounce_share(at_s))

    def has_left(self, at_s: float) -> bool:
        return self.off is not None and at_s >= self.off.start_s + self.off.duration_s

    def _gone(self, at_s: float, axle: int, count: int) -> float:
        if self.off is None:
            return 0.0
        return self.off.crossed(at_s, axle if self.forwards else count - 1 - axle, count)

    def _bounce_share(self, at_s: float) -> float:
        stopped_s = self.on.start_s + self.on.duration_s
        leaving = self.off is not None and at_s >= self.off.start_s
        if at_s < stopped_s or leaving:
            return self.bounce.rolling(at_s)
        return self.bounce.braked(at_s - stopped_s)


class Deck:
    """One deck with its load cells and the photocells at both ends."""

    def __init__(self, e_kg: int, rng: Random) -> None:
        self._e_kg = e_kg
        self._rng = rng
        self._phases = tuple(rng.uniform(0, math.tau) for _ in _NOISE_HZ)
        self._stay: _Stay | None = None

    def drive_on(self, at_s: float, axle_loads_kg: Sequence[float], duration_s: float) -> None:
        """Let a truck roll on through the entry; raise ValueError if one is still there."""
        if not self.is_empty(at_s):
            raise ValueError("another truck is on the deck")
        bounce = _Bounce(
            hz=self._rng.uniform(*_BOUNCE_HZ),
            decay_s=self._rng.uniform(*_DECAY_S),
            share=self._rng.uniform(*_BOUNCE_SHARE),
        )
        self._stay = _Stay(tuple(axle_loads_kg), bounce, on=_Move(at_s, duration_s))

    def drive_off(self, at_s: float, duration_s: float, *, forwards: bool = True) -> None:
        """Let the truck leave by the exit, or backwards by the entry."""
        stay = self._stay
        if stay is None or stay.off is not None or stay.on.is_under_way(at_s):
            raise ValueError("no truck stands on the deck")
        leaving = _Move(at_s, duration_s)
        self._stay = _Stay(stay.axle_loads_kg, stay.bounce, stay.on, leaving, forwards)

    def is_empty(self, at_s: float) -> bool:
        return self._stay is None or self._stay.has_left(at_s)

    def load_kg(self, at_s: float) -> float:
        """Return what the load cells feel, noise and bounce included."""
        resting = 0.0 if self._stay is None else self._stay.weight_kg(at_s)
        return resting + self._noise_kg(at_s)

    def beams(self, at_s: float) -> Beams:
        stay = self._stay
        if stay is None:
            return Beams()
        leaving = stay.off is not None and stay.off.is_under_way(at_s)
        return Beams(
            entry_blocked=stay.on.is_under_way(at_s) or (leaving and not stay.forwards),
            exit_blocked=leaving and stay.forwards,
        )

    def _noise_kg(self, at_s: float) -> float:
        waves = zip(_NOISE_HZ, _NOISE_E, self._phases, strict=True)
        return self._e_kg * sum(
            share * math.sin(math.tau * hz * at_s + phase) for hz, share, phase in waves
        )


class Indication:
    """What an indicator makes of the load cells: whole divisions, steady, zero tracked.

    A shown value is kept until the weight is more than 0.6 division away from it, so that a mass
    halfway between two divisions does not flicker. An empty deck slowly becomes zero again.
    """

    def __init__(self, e_kg: int) -> None:
        self._e_kg = e_kg
        self._zero_kg = 0.0
        self._shown_kg = 0

    def show(self, load_kg: float) -> int:
        """Return the shown weight, a multiple of the division; call it once per frame."""
        weight_kg = load_kg - self._zero_kg
        if abs(weight_kg) <= self._e_kg / 2:
            self._zero_kg += weight_kg * _ZERO_RATE
        if abs(weight_kg - self._shown_kg) > _HOLD_E * self._e_kg:
            self._shown_kg = math.floor(weight_kg / self._e_kg + 0.5) * self._e_kg
        return self._shown_kg
