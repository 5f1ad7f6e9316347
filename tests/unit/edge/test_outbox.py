"""Records are sent until their receipts come: a window, growing waits, and at once when asked."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.journal.outbox import WAITS_MS, WINDOW, Outbox


def outbox(*numbers: int) -> Outbox:
    made = Outbox()
    made.add(numbers, 0)
    return made


def test_new_records_go_out_at_once_and_in_order() -> None:
    assert outbox(3, 1, 2).due(0) == [1, 2, 3]


def test_without_a_receipt_a_record_goes_out_again_after_growing_waits() -> None:
    box = outbox(1)
    sent: list[int] = []
    now_ms = 0
    while len(sent) < 6:
        if box.due(now_ms):
            sent.append(now_ms)
        now_ms += 500
    waits = [later - earlier for earlier, later in pairwise(sent)]
    assert waits == [*WAITS_MS, WAITS_MS[-1]]


def test_a_receipt_ends_the_sending() -> None:
    box = outbox(1, 2)
    box.due(0)
    box.receipted(1)
    box.receipted(9)
    assert box.due(99_000) == [2]


def test_no_more_than_the_window_is_under_way() -> None:
    box = outbox(*range(1, 100))
    assert box.due(0) == list(range(1, WINDOW + 1))
    assert box.room() == 0
    box.receipted(1)
    assert box.room() == 1


def test_after_a_reconnect_everything_goes_out_again() -> None:
    box = outbox(1, 2)
    box.due(0)
    box.reconnected(10)
    assert box.due(10) == [1, 2]


def test_a_record_that_was_asked_for_goes_out_once_even_if_receipted() -> None:
    box = outbox(1)
    box.due(0)
    box.ask(1, 5)
    box.ask(7, 5)
    assert box.next_ms() == 0
    assert box.due(5) == [1, 7]
    assert box.due(6) == []


def test_an_outbox_knows_when_it_is_due() -> None:
    assert outbox().next_ms() is None
    box = outbox(1)
    box.due(0)
    assert box.next_ms() == WAITS_MS[0]


@given(st.lists(st.integers(1, 60), unique=True), st.lists(st.integers(1, 60)))
def test_what_is_not_receipted_is_never_forgotten(numbers: list[int], receipts: list[int]) -> None:
    box, now_ms = outbox(*numbers), 0
    kept = set(numbers[:WINDOW])
    for seq in receipts:
        box.due(now_ms)
        box.receipted(seq)
        now_ms += 700
    assert set(box.due(now_ms + WAITS_MS[-1])) == kept - set(receipts)
