"""Records are sent until their receipts come, and a slow gateway is not made slower by it."""

from collections import Counter, deque
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.journal.outbox import (
    QUICK_MS,
    WAIT_MS_MAX,
    WAIT_MS_MIN,
    WAIT_MS_START,
    WINDOW_MAX,
    WINDOW_START,
    Outbox,
)


def outbox(*numbers: int) -> Outbox:
    made = Outbox()
    made.add(numbers)
    return made


def widened(count: int = 100, took_ms: int = 50) -> tuple[Outbox, int, int]:
    """Return an outbox with its widest window, the last number receipted, and the time."""
    box, now_ms, seq = outbox(*range(1, count + 1)), 0, 0
    while box.window < WINDOW_MAX:
        for seq in box.due(now_ms):
            box.add([seq + WINDOW_MAX])
            box.receipted(seq, now_ms + took_ms)
        now_ms += took_ms
    return box, seq, now_ms


def test_the_oldest_go_first_and_only_a_window_of_them() -> None:
    box = outbox(*range(9, 0, -1))
    assert box.due(0) == [1, 2, 3, 4]
    assert box.due(10) == []
    box.receipted(1, 20)
    assert box.due(20) == [5, 6]


def test_receipts_that_come_quickly_widen_the_window_up_to_its_limit() -> None:
    box, sent = outbox(*range(1, 500)), []
    for now_ms in range(0, 2_000, 100):
        due = box.due(now_ms)
        sent.append(len(due))
        for seq in due:
            box.receipted(seq, now_ms + 50)
    assert sent[:5] == [4, 8, 16, 32, WINDOW_MAX]
    assert max(sent) == WINDOW_MAX


def test_receipts_that_stood_in_a_queue_do_not_widen_it() -> None:
    box, now_ms = outbox(*range(1, 50)), 0
    for _ in range(20):
        for seq in box.due(now_ms):
            box.receipted(seq, now_ms + QUICK_MS + 1)
        now_ms += QUICK_MS + 1
    assert box.window == WINDOW_START


def test_without_a_receipt_only_the_oldest_goes_again_after_waits_that_double_to_a_minute() -> None:
    box, last, start_ms = widened()
    assert len(box.due(start_ms)) == WINDOW_MAX
    sent: list[int] = []
    for now_ms in range(start_ms, start_ms + 600_000, 250):
        for seq in box.due(now_ms):
            assert seq == last + 1
            sent.append(now_ms)
    waits = [later - earlier for earlier, later in pairwise([start_ms, *sent])]
    assert waits[:6] == [WAIT_MS_MIN * 2**number for number in range(6)]
    assert set(waits[6:]) == {WAIT_MS_MAX}


def test_a_missing_receipt_halves_the_window() -> None:
    box, _, now_ms = widened()
    box.due(now_ms)
    box.due(now_ms + WAIT_MS_MIN)
    assert box.window == WINDOW_MAX // 2


def test_a_window_that_was_halved_grows_by_one_for_each_window_of_receipts() -> None:
    box, _, now_ms = widened(1_000)
    [*first] = box.due(now_ms)
    now_ms += WAIT_MS_MIN
    box.due(now_ms)
    for seq in first:
        box.receipted(seq, now_ms + 1)
    widths = []
    for _ in range(5):
        widths.append(box.window)
        now_ms += 50
        for seq in box.due(now_ms):
            box.add([seq + WINDOW_MAX])
            box.receipted(seq, now_ms + 10)
    assert widths == sorted(widths)
    assert 2 <= widths[-1] - widths[0] <= 6


def test_a_receipt_ends_the_sending() -> None:
    box = outbox(1, 2)
    box.due(0)
    box.receipted(1, 10)
    box.receipted(9, 10)
    assert box.due(WAIT_MS_START + 10) == [2]
    box.receipted(2, 30)
    assert box.due(99_000) == []
    assert box.next_ms() is None


def test_a_receipt_for_a_record_that_waits_ends_its_waiting() -> None:
    box = outbox(*range(1, 7))
    assert 6 not in box.due(0)
    box.receipted(6, 10)
    for seq in range(1, 6):
        box.receipted(seq, 20)
    assert box.due(30) == []


def test_how_long_a_receipt_may_take_is_learnt_from_those_that_came() -> None:
    box, sent, came = outbox(*range(1, 21)), Counter[int](), dict[int, int]()
    for now_ms in range(0, 300_000, 100):
        for seq in box.due(now_ms):
            sent[seq] += 1
            came.setdefault(seq, now_ms + 10_000)
        for seq in [seq for seq, at_ms in came.items() if at_ms == now_ms]:
            box.receipted(seq, now_ms)
    assert len(sent) == 20
    assert max(seq for seq, times in sent.items() if times > 1) <= 2 * WINDOW_START
    assert sum(sent.values()) < 20 + 2 * WINDOW_START


def test_after_a_reconnect_what_was_under_way_goes_again_oldest_first_and_slowly() -> None:
    box, last, now_ms = widened()
    due = box.due(now_ms)
    box.reconnected()
    assert box.due(now_ms) == due[:WINDOW_START]
    assert due[0] == last + 1
    for seq in due:
        box.receipted(seq, now_ms + 10)
        box.due(now_ms + 10)
    assert box.window > WINDOW_START


def test_records_that_the_gateway_passed_over_go_again_at_once() -> None:
    box, last, now_ms = widened(1_000)
    due = box.due(now_ms)
    lost, arrived = due[:5], due[5:]
    box.receipted(arrived[0], now_ms + 50)
    assert [seq for seq in box.due(now_ms + 50) if seq <= due[-1]] == []
    for seq in arrived[1:]:
        box.receipted(seq, now_ms + 60)
    assert box.due(now_ms + 60)[:5] == lost
    assert last < lost[0]


