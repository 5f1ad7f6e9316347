"""The journal's rule, by example and by law."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records.chain import GENESIS, ChainEnd, Numbered, Placement, place


def numbered(seq: int, previous: str = "a", sha256: str = "b") -> Numbered:
    return Numbered(seq=seq, previous_hash=previous, sha256=sha256)


@pytest.mark.parametrize(
    ("last", "stored", "record", "expected"),
    [
        (GENESIS, None, numbered(1, GENESIS.sha256), Placement.ACCEPT),
        (GENESIS, None, numbered(1, "a"), Placement.BROKEN_CHAIN),
        (GENESIS, None, numbered(2), Placement.PARK),
        (ChainEnd(5, "a"), None, numbered(6, "a"), Placement.ACCEPT),
        (ChainEnd(5, "a"), None, numbered(6, "c"), Placement.BROKEN_CHAIN),
        (ChainEnd(5, "a"), None, numbered(8), Placement.PARK),
        (ChainEnd(5, "a"), "b", numbered(5), Placement.DUPLICATE),
        (ChainEnd(5, "a"), "c", numbered(5), Placement.FORK),
        (ChainEnd(5, "a"), "b", numbered(9), Placement.DUPLICATE),
        (ChainEnd(5, "a"), "c", numbered(9), Placement.FORK),
    ],
)
def test_a_record_has_one_place(
    last: ChainEnd, stored: str | None, record: Numbered, expected: Placement
) -> None:
    assert place(last, stored, record) is expected


def test_a_number_that_was_applied_but_is_not_stored_is_an_error() -> None:
    with pytest.raises(ValueError, match="not stored"):
        place(ChainEnd(5, "a"), None, numbered(5))


def run(arrivals: list[int]) -> list[int]:
    """Apply an honest journal in this order of arrival; return the numbers as applied."""
    last, stored, applied = GENESIS, set[int](), list[int]()
    for seq in arrivals:
        sha256 = f"hash {seq}" if seq in stored else None
        answer = place(last, sha256, numbered(seq, _before(seq), f"hash {seq}"))
        stored.add(seq)
        assert answer in {Placement.ACCEPT, Placement.DUPLICATE, Placement.PARK}
        while answer is Placement.ACCEPT or last.seq + 1 in stored:
            last = ChainEnd(last.seq + 1, f"hash {last.seq + 1}")
            applied.append(last.seq)
            answer = Placement.PARK
    return applied


def _before(seq: int) -> str:
    return GENESIS.sha256 if seq == 1 else f"hash {seq - 1}"


@given(st.permutations(range(1, 9)), st.lists(st.integers(1, 8)))
def test_records_are_applied_once_and_in_order_however_they_arrive(
    order: list[int], repeats: list[int]
) -> None:
    assert run([*order, *repeats]) == list(range(1, 9))
