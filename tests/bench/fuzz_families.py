"""Every protocol of both tables, with the frames that the fuzzer builds streams from."""

from collections.abc import Sequence
from typing import Final

from tests.bench.fuzz_guards import GUARDS, Guard, Shape
from tests.bench.fuzz_streams import Frames, drawn_frames
from tests.unit.edge.shown import Shown
from tests.unit.edge.shown_scales import SHOWN_BY_SCALES
from tests.unit.edge.shown_tags import SHOWN_BY_READERS, ShownTags

ALL: Final[tuple[Shown | ShownTags, ...]] = (*SHOWN_BY_SCALES, *SHOWN_BY_READERS)

BINARY: Final = {"modbus", "ff-bcd"}
"""Numbers are bits and not digits."""


def protocols() -> list[str]:
    """Return the names of all protocols, scales first."""
    return list(dict.fromkeys(one.protocol for one in ALL))


def frames_of(protocol: str, seed: int) -> list[Frames]:
    """Draw the frames of one protocol under each of its options."""
    rows = [one for one in ALL if one.protocol == protocol]
    drawn = [drawn_frames(one, seed) for one in rows]
    frames = [frame for sent in drawn for frame, _ in sent]
    shape = Shape(
        lengths=tuple({len(frame) for frame in frames}),
        firsts=frozenset(frame[0] for frame in frames),
        shows_digits=protocol not in BINARY,
    )
    return [Frames(one, sent, guard_of(one), shape) for one, sent in zip(rows, drawn, strict=True)]


def guard_of(shown: Shown | ShownTags) -> Guard | None:
    """Return how frames are checked, if these options let nothing pass unchecked."""
    guard = GUARDS.get(shown.protocol)
    if guard is None or "no checksum" in shown.blind:
        return None
    return guard if (guard.options or {}).items() <= shown.options.items() else None


def applies(bug: str, frames: Sequence[Frames]) -> bool:
    """Tell whether a bug can be planted: only what is checked can be believed unchecked."""
    return bug != "checksum ignored" or any(one.guard for one in frames)