def test_a_record_that_the_gateway_cannot_take_is_not_sent_after_every_receipt() -> None:
    box, last, now_ms = widened(2_000)
    sent: Counter[int] = Counter()
    for _ in range(40):
        due = box.due(now_ms)
        sent.update(due)
        now_ms += 50
        for seq in due:
            box.add([seq + WINDOW_MAX])
            if seq != last + 1:
                box.receipted(seq, now_ms)
    assert sent[last + 1] <= 4
    assert sum(sent.values()) > 100


def test_a_record_that_was_asked_for_goes_out_once_even_if_receipted() -> None:
    box = outbox(1)
    box.due(0)
    box.ask(7, 5)
    assert box.next_ms() == 0
    assert box.due(5) == [7]
    assert box.due(6) == []


def test_a_record_on_its_way_is_not_asked_for_before_its_answer_is_late() -> None:
    box = outbox(1)
    box.due(0)
    box.ask(1, WAIT_MS_START - 1)
    assert box.due(WAIT_MS_START - 1) == []
    box.ask(1, WAIT_MS_START)
    assert box.due(WAIT_MS_START) == [1]
    box.ask(1, WAIT_MS_START + 1)
    assert box.due(WAIT_MS_START + 1) == []


def test_records_that_were_forgotten_creep_and_later_ones_do_not() -> None:
    box, last, now_ms = widened()
    box.reconnected()
    box.creep(up_to=last)
    box.add(range(last - 2, last + 1))
    due: list[int] = []
    for seq in (last - 2, last - 1, last):
        due = box.due(now_ms)
        assert [one for one in due if one <= last] == [seq]
        box.receipted(seq, now_ms + 50)
        now_ms += 50
    assert len(due) > 1


def test_a_sign_of_life_ends_a_long_wait() -> None:
    box = outbox(1)
    box.due(0)
    for now_ms in (WAIT_MS_START, 10_000, 30_000):
        box.due(now_ms)
    box.heard(30_001)
    assert box.due(30_001) == [1]
    fresh = outbox(1)
    fresh.due(0)
    fresh.heard(1)
    assert fresh.due(1) == []


def test_an_outbox_knows_when_it_is_due() -> None:
    assert outbox().next_ms() is None
    box = outbox(1)
    assert box.next_ms() == 0
    box.due(0)
    assert box.next_ms() == WAIT_MS_START


# --- against a gateway that loses and is slow


class SlowGateway:
    """Takes records in order, so many a second, and answers; loses some on the way, and answers."""

    def __init__(self, per_s: int, seed: int = 1, loss: float = 0.0) -> None:
        self._rng = Random(seed)
        self._loss = loss
        self._step_ms = 1_000 / per_s
        self._queue: deque[tuple[int, int]] = deque()
        self._free_ms = 0.0

    def send(self, lane: int, seq: int) -> None:
        if self._rng.random() >= self._loss:
            self._queue.append((lane, seq))

    def answers(self, now_ms: int) -> list[tuple[int, int]]:
        if not self._queue:
            self._free_ms = max(self._free_ms, now_ms - self._step_ms)
        found = []
        while self._queue and self._free_ms + self._step_ms <= now_ms:
            self._free_ms += self._step_ms
            found.append(self._queue.popleft())
        return [one for one in found if self._rng.random() >= self._loss]


def drain(gateway: SlowGateway, lanes: int, records: int, limit_s: int) -> tuple[int, int]:
    """Return how many sendings and milliseconds it takes until every lane has every receipt."""
    boxes = {lane: outbox(*range(1, records + 1)) for lane in range(lanes)}
    missing = {(lane, seq) for lane in boxes for seq in range(1, records + 1)}
    sendings = 0
    for now_ms in range(0, limit_s * 1_000, 20):
        for lane, box in boxes.items():
            for seq in box.due(now_ms):
                sendings += 1
                gateway.send(lane, seq)
        for lane, seq in gateway.answers(now_ms):
            boxes[lane].receipted(seq, now_ms)
            missing.discard((lane, seq))
        if not missing:
            return sendings, now_ms
    raise AssertionError(f"{len(missing)} receipts are missing after {limit_s} s")


def test_a_backlog_of_many_lanes_drains_at_the_gateways_speed_and_almost_nothing_goes_twice() -> (
    None
):
    lanes, records = 100, 40
    sendings, took_ms = drain(SlowGateway(per_s=100), lanes, records, limit_s=120)
    assert sendings / (lanes * records) < 1.1
    assert took_ms < 1_000 * lanes * records / 100 / 0.8


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from([0.02, 0.1, 0.3]), st.integers(1, 60))
def test_what_is_lost_on_any_way_arrives_in_the_end(seed: int, loss: float, records: int) -> None:
    sendings, _ = drain(SlowGateway(1_000, seed, loss), 1, records, limit_s=3_600)
    assert sendings < records * 4 + 20


@given(st.lists(st.integers(1, 60), unique=True), st.lists(st.integers(1, 60)))
def test_what_is_not_receipted_is_never_forgotten(numbers: list[int], receipts: list[int]) -> None:
    box, now_ms = outbox(*numbers), 0
    for seq in receipts:
        box.due(now_ms)
        box.receipted(seq, now_ms)
        now_ms += 700
    found: set[int] = set()
    for _ in range(200):
        due = box.due(now_ms)
        found.update(due)
        for seq in due:
            box.receipted(seq, now_ms)
        now_ms += WAIT_MS_MAX
    assert found >= set(numbers) - set(receipts)
