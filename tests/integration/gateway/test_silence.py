"""A dead lane is never "all is well": one alarm, however many gateways look, until it is back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from edge.messages import LaneState
from gateway.ingest.screens import Screens
from gateway.records.alarms import close_alarm
from gateway.records.envelope import Envelope
from gateway.records.tables import alarms
from gateway.watch.ears import NAMES_MAX, Ears
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.test_alarms_end import EVERY_LANE
from tests.integration.gateway.watching import Watch


def silent(gateway: Gateway) -> list[str]:
    rows = [row for row in gateway.rows(alarms) if row["resolved_ms"] is None]
    assert {row["kind"] for row in rows} <= {"lane_silent"}
    return sorted(row["lane_id"] for row in rows)


def test_one_alarm_for_one_silence_not_one_a_second(gateway: Gateway) -> None:
    watch = Watch(gateway).after(0, *EVERY_LANE)
    for _ in range(20):
        watch.after(5, *EVERY_LANE[1:])
    assert silent(gateway) == ["mine-in"]
    assert gateway.row(alarms)["count"] == 1
    assert [hint.data["kind"] for hint in watch.told] == ["lane_silent"]


def test_a_lane_that_speaks_every_few_seconds_is_not_silent(gateway: Gateway) -> None:
    watch = Watch(gateway)
    for _ in range(30):
        watch.after(5, *EVERY_LANE)
    assert gateway.rows(alarms) == []


def test_a_lane_that_was_never_heard_is_silent_and_says_so(gateway: Gateway) -> None:
    Watch(gateway).after(0, *EVERY_LANE[1:]).after(31, *EVERY_LANE[1:])
    assert gateway.row(alarms)["detail"] == "lane_never_heard"


def test_a_gateway_that_starts_gives_lanes_their_time(gateway: Gateway) -> None:
    Watch(gateway).after(0, *EVERY_LANE)
    gateway.now_ms += 3_600_000  # the gateway was down for an hour
    started = Watch(gateway).after(0).after(25)
    assert silent(gateway) == []
    started.after(10, *EVERY_LANE[1:])
    assert silent(gateway) == ["mine-in"]


def test_a_restart_neither_forgets_nor_repeats_a_silence(gateway: Gateway) -> None:
    Watch(gateway).after(0, *EVERY_LANE).after(31, *EVERY_LANE[1:])
    Watch(gateway).after(5, *EVERY_LANE[1:]).after(60, *EVERY_LANE[1:])
    assert silent(gateway) == ["mine-in"]
    assert gateway.row(alarms)["count"] == 1
    Watch(gateway).after(5, *EVERY_LANE)
    assert silent(gateway) == []


def test_what_one_gateway_hears_no_other_calls_silent(gateway: Gateway) -> None:
    here, there = Watch(gateway, "here").after(0), Watch(gateway, "there").after(0)
    for _ in range(20):
        here.after(5, *EVERY_LANE)
        there.after(0)
    assert gateway.rows(alarms) == []


def test_two_gateways_call_once_for_a_silence_and_both_may_end_it(gateway: Gateway) -> None:
    here, there = Watch(gateway, "here").after(0, *EVERY_LANE), Watch(gateway, "there").after(0)
    for _ in range(10):
        here.after(5, *EVERY_LANE[1:])
        there.after(0, *EVERY_LANE[1:])
    assert silent(gateway) == ["mine-in"]
    assert len(here.told + there.told) == 1
    there.after(1, *EVERY_LANE)
    here.after(0, *EVERY_LANE)
    assert silent(gateway) == []
    assert len(gateway.rows(alarms)) == 1


def test_gateways_that_look_at_the_same_moment_call_once(gateway: Gateway) -> None:
    watches = [Watch(gateway, name).after(0, *EVERY_LANE) for name in ("a", "b", "c")]
    for heard in ((), EVERY_LANE, ()):
        gateway.now_ms += 31_000
        for name in heard:
            for watch in watches:
                watch.ears.hear(gateway.lane(name).yard, name)
        start = threading.Barrier(len(watches))

        def look(watch: Watch, start: threading.Barrier = start) -> None:
            start.wait(10)
            watch.watcher.look()

        with ThreadPoolExecutor(len(watches)) as pool:
            list(pool.map(look, watches))
        assert silent(gateway) == ([] if heard else sorted(EVERY_LANE))
    rows = gateway.rows(alarms)
    assert sorted((row["lane_id"], row["count"]) for row in rows) == sorted(
        (lane, 1) for lane in EVERY_LANE * 2
    )
    assert len([hint for watch in watches for hint in watch.told]) == 3 * len(EVERY_LANE)


def test_a_lane_that_a_person_gave_up_calls_again_only_after_it_was_heard(gateway: Gateway) -> None:
    watch = Watch(gateway).after(0, *EVERY_LANE).after(31, *EVERY_LANE[1:])
    alarm_id = gateway.row(alarms)["id"]
    with gateway.engine.begin() as connection:
        close_alarm(connection, alarm_id, "dispatcher", "moved away", gateway.now_ms)
    watch.after(300, *EVERY_LANE[1:])
    assert silent(gateway) == []
    watch.after(5, *EVERY_LANE).after(31, *EVERY_LANE[1:])
    assert silent(gateway) == ["mine-in"]


def test_without_a_broker_one_alarm_calls_for_all_lanes(gateway: Gateway) -> None:
    watch = Watch(gateway).after(0, *EVERY_LANE)
    watch.trouble = "not connected to the MQTT broker"
    for _ in range(20):
        watch.after(5)
    assert gateway.alarms() == ["broker_lost"]
    assert gateway.row(alarms)["detail"] == "gateway: not connected to the MQTT broker"
    watch.trouble = None
    watch.after(1)
    assert gateway.alarms() == []
    watch.after(5, *EVERY_LANE)
    assert gateway.alarms() == []


def test_a_clock_that_is_set_back_hides_no_silence(gateway: Gateway) -> None:
    watch = Watch(gateway).after(0, *EVERY_LANE)
    watch.after(-86_400, *EVERY_LANE[1:])
    for _ in range(8):
        watch.after(5, *EVERY_LANE[1:])
    assert silent(gateway) == ["mine-in"]
    for _ in range(8):
        watch.after(5)
    assert silent(gateway) == sorted(EVERY_LANE)


def test_a_short_loss_of_the_broker_calls_nobody(gateway: Gateway) -> None:
    watch = Watch(gateway, trouble="away").after(0).after(25)
    watch.trouble = None
    watch.after(1, *EVERY_LANE)
    assert gateway.rows(alarms) == []


STATE = {
    "kind": "lane_state.v1",
    "online": True,
    "version": "1",
    "devices": {},
    "clock": "synced",
    "epoch": "00000000000000aa",
    "seq": 1,
    "outbox_depth": 0,
    "at": datetime(2026, 11, 29, tzinfo=UTC).isoformat(),
}


@pytest.mark.parametrize(
    ("changed", "is_retained", "is_heard"),
    [({}, False, True), ({}, True, False), ({"online": False}, False, False)],
)
def test_what_the_broker_says_for_a_lane_is_no_sign_of_life(
    *, changed: dict[str, object], is_retained: bool, is_heard: bool
) -> None:
    ears = Ears()
    payload = LaneState.model_validate(STATE | changed).model_dump_json().encode()
    shown = Envelope("mine", "mine-in", payload)
    Screens(lambda *_: None, hear=ears.hear).show("state", shown, is_retained=is_retained)
    assert ears.take() == ({("mine", "mine-in")} if is_heard else set())
    assert ears.take() == set()


def test_invented_names_cannot_fill_the_memory() -> None:
    ears = Ears()
    for number in range(NAMES_MAX + 10):
        ears.hear("mine", str(number))
    assert len(ears.take()) == NAMES_MAX
