"""Which protocol the heard bytes belong to, how certain that is, and why.

Every protocol of a table tries to read the bytes. What counts, in this order: a check that held
(CRC before XOR or sum before none), the share of the bytes that was understood, the number of
facts. If two protocols read the bytes equally well, what each would have sent decides: one that
reads all of the other's frames the same can be named in its place. Otherwise both are named, and a
person decides: a wrong name is worse than none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from edge.devices.likeness import Codec, Seen, agree, covers
from edge.devices.parity import SEVEN_BITS
from edge.devices.readings import BadFrame, Reading, WrongLine
from edge.devices.rows import ProtocolRow

FRAMES_MIN: Final = 3
FRAMES_CERTAIN: Final = 5
SHARE_MIN: Final = 0.8
"""Share of the bytes that must be understood if no check guards the frames."""
SHARE_MIN_CHECKED: Final = 0.2
"""The same with a check: data radios put text of their own before each frame."""
SHARE_NEAR: Final = 0.05
SHOWN_MAX: Final = 5

_STRENGTH: Final = {"none": 0, "parity": 1, "xor": 1, "sum7": 1, "sum8": 1, "crc16": 2}

Sure = Literal["certain", "likely"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One protocol under one choice of its options."""

    protocol: str
    options: Mapping[str, object]
    row: ProtocolRow[Codec]

    def codec(self) -> Codec:
        """Make a fresh codec."""
        return self.row.make(**self.options)

    @property
    def is_one_question(self) -> bool:
        """Whether its variants ask for different things: an answer proves the line, not the map."""
        requests = {self.row.make(**options).request for options in self.row.variants}
        return len(requests - {b""}) > 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A protocol that reads at least one frame of the bytes."""

    trial: Trial
    check: str
    frames: int
    bad_frames: int
    share: float
    """Part of the bytes that was understood, torn frames at both ends apart; 0 for few frames."""
    readings: tuple[Seen, ...] = field(repr=False)
    """All of them, in order."""
    line: str | None
    """What the line should be set to, where parity bits say so."""

    @property
    def strength(self) -> int:
        """How much its check proves."""
        return _STRENGTH[self.check]

    @property
    def has_number(self) -> bool:
        """Whether a reading can be compared with a display."""
        return any(not isinstance(one, Reading) or one.weight is not None for one in self.readings)

    @property
    def is_plausible(self) -> bool:
        """Whether enough fits to exclude chance."""
        share_min = SHARE_MIN_CHECKED if self.strength else SHARE_MIN
        enough = self.frames >= FRAMES_MIN and self.bad_frames * 2 <= self.frames
        return enough and self.share >= share_min

    @property
    def is_clean(self) -> bool:
        """Whether nothing stood between its frames."""
        return self.share == 1.0 and not self.bad_frames

    @property
    def sure(self) -> Sure:
        """How sure its name is, if nothing else fits as well."""
        proved = self.strength and self.frames >= FRAMES_CERTAIN and not self.trial.is_one_question
        return "certain" if proved and self.bad_frames * 10 <= self.frames else "likely"

    @property
    def shown(self) -> tuple[Seen, ...]:
        """The last few different readings, to be compared with a display."""
        return tuple(dict.fromkeys(reversed(self.readings)))[:SHOWN_MAX][::-1]


@dataclass(frozen=True, slots=True)
class Identification:
    """What the bytes are."""

    kind: Literal["found", "ambiguous", "nothing"]
    candidates: tuple[Candidate, ...] = ()
    """The one that was found, or all that cannot be distinguished."""
    alike: tuple[Candidate, ...] = ()
    """Others that read these bytes the same; what was found reads all that they would send."""

    @property
    def is_certain(self) -> bool:
        """Whether one was found, and proved."""
        return self.kind == "found" and self.candidates[0].sure == "certain"


NOTHING: Final = Identification("nothing")


def trials(table: Mapping[str, ProtocolRow[Codec]]) -> tuple[Trial, ...]:
    """Return everything that may be tried; rows without variants, such as templates, may not."""
    return tuple(
        Trial(protocol, options, row) for protocol, row in table.items() for options in row.variants
    )


def candidates(tried: Iterable[Trial], data: bytes) -> tuple[Candidate, ...]:
    """Return who can read something of `data`."""
    return tuple(found for trial in tried if (found := _candidate(trial, data)) is not None)


def judge(found: Iterable[Candidate]) -> Identification:
    """Name one protocol, or all that fit equally well, or nothing."""
    plausible = sorted((one for one in found if one.is_plausible), key=_rank)
    if not plausible:
        return NOTHING
    rivals = [one for one in plausible if not _is_beaten(one, plausible[0])]
    for one in rivals:
        others = tuple(other for other in rivals if other is not one)
        if one.has_number and all(_can_stand_for(one, other) for other in others):
            return Identification("found", (one,), others)
    return Identification("ambiguous", tuple(rivals))


def _candidate(trial: Trial, data: bytes) -> Candidate | None:
    codec = trial.codec()
    found = codec.feed(data)
    counts = codec.counts
    if not counts.good_frames:
        return None
    hints = [item.setting for item in found if isinstance(item, WrongLine)]
    return Candidate(
        trial=trial,
        check=codec.check,
        frames=counts.good_frames,
        bad_frames=counts.bad_frames,
        share=_share(trial.codec(), data) if counts.good_frames >= FRAMES_MIN else 0.0,
        readings=tuple(_readings(found)),
        line=hints[-1] if hints else None,
    )


def _share(codec: Codec, data: bytes) -> float:
    """Return how much was understood from the end of the first frame to that of the last.

    Line ends count as understood: some protocols end before them.
    """
    ends: list[int] = []
    understood: list[int] = []
    for position in range(len(data)):
        codec.feed(data[position : position + 1])
        if codec.counts.good_bytes > sum(understood[-1:]):
            ends.append(position)
            understood.append(codec.counts.good_bytes)
    between = data[min(ends, default=0) : max(ends, default=0)].translate(SEVEN_BITS)
    good_bytes = max(understood, default=0) - min(understood, default=0)
    line_ends = between.count(b"\r") + between.count(b"\n")
    return min(1.0, (good_bytes + line_ends) / max(1, len(between)))


def _readings(found: Sequence[Seen | BadFrame | WrongLine]) -> Iterator[Seen]:
    for item in found:
        if not isinstance(item, BadFrame | WrongLine):
            yield item


def _rank(one: Candidate) -> tuple[float, ...]:
    return not one.has_number, -one.strength, -round(one.share, 2), -_facts(one)


def _facts(one: Candidate) -> int:
    """Count the facts that the protocol carries: what says more explains more of the bytes."""
    known = (
        [getattr(reading, name) for name in type(reading).__slots__] for reading in one.readings
    )
    return max(len(facts) - facts.count(None) for facts in known)


def _is_beaten(one: Candidate, best: Candidate) -> bool:
    if best.has_number and not one.has_number:
        return True
    if best.strength > one.strength:
        return one.share < best.share + 4 * SHARE_NEAR
    return best.strength == one.strength and one.share < best.share - SHARE_NEAR


def _can_stand_for(one: Candidate, other: Candidate) -> bool:
    if not agree(one.readings, other.readings):
        return False
    return covers(one.trial.codec, other.trial.codec, one.readings)
