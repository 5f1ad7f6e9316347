"""Reads the whole trail through: numbers without gaps, hashes that hold, each naming the last."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import Engine, RowMapping, bindparam, select

from gateway.trail.chain import GENESIS, sha256_of
from gateway.trail.tables import trail
from taigan.transactions import read_transaction

_ROWS_AT_ONCE: Final = 500
_NEXT: Final = (
    select(trail).where(trail.c.seq > bindparam("after")).order_by(trail.c.seq).limit(_ROWS_AT_ONCE)
)


class Head(NamedTuple):
    """The trail's last row: whoever noted it elsewhere sees when the trail was cut or rewritten."""

    seq: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.sha256}"


def read_head(text: str) -> Head:
    """Return the head that `text` names; raise ValueError for another text."""
    seq, _, sha256 = text.partition(":")
    if not seq.isdecimal() or len(sha256) != 64:
        raise ValueError("a head is SEQ:SHA256, as `audit verify` prints it")
    return Head(int(seq), sha256)


class Checked(NamedTuple):
    head: Head
    defects: list[str]


def check_trail(engine: Engine, known: Head | None = None) -> Checked:
    """Return the head, and a line for each thing that is wrong; `known` must be in the trail.

    Read in short transactions: the trail of years holds nobody up.
    """
    head, defects = Head(0, GENESIS), list[str]()
    was_known = known is None or known == head
    for row in _rows(engine):
        defects += _defects(row, head)
        head = Head(row["seq"], row["sha256"])
        was_known = was_known or head == known
    if not was_known:
        defects.append(f"{known}: the head that was noted is not in the trail")
    return Checked(head, defects)


def _rows(engine: Engine) -> Iterator[RowMapping]:
    after = {"after": 0}
    while True:
        with read_transaction(engine) as connection:
            rows = connection.execute(_NEXT, after).mappings().all()
        yield from rows
        if len(rows) < _ROWS_AT_ONCE:
            return
        after = {"after": rows[-1]["seq"]}


def _defects(row: RowMapping, last: Head) -> Iterator[str]:
    if row["seq"] != last.seq + 1:
        yield f"{row['seq']}: follows {last.seq}, what stood between is gone"
    elif row["previous_sha256"] != last.sha256:
        yield f"{row['seq']}: does not follow from the row before it"
    if sha256_of(row) != row["sha256"]:
        yield f"{row['seq']}: was changed"
