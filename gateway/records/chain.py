"""Where a record belongs in its lane's journal. Pure: what is known and one record in, answer out.

A journal (epoch) is numbered from 1 without gaps and each record names the hash of the one before.
The broker may lose, repeat and reorder; none of it may change what is applied, nor in which order.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from edge.messages import GENESIS_HASH


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The last record applied."""

    seq: int
    sha256: str


GENESIS: Final = ChainEnd(0, GENESIS_HASH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The part of a record that decides its place."""

    seq: int
    previous_hash: str
    sha256: str


class Placement(Enum):
    ACCEPT = auto()
    """The next one, and it continues the journal."""
    DUPLICATE = auto()
    PARK = auto()
    """Numbers before it are missing."""
    FORK = auto()
    """Its number is taken by another record: the journal was copied."""
    BROKEN_CHAIN = auto()
    """The next number, but it continues some other journal."""


def place(last: ChainEnd, stored_sha256: str | None, record: Numbered) -> Placement:
    """Return where `record` belongs after `last`.

    `stored_sha256` is the hash of the record already stored under its number, parked or applied.
    """
    if stored_sha256 is not None:
        return Placement.DUPLICATE if stored_sha256 == record.sha256 else Placement.FORK
    if record.seq > last.seq + 1:
        return Placement.PARK
    if record.seq <= last.seq:
        raise ValueError(f"record {record.seq} was applied but is not stored, last is {last.seq}")
    return Placement.ACCEPT if record.previous_hash == last.sha256 else Placement.BROKEN_CHAIN
