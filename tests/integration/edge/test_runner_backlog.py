"""What waits for the gateway: after an outage, and after the gateway lost what it had."""

from edge.journal.outbox import WINDOW_START
from edge.lane.signals import LinkChanged, SendAgainReceived
from edge.messages import SendAgain
from tests.integration.edge.benches import Bench


def with_backlog(bench: Bench, count: int) -> None:
    bench.take(LinkChanged(connected=False, mono_ms=0))
    for _ in range(count):
        bench.runner.raise_fault("scale", "scale_silent")
    bench.power_cut()


def test_a_backlog_goes_out_in_order_a_window_at_a_time(bench: Bench) -> None:
    with_backlog(bench, 50)
    bench.connect()
    assert bench.sent_numbers() == list(range(1, WINDOW_START + 1))
    while bench.journal.depth > 0:
        bench.receipt(bench.journal.seq - bench.journal.depth + 1)
        bench.frames(2)
    assert bench.sent_numbers()[:50] == list(range(1, 51))


def test_a_backlog_survives_a_gateway_that_comes_back_after_an_hour(bench: Bench) -> None:
    with_backlog(bench, 6)
    bench.connect()
    bench.frames(1)
    bench.world.now_ms += 3_600_000
    bench.frames(1)
    assert bench.sent_numbers() == [1, 2, 3, 4, 1]
    bench.receipt(1, 2, 3, 4, 5, 6)
    bench.frames(3)
    assert bench.journal.depth == 0


def test_new_records_do_not_overtake_the_backlog(bench: Bench) -> None:
    with_backlog(bench, 50)
    bench.connect()
    bench.receipt(1, 2, 3)
    bench.runner.raise_fault("scale", "scale_silent")
    bench.frames(1)
    assert bench.sent_numbers() == list(range(1, 11))


# --- a gateway that was restored from a backup


def send_again(bench: Bench, seq: int, epoch: str | None = None) -> None:
    message = SendAgain(epoch=epoch or bench.journal.epoch, seq=seq)
    bench.take(SendAgainReceived(message, bench.world.now_ms))


def with_receipts(bench: Bench, count: int) -> None:
    with_backlog(bench, count)
    bench.connect()
    bench.receipt(*range(1, count + 1))
    bench.frames(3)
    assert bench.journal.depth == 0
    bench.world.published.clear()


def test_what_the_gateway_lost_is_sent_again_one_at_a_time_and_in_order(bench: Bench) -> None:
    with_receipts(bench, 9)
    send_again(bench, 4)
    assert bench.journal.depth == 6
    for seq in range(4, 10):
        assert bench.sent_numbers()[-1] == seq
        bench.receipt(seq)
    bench.frames(3)
    assert bench.sent_numbers() == [4, 5, 6, 7, 8, 9]
    assert bench.journal.depth == 0


def test_what_is_to_be_sent_again_survives_a_power_cut(bench: Bench) -> None:
    with_receipts(bench, 9)
    send_again(bench, 4)
    bench.power_cut()
    bench.connect()
    assert bench.journal.unacknowledged(99) == [4, 5, 6, 7, 8, 9]
    bench.receipt(*range(4, 10))
    bench.frames(3)
    assert bench.journal.depth == 0


def test_asking_again_changes_nothing_while_the_record_is_on_its_way(bench: Bench) -> None:
    with_receipts(bench, 9)
    send_again(bench, 4)
    bench.receipt(4, 5)
    bench.frames(3)
    send_again(bench, 6)
    send_again(bench, 7)
    assert bench.journal.unacknowledged(99) == [6, 7, 8, 9]
    assert bench.sent_numbers() == [4, 6]


def test_what_the_lane_never_had_is_not_sent(bench: Bench) -> None:
    with_receipts(bench, 3)
    send_again(bench, 1, epoch="b" * 16)
    send_again(bench, 4)
    bench.frames(3)
    assert (bench.sent_numbers(), bench.journal.depth) == ([], 0)


def test_a_receipt_that_is_not_filed_yet_does_not_hide_what_was_lost(bench: Bench) -> None:
    with_backlog(bench, 3)
    bench.connect()
    bench.receipt(1, 2, 3)
    send_again(bench, 1)
    assert bench.journal.unacknowledged(9) == [1, 2, 3]
