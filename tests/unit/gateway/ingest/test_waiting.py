"""What waits to be worked on is bounded, in order, and there only once."""

from gateway.ingest.source import Delivery
from gateway.ingest.waiting import Put, Waiting
from gateway.records.envelope import Envelope


def delivery(payload: bytes, lane: str = "in", mid: int = 1) -> Delivery:
    return Delivery(Envelope("mine", lane, payload), mid, 1, 1)


def test_what_came_first_is_worked_on_first() -> None:
    waiting = Waiting()
    for payload in (b"1", b"2", b"3"):
        assert waiting.put(delivery(payload)) is Put.QUEUED
    got = [waiting.get(0) for _ in range(4)]
    assert [one and one.envelope.payload for one in got] == [b"1", b"2", b"3", None]


def test_the_same_bytes_of_one_lane_wait_once() -> None:
    waiting = Waiting()
    assert waiting.put(delivery(b"1")) is Put.QUEUED
    assert waiting.put(delivery(b"1", mid=2)) is Put.KNOWN
    assert waiting.put(delivery(b"1", lane="out")) is Put.QUEUED
    waiting.get(0)
    assert waiting.put(delivery(b"1", mid=3)) is Put.QUEUED


def test_what_finds_no_room_is_refused_until_there_is_room() -> None:
    by_count, by_bytes = Waiting(count_max=2), Waiting(bytes_max=5)
    for waiting in (by_count, by_bytes):
        assert waiting.put(delivery(b"1.")) is Put.QUEUED
        assert waiting.put(delivery(b"2.")) is Put.QUEUED
        assert waiting.put(delivery(b"3.")) is Put.FULL
        waiting.get(0)
        assert waiting.put(delivery(b"3.")) is Put.QUEUED


def test_after_clearing_everything_is_new_and_has_room() -> None:
    waiting = Waiting(count_max=1, bytes_max=1)
    waiting.put(delivery(b"1"))
    waiting.clear()
    assert waiting.get(0) is None
    assert waiting.put(delivery(b"1")) is Put.QUEUED


def test_a_flood_is_counted_as_one_until_half_the_room_is_free() -> None:
    waiting = Waiting(count_max=4)
    for payload in (b"1", b"2", b"3", b"4", b"5"):
        waiting.put(delivery(payload))
    assert waiting.turned_away == 1
    waiting.get(0)
    waiting.put(delivery(b"6"))
    waiting.put(delivery(b"7"))
    assert waiting.turned_away == 2
    for _ in range(3):
        waiting.get(0)
    assert waiting.turned_away == 0


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_the_age_of_the_oldest_counts_the_one_at_hand() -> None:
    clock = Clock()
    waiting = Waiting(monotonic_s=clock)
    assert waiting.oldest_s() == 0
    waiting.put(delivery(b"1"))
    clock.now_s = 10
    waiting.put(delivery(b"2"))
    clock.now_s = 15
    assert waiting.oldest_s() == 15
    waiting.get(0)
    clock.now_s = 16
    assert waiting.oldest_s() == 16, "it is worked on and not done"
    waiting.get(0)
    assert waiting.oldest_s() == 6
    waiting.get(0)
    assert waiting.oldest_s() == 0


def test_what_is_given_back_grows_older_until_something_is_done() -> None:
    clock = Clock()
    waiting = Waiting(monotonic_s=clock)
    for round_s in (0, 100, 200):
        clock.now_s = round_s
        waiting.put(delivery(b"1"))
        waiting.get(0)
        waiting.clear()  # the database is away
    clock.now_s = 300
    assert waiting.get(0) is None
    assert waiting.oldest_s() == 300
    waiting.put(delivery(b"1"))
    waiting.get(0)
    assert waiting.oldest_s() == 300
    waiting.get(0)
    assert waiting.oldest_s() == 0
