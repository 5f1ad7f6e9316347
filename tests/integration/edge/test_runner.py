"""The runner with a real journal: a whole stop, power cuts, full disks, silent gateways."""

import json
import queue
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Timer
from typing import Any

import pytest

from edge.lane.effects import Close, Open
from edge.lane.signals import (
    CardRead,
    InputsLost,
    LinkChanged,
    OrdersReceived,
    PortChanged,
    ReceiptReceived,
)
from edge.messages import Action, Receipt, Verdict, sha256_hex
from tests.integration.edge.benches import Bench, state_of
from tests.integration.edge.conftest import MakeSettings
from tests.unit.edge.lanes import NOON, TAG, orders

MakeBench = Callable[..., Bench]


@pytest.fixture
def make_bench(make_settings: MakeSettings) -> Iterator[MakeBench]:
    made: list[Bench] = []

    def make(**sections: Any) -> Bench:
        bench = Bench(make_settings(**sections))
        made.append(bench)
        bench.connect()
        bench.frames(10)
        return bench

    yield make
    for bench in made:
        bench.journal.close()


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    return make_bench()


def weighed(bench: Bench, kg: int = 48_000) -> Bench:
    bench.card()
    bench.frames(2)
    bench.decide(Action.ADMIT)
    bench.drive_on(kg)
    assert state_of(bench) == "weighed"
    return bench


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


def test_the_display_says_what_the_gateway_wants_said(bench: Bench) -> None:
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
    bench.frames(11)
    assert bench.sent_numbers() == [1, 1]
    bench.receipt(1)
    bench.frames(60)
    assert bench.sent_numbers() == [1, 1]
    assert bench.journal.depth == 0


def test_a_receipt_without_a_decision_is_asked_about(bench: Bench) -> None:
    bench.card()
    bench.receipt(1)
    bench.frames(21)
    assert bench.sent_numbers() == [1, 1]


def test_a_backlog_goes_out_in_order_and_no_more_than_forty_at_once(bench: Bench) -> None:
    bench.take(LinkChanged(connected=False, mono_ms=0))
    for _ in range(50):
        bench.runner.raise_fault("scale", "scale_silent")
    bench.power_cut()
    bench.connect()
    assert bench.sent_numbers() == list(range(1, 41))
    bench.receipt(*range(1, 11))
    bench.frames(3)
    assert sorted(set(bench.sent_numbers())) == list(range(1, 51))


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
    bench.frames(3)
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


def test_screens_get_two_pictures_a_second_and_every_change(bench: Bench) -> None:
    bench.world.published.clear()
    bench.frames(100)
    assert 19 <= len(bench.sent("live")) <= 21
    assert 2 <= len(bench.sent("state")) <= 3
    bench.world.published.clear()
    bench.card()
    [picture] = bench.sent("live")
    assert (picture["state"], picture["weight_kg"], picture["stable"]) == ("arrived", 0, True)


def test_a_lost_device_is_told_at_once(bench: Bench) -> None:
    bench.world.published.clear()
    bench.take(InputsLost("unplugged", bench.world.now_ms))
    [state] = bench.sent("state")
    assert (state["devices"]["plc"]["ok"], state["devices"]["plc"]["detail"]) == (
        False,
        "unplugged",
    )


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


def test_a_barrier_that_does_not_move_is_told_again(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.ADMIT)
    bench.world.orders.clear()
    for _ in range(100):
        bench.world.now_ms += 100
        bench.inputs(is_open=False)
    assert bench.world.orders == [Open("entry")]


def test_the_link_is_looked_after(bench: Bench) -> None:
    before = bench.world.checks
    bench.frames(50)
    assert bench.world.checks - before in {2, 3}


def test_a_reader_that_was_unplugged_is_a_fault(bench: Bench) -> None:
    bench.take(PortChanged("card", is_open=True, detail="", mono_ms=bench.world.now_ms))
    bench.take(PortChanged("card", is_open=False, detail="gone", mono_ms=bench.world.now_ms))
    bench.frames(130)
    assert [one.reason for one in bench.records()] == ["reader_lost"]


# --- offline


