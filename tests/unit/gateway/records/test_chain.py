"""The journal's rule, by example and by law."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records.chain import GENESIS, Link, Numbered, Place, place


def numbered(seq: int, previous: str = "a", sha256: str = "b") -> Numbered:
    return Numbered(seq=seq, previous_hash=previous, sha256=sha256)


@pytest.mark.parametrize(
    ("last", "stored", "record", "expected"),
    [
        (GENESIS, None, numbered(1, GENESIS.sha256), Place.ACCEPT),
        (GENESIS, None, numbered(1, "a"), Place.BROKEN_CHAIN),
        (GENESIS, None, numbered(2), Place.PARK),
        (Link(5, "a"), None, numbered(6, "a"), Place.ACCEPT),
        (Link(5, "a"), None, numbered(6, "c"), Place.BROKEN_CHAIN),
        (Link(5, "a"), None, numbered(8), Place.PARK),
        (Link(5, "a"), "b", numbered(5), Place.DUPLICATE),
        (Link(5, "a"), "c", numbered(5), Place.FORK),
        (Link(5, "a"), "b", numbered(9), Place.DUPLICATE),
        (Link(5, "a"), "c", numbered(9), Place.FORK),
    ],
)
def test_a_record_has_one_place(
    last: Link, stored: str | None, record: Numbered, expected: Place
) -> None:
    assert place(last, stored, record) is expected


def test_a_number_that_was_applied_but_is_not_stored_is_an_error() -> None:
    with pytest.raises(ValueError, match="not stored"):
        place(Link(5, "a"), None, numbered(5))


def run(arrivals: list[int]) -> list[int]:
    """Apply an honest journal in this order of arrival; return the numbers as applied."""
    last, stored, applied = GENESIS, set[int](), list[int]()
    for seq in arrivals:
        sha256 = f"hash {seq}" if seq in stored else None
        answer = place(last, sha256, numbered(seq, _before(seq), f"hash {seq}"))
        stored.add(seq)
        assert answer in {Place.ACCEPT, Place.DUPLICATE, Place.PARK}
        while answer is Place.ACCEPT or last.seq + 1 in stored:
            last = Link(last.seq + 1, f"hash {last.seq + 1}")
            applied.append(last.seq)
            answer = Place.PARK
    return applied


def _before(seq: int) -> str:
    return GENESIS.sha256 if seq == 1 else f"hash {seq - 1}"


@given(st.permutations(range(1, 9)), st.lists(st.integers(1, 8)))
def test_whatever_arrives_when_is_applied_once_and_in_order(
    order: list[int], repeats: list[int]
) -> None:
    assert run([*order, *repeats]) == list(range(1, 9))
