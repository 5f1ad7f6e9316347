"""The runner with a real journal: a whole stop, power cuts, full disks, silent gateways."""

import json
import queue
import sqlite3
from decimal import Decimal
from threading import Event, Timer
from typing import Any

import pytest

from edge.devices.readings import Reading
from edge.journal.outbox import WAIT_MS_START
from edge.lane.effects import Close, Open
from edge.lane.signals import (
    CardRead,
    InputsLost,
    LinkChanged,
    OrdersReceived,
    PortChanged,
    ReceiptReceived,
    ScaleRead,
)
from edge.messages import Action, Receipt, Verdict, key_id, sha256_hex
from tests.integration.edge.benches import FRAME_MS, Bench, MakeBench, state_of, weighed
from tests.unit.edge.lanes import NOON, TAG, orders


def test_a_whole_stop(bench: Bench) -> None:
    weighed(bench)
    bench.decide(Action.RELEASE)
    bench.drive_off()
    assert bench.story() == [
        "truck_arrived",
        "weighing_completed",
        "truck_released",
        "truck_left",
    ]
    left = bench.records()[-1]
    assert (left.zero_after_kg, left.weighing_id) == (0, bench.records()[1].event_id)
    assert None not in {left.cycle_ms, left.admit_ms, left.release_ms}
    assert state_of(bench) == "idle"
    assert bench.world.orders[2:] == [Open("entry"), Close("entry"), Open("exit"), Close("exit")]


def test_the_curve_shows_the_ramp_and_belongs_to_its_record(bench: Bench) -> None:
    weighed(bench)
    completed = bench.journal.sealed(2)
    assert completed.model_dump() in bench.sent("event")
    assert completed.curve is not None
    assert sha256_hex(completed.curve) == bench.records()[1].curve_sha256
    assert {kg for _, kg in json.loads(completed.curve)} == {0, 24_000, 48_000}


def test_the_record_is_durable_before_a_barrier_moves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    weighed(bench)
    durable: list[int] = []

    def obey(order: Open | Close) -> None:
        assert order == Open("exit")
        other = sqlite3.connect(bench.settings.journal.path)
        durable.append(other.execute("SELECT max(seq) FROM records").fetchone()[0])
        other.close()

    monkeypatch.setattr(bench.world, "obey", obey)
    bench.decide(Action.RELEASE)
    assert durable == [3]


def test_lights_follow_the_truck(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.ADMIT)
    assert bench.world.lights == {"entry": True, "exit": False}
    bench.drive_on()
    bench.decide(Action.RELEASE)
    assert bench.world.lights == {"entry": False, "exit": True}


def test_the_display_shows_the_gateways_text(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.REFUSE, reason="card_unknown", say={"zh": "无此卡", "en": "unknown"})
    assert bench.world.shown[-1] == "无此卡"
    bench.frames(60)
    assert bench.world.shown[-1] == "请刷卡"


# --- sending


def test_a_record_goes_out_the_moment_it_is_durable(bench: Bench) -> None:
    bench.card()
    assert bench.sent_numbers() == [1]