def test_offline_a_known_truck_is_served_and_the_records_wait(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.take(OrdersReceived(orders(), "sealed", 0))
    bench.take(LinkChanged(connected=False, mono_ms=0))
    bench.card()
    bench.frames(51)
    assert state_of(bench) == "admitted"
    bench.drive_on()
    bench.frames(51)
    assert state_of(bench) == "released"
    bench.drive_off()
    assert bench.records()[2].decided_by == "offline"
    assert bench.journal.unacknowledged(9) == [1, 2, 3, 4]
    assert bench.journal.kept("orders") == "sealed"


def test_offline_the_cap_of_unconfirmed_stops_holds(make_bench: MakeBench) -> None:
    bench = make_bench(rules={"card_absent_ms": 200, "give_up_ms": 8_000})
    bench.take(OrdersReceived(orders(stops_max_per_tag=1), "sealed", 0))
    bench.take(LinkChanged(connected=False, mono_ms=0))
    for _ in range(2):
        bench.card()
        bench.frames(70)
        if state_of(bench) == "admitted":
            bench.decide(Action.REFUSE, in_reply_to=None)
        bench.frames(70)
    reasons = [one.reason for one in bench.records() if one.kind == "truck_refused.v1"]
    assert reasons == ["refused", "decision_timeout"]


@pytest.mark.parametrize("others", [{"lane": "out"}, {"revision": 1}])
def test_an_order_list_of_another_lane_or_an_older_one_is_ignored(
    bench: Bench, others: dict[str, Any]
) -> None:
    bench.take(OrdersReceived(orders(revision=5), "newest", 0))
    bench.take(OrdersReceived(orders(**{"revision": 9, **others}), "other", 0))
    assert bench.journal.kept("orders") == "newest"


# --- power cuts


def restarted(bench: Bench, kg: int) -> Bench:
    bench.power_cut()
    bench.connect()
    bench.frames(10, kg)
    return bench


def test_a_power_cut_before_the_weighing_turns_the_truck_back(bench: Bench) -> None:
    bench.card()
    bench.decide(Action.ADMIT)
    restarted(bench, 48_000)
    assert (state_of(bench), bench.story()[-1]) == ("backing_out", "truck_refused")
    bench.frames(10, 0)
    assert (state_of(bench), bench.story()[-1]) == ("idle", "truck_left")


def test_a_power_cut_after_the_weighing_asks_for_the_decision_again(bench: Bench) -> None:
    weighed(bench)
    bench.world.published.clear()
    restarted(bench, 48_000)
    assert 2 in bench.sent_numbers()
    bench.decide(Action.RELEASE)
    bench.drive_off()
    assert bench.story().count("weighing_completed") == 1
    left = bench.records()[-1]
    assert (left.kind, left.cycle_ms) == ("truck_left.v1", None)


def test_a_power_cut_after_which_the_truck_is_gone_voids_the_weighing(bench: Bench) -> None:
    restarted(weighed(bench), 0)
    voided = bench.records()[-1]
    assert (voided.kind, voided.found_kg) == ("weighing_voided.v1", 0)
    restarted(bench, 0)
    assert bench.story().count("weighing_voided") == 1


def test_a_power_cut_after_the_release_opens_the_exit_again(bench: Bench) -> None:
    weighed(bench)
    bench.decide(Action.RELEASE)
    bench.world.orders.clear()
    restarted(bench, 48_000)
    assert bench.world.orders == [Open("exit")]
    bench.drive_off()
    assert bench.story()[-2:] == ["truck_released", "truck_left"]


# --- a disk without room


def fill_disk(bench: Bench) -> None:
    database = bench.journal._db
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")
    before = -1
    while bench.journal.seq != before:
        before = bench.journal.seq
        bench.runner.raise_fault("scale", "scale_silent")


def make_room(bench: Bench) -> None:
    bench.journal._db.execute("PRAGMA max_page_count = 100000")


def test_on_a_full_disk_the_exit_stays_shut_until_there_is_room(bench: Bench) -> None:
    weighed(bench)
    fill_disk(bench)
    bench.world.orders.clear()
    bench.frames(25)
    bench.decide(Action.RELEASE)
    assert (state_of(bench), bench.world.orders) == ("weighed", [])
    assert bench.world.shown[-1] == "存储已满 暂停服务"
    make_room(bench)
    bench.frames(45)
    assert bench.world.shown[-1] != "存储已满 暂停服务"
    bench.decide(Action.RELEASE)
    assert bench.world.orders == [Open("exit")]


def test_on_a_full_disk_receipts_wait(bench: Bench) -> None:
    weighed(bench)
    fill_disk(bench)
    bench.receipt(1, 2)
    bench.frames(5)
    assert bench.journal.unacknowledged(2) == [1, 2]
    make_room(bench)
    bench.frames(45)
    assert bench.journal.unacknowledged(1) != [1]


def test_with_little_room_on_the_disk_nobody_is_admitted(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    bench = make_bench(journal={"path": str(tmp_path / "j.db"), "free_mb_min": 10**9})
    bench.frames(25)
    bench.card()
    assert (state_of(bench), bench.sent("live")[-1]["state"]) == ("out_of_service",) * 2
    assert "truck_arrived" not in bench.story()


# --- the loop


def test_the_runner_works_through_its_queue_until_told_to_stop(bench: Bench) -> None:
    signals: queue.Queue[Any] = queue.Queue()
    signals.put(CardRead("card", TAG, bench.world.now_ms))
    stop = Event()
    Timer(0.2, stop.set).start()
    bench.runner.run(signals, stop)
    assert state_of(bench) == "arrived"


def test_a_signal_of_no_known_kind_is_an_error(bench: Bench) -> None:
    unknown: Any = "signal"
    with pytest.raises(TypeError, match="unknown signal str"):
        bench.take(unknown)
