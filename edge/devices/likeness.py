"""Whether two protocols mean the same: by what they read, and by what they would send."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from edge.devices.readers.codec import ReaderCodec
from edge.devices.readings import Reading, TagSeen, no_weight
from edge.devices.scales.codec import ScaleCodec

Codec = ScaleCodec | ReaderCodec
Seen = Reading | TagSeen
MakeCodec = Callable[[], Codec]

_BASES_MAX: Final = 3
_DIGITS: Final = (1234, 980, -40)
"""Of the weights that are tried: other than what was heard, and not the same read backwards."""

_REPEATS: Final = 3
"""Some frames end only where the next one begins."""


def agree(one: Sequence[Seen], other: Sequence[Seen]) -> bool:
    """Tell whether two lists of readings of the same bytes show the same; torn ends may differ."""
    mine, its = _by_shown(one), _by_shown(other)
    common = mine.keys() & its.keys()
    if not common or min(len(mine), len(its)) - len(common) > 1:
        return False
    return all(any(_compatible(a, b) for a in mine[shown] for b in its[shown]) for shown in common)


def covers(one: MakeCodec, other: MakeCodec, like: Sequence[Seen]) -> bool:
    """Tell whether `one` reads all that an `other` of this kind would send, and loses no fact."""
    sent = list(_sent(other, like))
    return bool(sent) and all(_refines(_last(one, frame), meant) for frame, meant in sent)


def _sent(sender: MakeCodec, like: Sequence[Seen]) -> Iterator[tuple[bytes, Seen]]:
    """Yield frames of a sender with what it means by them."""
    for probe in _probes(like):
        try:
            frame = sender().encode(probe) * _REPEATS  # type: ignore[arg-type]  # of its own kind
        except ValueError:
            continue
        yield frame, _last(sender, frame) or probe


def _probes(like: Sequence[Seen]) -> Iterator[Seen]:
    bases = list(dict.fromkeys(like))[-_BASES_MAX:]
    for base in bases:
        yield base
        if isinstance(base, Reading) and base.weight is not None:
            yield from _loaded(base, base.weight)


def _loaded(base: Reading, weight: Decimal) -> Iterator[Reading]:
    exponent = weight.as_tuple().exponent
    assert isinstance(exponent, int)
    for digits in _DIGITS:
        loaded = replace(base, weight=Decimal(digits).scaleb(exponent))
        yield loaded
        yield replace(loaded, stable=False)
        yield replace(loaded, stable=True, mode="net")
        yield replace(loaded, stable=True, mode="gross")
    yield no_weight("overload", unit=base.unit, mode=base.mode)
    yield no_weight("underload", unit=base.unit, mode=base.mode)


def _last(reader: MakeCodec, frame: bytes) -> Seen | None:
    found = [item for item in reader().feed(frame) if isinstance(item, Reading | TagSeen)]
    return found[-1] if found else None


def _refines(read: Seen | None, meant: Seen) -> bool:
    if read is None or _shown(read) != _shown(meant):
        return False
    return all(
        getattr(meant, name) in {None, getattr(read, name)} for name in type(meant).__slots__
    )


def _compatible(one: Seen, other: Seen) -> bool:
    return all(
        None in {mine := getattr(one, name), its := getattr(other, name)} or mine == its
        for name in type(one).__slots__
    )


def _by_shown(readings: Sequence[Seen]) -> dict[str, set[Seen]]:
    found: dict[str, set[Seen]] = {}
    for reading in readings:
        found.setdefault(_shown(reading), set()).add(reading)
    return found


def _shown(reading: Seen) -> str:
    """Return what a display shows: decimals count."""
    if isinstance(reading, TagSeen):
        return reading.tag
    return reading.state or str(reading.weight)
