"""Devices on a bench: what a test can do with them besides reading their port."""

import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulators.bench import Bench, Socket
from simulators.indicator import IndicatorModel
from simulators.profile import LoadProfile
from simulators.running import RunningLane, RunningReader, RunningScale
from tests.integration.simulators.listening import listening, wait

Scales = Callable[..., RunningScale]
Readers = Callable[..., RunningReader]
Lanes = Callable[..., RunningLane]


def test_a_scale_follows_a_profile(taigan_scale: Scales) -> None:
    scale = taigan_scale(rate_hz=50)
    with listening(scale) as listener:
        scale.follow(LoadProfile.parse("0:0,1:0,2:40000,30:40000"))
        listener.until(lambda found: 0 < getattr(found, "weight", 0) < 40_000)
        listener.shows(40_000)


def test_settings_are_what_a_lane_file_takes(taigan_scale: Scales, taigan_reader: Readers) -> None:
    scale = taigan_scale("yaohua-eq", on="tcp", unit="t", e_kg=50, options={"format": "2"})
    assert tomllib.loads(scale.toml)["scale"] == {
        "source": scale.source,
        "protocol": "yaohua-eq",
        "e_kg": 50,
        "max_kg": 100_000,
        "unit": "t",
        "options": {"format": "2"},
    }
    reader = taigan_reader("wiegand", on="tcp", options={"format": "hex"})
    assert tomllib.loads(reader.toml)["readers"] == [
        {
            "name": "card",
            "source": reader.source,
            "protocol": "wiegand",
            "options": {"format": "hex"},
        }
    ]


def test_a_truck_may_be_put_on_the_deck_by_hand(taigan_lane: Lanes) -> None:
    lane = taigan_lane("toledo-continuous", on="tcp")
    lane.deck.drive_on(lane.now_s(), [6_000, 18_000], duration_s=0.5)
    until(lambda: abs(lane.lane.indicator.shown_kg - 24_000) <= 20)
    lane.deck.drive_off(lane.now_s(), duration_s=0.5)
    until(lambda: lane.lane.indicator.shown_kg == 0)


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(200):
        if is_so():
            return
        wait(0.05)
    raise AssertionError("it never came")


def test_a_truck_that_is_sent_shows_its_card_and_waits(taigan_lane: Lanes) -> None:
    lane = taigan_lane()
    truck = next(lane.trucks)
    coming = lane.send(truck)
    until(lambda: lane.lane.reader._frame is not None)
    assert truck.tag.encode() in (lane.lane.reader._frame or b"")
    assert not coming.done()
    assert next(lane.trucks).tag != truck.tag


@pytest.mark.parametrize("on", ["pty", "tcp", "rfc2217"])
def test_a_lane_that_is_plugged_in_again_is_where_it_was(taigan_lane: Lanes, on: str) -> None:
    lane = taigan_lane(on=on)
    before = tomllib.loads(lane.toml)
    assert {"scale", "readers", "plc", "display"} <= before.keys()
    lane.unplug()
    lane.plug_in()
    assert tomllib.loads(lane.toml) == before


def test_a_device_that_broke_down_says_so_at_the_next_touch(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    scale = bench.scale(IndicatorModel())
    nonsense: Any = "often"
    scale.faults.torn = nonsense
    wait(0.3)
    with pytest.raises(TypeError):
        scale.show(1_560)
    with pytest.raises(TypeError):
        bench.close()


def test_a_device_is_ready_before_it_says_anything(tmp_path: Path) -> None:
    def ready(scale: RunningScale) -> None:
        scale.show(1_560)
        scale.faults.frozen = True

    with (
        Bench(tmp_path) as bench,
        listening(bench.scale(IndicatorModel(), ready=ready)) as listener,
    ):
        assert {listener.reading().weight for _ in range(5)} == {1_560}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"rate_hz": 0}, "rate_hz 0: more than 0"),
        ({"rate_hz": float("nan")}, "rate_hz nan"),
        ({"e_kg": 0}, "e_kg 0"),
        ({"max_kg": 10}, "max_kg 10"),
        ({"unit": "lb"}, "unit 'lb': one of kg, t"),
        ({"line": "9600"}, "line '9600'"),
    ],
)
def test_a_scale_that_cannot_be_is_named(
    taigan_scale: Scales, wrong: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        taigan_scale(**wrong)


@pytest.mark.parametrize("kg", [float("nan"), float("inf"), -float("inf")])
def test_a_load_that_is_no_number_is_refused(taigan_scale: Scales, kg: float) -> None:
    scale = taigan_scale()
    with pytest.raises(ValueError, match="expected finite kg"):
        scale.show(kg)
    scale.check()


def test_a_profile_that_the_protocol_cannot_carry_is_refused_at_once(taigan_scale: Scales) -> None:
    scale = taigan_scale("yaohua-continuous")
    scale.show(1_560)
    with pytest.raises(ValueError, match="does not fit"):
        scale.follow(LoadProfile.parse("0:0,60:-300"), tare_kg=999_800)
    with pytest.raises(ValueError, match="tare_kg -5"):
        scale.show(0, tare_kg=-5)
    with listening(scale) as listener:
        listener.shows(1_560)


@pytest.mark.parametrize(
    ("socket", "named"),
    [
        ({"on": "pty", "port": 7}, "port 7: a pseudo-terminal has none"),
        ({"on": "tcp", "link": Path("x")}, "link x: only a pseudo-terminal"),
    ],
)
def test_a_name_that_the_kind_of_line_has_not_is_refused(
    socket: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        Socket(**socket)


def test_a_reader_is_no_faster_than_its_line(taigan_reader: Readers) -> None:
    reader = taigan_reader("em4100", line="300 8N1", rate_hz=100)
    reader.present("0100630A01")
    with listening(reader) as listener:
        listener.tag()
        before = len(listener.raw)
        wait(1.0)
        assert 0 < len(listener.raw) - before <= 4 * 14


def test_nothing_is_left_of_a_bench_that_was_closed(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    with Bench(tmp_path) as bench:
        bench.scale(IndicatorModel())
        bench.scale(IndicatorModel(), Socket("tcp"))
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
    assert set(threading.enumerate()) == threads