def test_without_a_receipt_a_record_goes_out_again_and_with_one_it_does_not(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.HOLD)
    bench.frames(WAIT_MS_START // FRAME_MS + 1)
    assert bench.sent_numbers() == [1, 1]
    bench.receipt(1)
    bench.frames(60)
    assert bench.sent_numbers() == [1, 1]
    assert bench.journal.depth == 0


def test_a_decision_that_does_not_follow_its_receipt_is_asked_for(bench: Bench) -> None:
    bench.card()
    bench.receipt(1)
    bench.frames(21)
    assert bench.sent_numbers() == [1, 1]


def test_nothing_goes_out_without_a_connection(bench: Bench) -> None:
    bench.take(LinkChanged(connected=False, mono_ms=0))
    bench.world.published.clear()
    bench.card()
    bench.frames(20)
    assert bench.world.published == []
    bench.connect()
    assert bench.sent_numbers() == [1]


def test_receipts_of_another_epoch_are_another_journals(bench: Bench) -> None:
    bench.card()
    receipt = Receipt(entries=(("b" * 16, 1, Verdict.ACCEPTED),))
    bench.take(ReceiptReceived(receipt, bench.world.now_ms))
    bench.frames(3)
    assert bench.journal.unacknowledged(9) == [1]


def test_a_refused_record_is_receipted_like_any_other(bench: Bench) -> None:
    bench.card()
    bench.receipt(1, verdict=Verdict.REFUSED)
    bench.frames(12)
    assert bench.journal.unacknowledged(9) == []


def test_a_copied_journal_stops_the_lane(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.REFUSE)
    bench.receipt(1, verdict=Verdict.FORK)
    bench.frames(80)
    assert state_of(bench) == "out_of_service"
    assert 1 in bench.journal.unacknowledged(9)
    assert bench.sent("state")[-1]["devices"]["journal"] == {
        "ok": False,
        "age_s": None,
        "detail": "journal_fork",
    }


# --- screens


def test_screens_get_two_views_a_second_and_every_change(bench: Bench) -> None:
    bench.world.published.clear()
    bench.frames(100)
    assert 19 <= len(bench.sent("live")) <= 21
    assert 2 <= len(bench.sent("state")) <= 3
    bench.world.published.clear()
    bench.card()
    [picture] = bench.sent("live")
    assert (picture["state"], picture["weight_kg"], picture["stable"]) == ("arrived", 0, True)


def test_a_lost_device_is_published_at_once(bench: Bench) -> None:
    bench.world.published.clear()
    bench.take(InputsLost("unplugged", bench.world.now_ms))
    [state] = bench.sent("state")
    assert (state["devices"]["plc"]["ok"], state["devices"]["plc"]["detail"]) == (
        False,
        "unplugged",
    )


def test_the_lane_says_which_gateway_it_believes_and_what_it_could_not_open(bench: Bench) -> None:
    bench.world.unopened = 7
    bench.take(InputsLost("unplugged", bench.world.now_ms))
    said = bench.sent("state")[-1]
    believed = key_id(bench.settings.signing.gateway_key)
    assert (said["gateway_key_id"], said["unopened"]) == (believed, 7)


def test_while_a_truck_waits_for_its_decision_nothing_else_is_put_on_disk(bench: Bench) -> None:
    weighed(bench)
    bench.receipt(1, 2)
    bench.take(OrdersReceived(orders(lane="in"), "sealed", bench.world.now_ms))
    bench.frames(5)
    assert (bench.journal.unacknowledged(9), bench.journal.kept("orders")) == ([1, 2], None)
    bench.decide(Action.RELEASE)
    bench.frames(1)
    assert (bench.journal.unacknowledged(9), bench.journal.kept("orders")) == ([3], "sealed")


def test_a_decision_that_does_not_come_holds_the_disk_up_for_a_second_only(bench: Bench) -> None:
    weighed(bench)
    bench.receipt(1, 2)
    bench.frames(12)
    assert bench.journal.unacknowledged(9) == []


def test_an_order_list_that_is_known_is_not_put_on_disk_again(bench: Bench) -> None:
    for sealed in ("first", "again"):
        bench.take(OrdersReceived(orders(), sealed, bench.world.now_ms))
        bench.frames(1)
    assert bench.journal.kept("orders") == "first"


def test_a_command_is_answered(bench: Bench) -> None:
    bench.card()
    late = bench.decide(Action.ADMIT, expires_at=NOON)
    done = bench.decide(Action.ADMIT)
    wrong = bench.decide(Action.ADMIT)
    answers = {one["command_id"]: one["outcome"] for one in bench.sent("command-result")}
    assert answers == {str(late): "late", str(done): "done", str(wrong): "out_of_turn"}


# --- faults


def test_a_silent_scale_is_put_on_record_once(bench: Bench) -> None:
    def pass_time(seconds: int) -> None:
        for _ in range(seconds * 2):
            bench.world.now_ms += 500
            bench.inputs()

    pass_time(30)
    assert state_of(bench) == "out_of_service"
    assert bench.sent("live")[-1]["weight_kg"] is None
    bench.frames(100)
    faults = [one for one in bench.records() if one.kind == "lane_fault.v1"]
    assert [(one.device, one.state) for one in faults if one.device == "scale"] == [
        ("scale", "raised"),
        ("scale", "cleared"),
    ]
    assert state_of(bench) == "idle"


def test_a_barrier_that_does_not_move_gets_its_order_again(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.ADMIT)
    bench.world.orders.clear()
    for _ in range(100):
        bench.world.now_ms += 100
        bench.inputs(is_open=False)
    assert bench.world.orders == [Open("entry")]


def drive_on_unnoticed(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.ADMIT)
    bench.entry_clear = False
    bench.frames(18, 0)
    bench.entry_clear = True
    bench.frames(1_250, 0)


def test_a_truck_on_a_frozen_scale_is_let_out_and_no_other_is_admitted(bench: Bench) -> None:
    drive_on_unnoticed(bench)
    assert (state_of(bench), bench.world.orders[-1]) == ("backing_out", Open("entry"))
    assert bench.records()[-1].reason == "scale_frozen"
    bench.frames(100, 0)
    assert state_of(bench) == "backing_out"


def test_a_scale_that_moves_again_is_believed_again(bench: Bench) -> None:
    drive_on_unnoticed(bench)
    bench.frames(10, 20)
    assert (state_of(bench), bench.world.orders[-1]) == ("idle", Close("entry"))
    bench.frames(80, 0)
    assert (bench.records()[-1].device, bench.records()[-1].state) == ("scale", "cleared")


def test_a_silent_scale_is_not_called_frozen(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.ADMIT)
    for entry_clear in (False, *[True] * 125):
        bench.world.now_ms += 1_000
        bench.entry_clear = entry_clear
        bench.inputs()
    assert state_of(bench) == "backing_out"
    bench.frames(20, 0)
    assert state_of(bench) == "idle"


def test_a_truck_that_never_came_says_nothing_about_the_scale(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.ADMIT)
    bench.frames(1_250, 0)
    assert bench.world.orders[-1] == Close("entry")
    bench.entry_clear = False
    bench.frames(2)
    bench.entry_clear = True
    bench.frames(60)
    assert (state_of(bench), bench.story()[-1]) == ("idle", "truck_refused")


def test_the_link_is_looked_after(bench: Bench) -> None:
    before = bench.world.checks
    bench.frames(50)
    assert bench.world.checks - before in {2, 3}


def test_a_flood_of_signals_does_not_keep_the_box_from_its_duties(bench: Bench) -> None:
    bench.card()
    bench.receipt(1)
    before = bench.world.checks
    for _ in range(60):
        bench.world.now_ms += 100
        frame = ScaleRead(Reading(weight=Decimal(0)), bench.world.now_ms)
        bench.runner.take(frame, more=True)
    assert bench.world.checks > before
    assert bench.journal.unacknowledged(9) == []


def test_a_reader_that_was_unplugged_is_a_fault(bench: Bench) -> None:
    bench.take(PortChanged("card", is_open=True, detail="", mono_ms=bench.world.now_ms))
    bench.take(PortChanged("card", is_open=False, detail="gone", mono_ms=bench.world.now_ms))
    bench.frames(130)
    assert [one.reason for one in bench.records()] == ["reader_lost"]


# --- the loop


def test_the_runner_works_through_its_queue_until_it_is_stopped(bench: Bench) -> None:
    signals: queue.Queue[Any] = queue.Queue()
    for _ in range(2):
        signals.put(CardRead("card", TAG, bench.world.now_ms))
    stop = Event()
    Timer(0.2, stop.set).start()
    rounds: list[int] = []
    bench.runner.run(signals, stop, lambda: rounds.append(1))
    assert state_of(bench) == "arrived"
    assert len(rounds) > 1


def test_a_signal_of_no_known_kind_is_an_error(bench: Bench) -> None:
    unknown: Any = "signal"
    with pytest.raises(TypeError, match="unknown signal str"):
        bench.take(unknown)


def in_view(bench: Bench, seconds: int) -> Bench:
    """Let the truck's tag be seen from afar all the time."""
    for _ in range(seconds * 10):
        bench.card()
        bench.frames(1)
    return bench


def test_a_refused_truck_that_cannot_move_away_is_asked_for_again(make_bench: MakeBench) -> None:
    bench = in_view(make_bench(readers=[{"source": "/dev/null", "unique_ms": 1_000}]), 2)
    bench.decide(Action.REFUSE)
    assert bench.story() == ["truck_arrived", "truck_refused"]
    assert in_view(bench, 59).story() == ["truck_arrived", "truck_refused"]
    assert in_view(bench, 2).story()[2:] == ["truck_arrived"]


def test_a_weighed_truck_that_stays_in_view_is_not_asked_for_again(make_bench: MakeBench) -> None:
    bench = in_view(make_bench(readers=[{"source": "/dev/null", "unique_ms": 1_000}]), 2)
    bench.decide(Action.ADMIT)
    bench.drive_on()
    bench.decide(Action.RELEASE)
    bench.drive_off()
    assert in_view(bench, 70).story()[-1] == "truck_left"
