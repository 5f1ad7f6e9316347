"""The runner in trouble: no gateway, power cuts, a disk without room or without haste."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edge.devices.readings import Reading
from edge.lane.effects import Close, Open
from edge.lane.offline import VALID_MAX
from edge.lane.signals import (
    BarrierRefused,
    BarrierTold,
    InputsRead,
    Instant,
    LinkChanged,
    OrdersReceived,
    ScaleRead,
)
from edge.messages import Action, ClockQuality
from tests.integration.edge.benches import FRAME_MS, Bench, MakeBench, state_of, weighed
from tests.unit.edge.lanes import NOON, orders

SYNCED = ClockQuality.SYNCED

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
    bench = make_bench(rules={"card_absent_ms": 200})
    bench.take(OrdersReceived(orders(stops_max_per_tag=1), "sealed", 0))
    bench.take(LinkChanged(connected=False, mono_ms=0))
    bench.card()
    bench.frames(51)
    bench.drive_on()
    bench.frames(51)
    assert state_of(bench) == "released"
    bench.drive_off()
    bench.card()
    bench.frames(60)
    assert (state_of(bench), bench.world.shown[-1]) == ("arrived", "网络中断 请等待调度")
    bench.receipt(2)
    bench.frames(51)
    assert state_of(bench) == "admitted"


def test_offline_a_truck_that_was_turned_away_unweighed_is_served_again(
    make_bench: MakeBench,
) -> None:
    """Power cuts and trucks that turn round before the deck use up nothing of the cap."""
    bench = make_bench(rules={"card_absent_ms": 200, "drive_on_ms": 8_000})
    bench.take(OrdersReceived(orders(stops_max_per_tag=1), "sealed", 0))
    bench.take(LinkChanged(connected=False, mono_ms=0))
    for _ in range(4):
        bench.card()
        bench.frames(51)
        assert state_of(bench) == "admitted"
        bench.frames(160)
        assert bench.records()[-1].reason == "drive_on_timeout"


@pytest.mark.parametrize("others", [{"lane": "out"}, {"revision": 1}])
def test_an_order_list_of_another_lane_or_an_older_one_is_ignored(
    bench: Bench, others: dict[str, Any]
) -> None:
    bench.take(OrdersReceived(orders(revision=5), "newest", 0))
    bench.take(OrdersReceived(orders(**{"revision": 9, **others}), "other", 0))
    assert bench.journal.kept("orders") == "newest"


def test_an_order_list_that_a_clock_of_years_ahead_made_gives_way_to_any_other(
    bench: Bench,
) -> None:
    """Its number is a time to come: no list would be newer for as long."""
    far = NOON + VALID_MAX + timedelta(days=1)
    bench.take(OrdersReceived(orders(revision=9_000, expires_at=far), "ahead", 0))
    bench.take(OrdersReceived(orders(revision=5), "right", 0))
    assert bench.journal.kept("orders") == "right"
    bench.take(OrdersReceived(orders(revision=4), "old", 0))
    assert bench.journal.kept("orders") == "right"


# --- slow disks


def test_what_came_during_a_stall_is_read_before_a_device_counts_as_silent(bench: Bench) -> None:
    bench.frames(5)
    began_ms = bench.world.now_ms
    bench.world.now_ms += 20_000
    for came_ms in range(began_ms, bench.world.now_ms, FRAME_MS):
        unwired = limits(entry_open=None, exit_open=None, mono_ms=came_ms)
        bench.runner.take(unwired, more=True)
        bench.runner.take(ScaleRead(Reading(weight=Decimal(0)), came_ms), more=True)
        assert state_of(bench) == "idle"
    bench.frames(1)
    assert (state_of(bench), bench.records()) == ("idle", [])


def test_a_record_that_takes_long_to_write_leaves_the_gateway_its_time_to_decide(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    bench.take(OrdersReceived(orders(), "sealed", 0))
    bench.card()
    bench.frames(2)
    bench.decide(Action.ADMIT)
    append = bench.journal.append

    def slow(writes: Any, at: Any) -> Any:
        bench.world.now_ms += 20_000
        return append(writes, at)

    monkeypatch.setattr(bench.journal, "append", slow)
    bench.drive_on()
    bench.frames(10)
    assert state_of(bench) == "weighed"
    bench.decide(Action.HOLD)
    assert state_of(bench) == "held_on_deck"


def test_a_lane_that_has_fallen_behind_leaves_the_gateway_its_time_to_decide(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted_and_behind(bench, monkeypatch)
    bench.drive_on()
    bench.frames(60)
    assert state_of(bench) == "weighed"
    bench.decide(Action.RELEASE)
    assert bench.records()[-1].decided_by == "gateway"


def test_a_lane_that_has_fallen_behind_obeys_no_expired_command(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = bench.world.now().utc
    admitted_and_behind(bench, monkeypatch)
    bench.drive_on()
    expires_at = came + timedelta(seconds=30)
    bench.decide(Action.RELEASE, in_reply_to=None, issued_at=came, expires_at=expires_at)
    assert bench.sent("command-result")[-1]["outcome"] == "late"
    assert state_of(bench) == "weighed"


def test_a_barrier_has_its_time_to_move_however_late_the_lane_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted_and_behind(bench, monkeypatch)
    bench.drive_on()
    told = bench.world.orders.count(Close("entry"))
    for _ in range(300):
        bench.world.now_ms += FRAME_MS
        bench.take(limits(entry_open=True, exit_open=False, mono_ms=bench.world.now_ms))
    assert bench.world.orders.count(Close("entry")) == told
    faults = [one.reason for one in bench.records() if one.kind == "lane_fault.v1"]
    assert "barrier_stuck" not in faults


def admitted_and_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Admit a truck; from here on the lane works off, in no time, what came during a minute."""
    bench.take(OrdersReceived(orders(), "sealed", 0))
    bench.card()
    bench.frames(2)
    bench.decide(Action.ADMIT)
    world = bench.world
    woken = Instant(world.now_ms + 60_000, world.now().utc + timedelta(minutes=1), SYNCED)
    monkeypatch.setattr(world, "now", lambda: woken)
    monkeypatch.setattr(bench, "take", lambda signal: bench.runner.take(signal, more=True))


