"""What a protocol can show, as data, and readings drawn from it.

The same data serve hypothesis, which shrinks, and a plain random generator, which is fast.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

from edge.devices.readings import Reading, TagSeen
from edge.devices.scales import SCALES
from edge.devices.scales.codec import ScaleCodec
from tests.unit.edge.lines import HELD_BYTES_MAX

T = TypeVar("T")
Facts = Mapping[str, Any]
"""Fields of a reading apart from its numbers."""


class Pick(Protocol):
    """Where drawn values come from."""

    def one_of(self, choices: Sequence[T]) -> T: ...
    def integer(self, low: int, high: int) -> int: ...


class Chance:
    """Values from a random generator."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def one_of(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def integer(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


class Drawn:
    """Values from hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one_of(self, choices: Sequence[T]) -> T:
        return self._draw(st.sampled_from(choices))

    def integer(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Numbers that fit a field."""

    digits: int
    """Characters of the field, without those of a sign that has a place of its own."""
    decimals: tuple[int, ...] = (0,)
    point_inside: bool = False
    """The point takes one of the characters."""
    minus_inside: bool = False
    """So does the sign."""
    negative: bool = True
    least: int = 0

    def largest(self, decimals: int, *, negative: bool) -> int:
        """The largest number of digits without their point."""
        taken = (self.point_inside and decimals > 0) + (self.minus_inside and negative)
        return int(10 ** (self.digits - taken)) - 1

    def edges(self) -> list[Decimal]:
        """Zero and the largest numbers in every place of the point."""
        return [
            Decimal(sign * number).scaleb(-decimals)
            for decimals in self.decimals
            for sign in ([1, -1] if self.negative else [1])
            for number in (0, 1, self.largest(decimals, negative=sign < 0))
        ]

    def pick(self, pick: Pick, decimals: int) -> Decimal:
        negative = self.negative and pick.one_of([False, True])
        largest = self.largest(decimals, negative=negative)
        number = pick.integer(self.least, largest)
        return Decimal(-number if negative else number).scaleb(-decimals)

    def smallest(self, decimals: int) -> Decimal:
        return Decimal(self.least).scaleb(-decimals)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Shown:
    """One protocol under one set of options."""

    protocol: str
    options: Mapping[str, object] = field(default_factory=dict)
    numbers: Numbers
    facts: tuple[Facts, ...] = ({},)
    """What may stand beside a weight."""
    states: tuple[Reading, ...] = ()
    """What stands instead of a weight."""
    tares: Numbers | None = None
    """With the decimals of the weight."""
    text: bool = True
    """Seven-bit text: parity bits are seen and named."""
    exact: bool = True
    """The decimals that are shown can be seen in the frame."""
    held: int = HELD_BYTES_MAX
    """So many bytes, at most, may wait for the end of their frame."""
    blind: tuple[str, ...] = ()
    """Blind spots, by name: what such a frame cannot defend itself against."""

    def __repr__(self) -> str:
        return " ".join([self.protocol, *(f"{k}={v}" for k, v in self.options.items())])

    def codec(self) -> ScaleCodec:
        return SCALES[self.protocol].make(**self.options)

    def pick(self, pick: Pick) -> Reading:
        """One reading that this protocol can show."""
        if self.states and pick.integer(0, 9) == 0:
            return pick.one_of(self.states)
        return self.ordinary(pick)

    def ordinary(self, pick: Pick) -> Reading:
        """One reading with a weight."""
        decimals = pick.one_of(self.numbers.decimals)
        weight = self.numbers.pick(pick, decimals)
        tare = self.tares.pick(pick, decimals) if self.tares else None
        return Reading(weight=weight, tare=tare, **pick.one_of(self.facts))

    def samples(self) -> list[Reading]:
        """Every fact with an ordinary number, every extreme number, every state."""
        places = self.numbers.decimals[len(self.numbers.decimals) // 2]
        plain = Decimal(1207).scaleb(-places)
        ordinary = [Reading(weight=plain, tare=self._tare(plain), **one) for one in self.facts]
        extreme = [
            replace(ordinary[0], weight=weight, tare=self._tare(weight))
            for weight in self.numbers.edges()
        ]
        return [*ordinary, *extreme, *self.states]

    def _tare(self, weight: Decimal) -> Decimal | None:
        """A tare with the decimals of a weight."""
        exponent = weight.as_tuple().exponent
        assert isinstance(exponent, int)
        return self.tares.smallest(-exponent) if self.tares else None


def believed(found: Iterable[object]) -> list[Reading | TagSeen]:
    """The weights and tags among what a decoder found."""
    return [
        one
        for one in found
        if isinstance(one, TagSeen) or (isinstance(one, Reading) and one.weight is not None)
    ]


def number(one: Reading | TagSeen) -> Decimal | str | None:
    """What it says, apart from the facts beside it."""
    return one.weight if isinstance(one, Reading) else one.tag