def limits(**facts: Any) -> InputsRead:
    return InputsRead(entry_clear=True, exit_clear=True, **facts)


def test_a_lane_whose_barriers_cannot_be_moved_asks_for_no_card_and_does_not_flap(
    bench: Bench,
) -> None:
    bench.frames(20)
    assert state_of(bench) == "idle"
    bench.world.orders.clear()  # the bench's board takes what it was told
    bench.take(BarrierRefused(Close("entry"), "plc.pulse fc05: exception 2", bench.world.now_ms))
    seen = set()
    for _ in range(900):
        bench.frames(1)
        seen.add(state_of(bench))
    assert seen == {"out_of_service"}
    assert bench.world.shown[-1] == "道闸无响应 暂停服务"
    bench.card()
    bench.frames(20)
    assert state_of(bench) == "out_of_service"
    faults = [(one.device, one.reason) for one in bench.records() if one.kind == "lane_fault.v1"]
    assert faults == [("plc", "pulse_refused")]
    bench.take(BarrierTold(Close("entry"), bench.world.now_ms))
    bench.frames(20)
    assert state_of(bench) == "idle"


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


def test_a_second_power_cut_while_backing_out_leaves_no_barrier_open(bench: Bench) -> None:
    restarted(weighed(bench), 30_000)
    assert bench.story()[-2:] == ["weighing_voided", "lane_fault"]
    bench.world.orders.clear()
    restarted(bench, 30_000)
    bench.frames(10, 0)
    assert (state_of(bench), bench.world.orders) == ("idle", [Open("entry"), Close("entry")])
    assert [kind for kind in bench.story() if kind != "lane_fault"][-1] == "weighing_voided"


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


def test_with_little_room_on_the_disk_no_truck_is_admitted(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    bench = make_bench(journal={"path": str(tmp_path / "j.db"), "free_mb_min": 10**9})
    bench.frames(25)
    bench.card()
    assert (state_of(bench), bench.sent("live")[-1]["state"]) == ("out_of_service",) * 2
    assert "truck_arrived" not in bench.story()


# --- a scale that says nonsense


def test_kilograms_taken_for_tonnes_put_the_lane_out_of_service_and_it_lives_on(
    make_bench: MakeBench,
) -> None:
    bench = make_bench(scale={"source": "/dev/null", "unit": "t"})
    bench.frames(150, 18_000)
    assert state_of(bench) == "out_of_service"
    scale = bench.sent("state")[-1]["devices"]["scale"]
    assert (scale["ok"], scale["detail"]) == (False, "weight_beyond_any_scale")
