"""What the driver sees, hears and gets on paper, when, and only once."""

from typing import Any

import pytest

from edge.devices.voice import Spoken
from edge.lane.effects import Open
from edge.lane.texts import STATE_TEXTS
from edge.messages import Action, sha256_hex
from tests.integration.edge.benches import Bench, MakeBench, weighed
from tests.unit.edge.lanes import SAY, TAG


def test_the_display_follows_weight_steadiness_and_light(bench: Bench) -> None:
    assert {one.green for one in bench.world.screens} == {False}
    weighed(bench)
    shown = bench.world.screens[-1]
    assert (shown.text, shown.weight_kg, shown.stable) == ("称重完成 请稍候", 48_000, True)
    bench.decide(Action.RELEASE)
    assert bench.world.screens[-1].green
    assert bench.world.screens.count(shown) == 1


def test_a_display_can_have_a_language_of_its_own(make_bench: MakeBench) -> None:
    bench = make_bench(display={"source": "/dev/null", "language": "en"})
    assert bench.world.shown[-1] == "Present your card"


def test_a_silent_scale_takes_the_weight_off_the_display(bench: Bench) -> None:
    bench.frames(3, 400)
    assert bench.world.screens[-1].weight_kg == 400
    bench.world.now_ms += 5_000
    bench.take(None)
    assert bench.world.screens[-1].weight_kg is None


def test_each_text_is_said_once_and_the_weight_with_the_release(bench: Bench) -> None:
    weighed(bench)
    assert [one.weight_kg for one in bench.world.said if one.weight_kg is not None] == []
    bench.decide(Action.RELEASE)
    bench.frames(5)
    assert bench.world.said[-1] == Spoken({"zh": SAY["zh"], "en": SAY["en"]}, 48_000)
    said = [one.texts for one in bench.world.said]
    assert said.count(STATE_TEXTS["weighed"]) == 1
    bench.frames(700)
    assert bench.world.said[-1] == Spoken(STATE_TEXTS["leave"])


def test_a_held_truck_hears_its_weight_once(bench: Bench) -> None:
    weighed(bench)
    bench.decide(Action.HOLD)
    assert bench.world.said[-1].weight_kg == 48_000
    bench.decide(Action.RELEASE, say={"zh": "请下磅", "en": "Drive off"})
    assert bench.world.said[-1].weight_kg is None


def test_a_released_truck_gets_a_slip_that_names_its_record(bench: Bench) -> None:
    weighed(bench)
    assert bench.world.slips == []
    bench.decide(Action.RELEASE)
    bench.frames(5)
    [slip] = bench.world.slips
    [record] = [one for one in bench.records() if one.kind == "weighing_completed.v2"]
    assert (slip.weight_kg, slip.tag, slip.seq) == (48_000, TAG, record.seq)
    assert slip.record_sha256 == sha256_hex(bench.journal.sealed(record.seq).body)
    assert (slip.yard, slip.lane, slip.clock_is_set) == ("mine", "in", True)


def test_the_slip_comes_after_record_and_barrier(bench: Bench) -> None:
    found: list[Any] = []
    weighed(bench)
    bench.world.print = lambda slip: found.append(  # type: ignore[method-assign]  # looks around
        (bench.story()[-1], slip.seq, bench.world.orders[-1])
    )
    bench.decide(Action.RELEASE)
    assert found == [("truck_released", 2, Open("exit"))]


def test_a_refused_truck_gets_no_slip(bench: Bench) -> None:
    weighed(bench)
    bench.decide(Action.REFUSE)
    bench.frames(5)
    assert bench.world.slips == []


def test_a_slip_is_not_printed_again_after_a_power_cut(bench: Bench) -> None:
    weighed(bench)
    bench.decide(Action.RELEASE)
    bench.power_cut()
    bench.connect()
    bench.frames(10)
    assert bench.runner.lane.state.value == "released"
    assert len(bench.world.slips) == 1


@pytest.mark.parametrize(
    ("section", "device", "reason"),
    [
        ({"display": {"source": "/dev/null"}}, "display", "display_lost"),
        ({"voice": {}}, "speaker", "speaker_lost"),
        ({"printer": {"source": "/dev/null"}}, "printer", "printer_lost"),
    ],
)
def test_a_lost_output_is_a_fault_and_the_lane_works_on(
    make_bench: MakeBench, section: dict[str, Any], device: str, reason: str
) -> None:
    bench = make_bench(**section)
    bench.frames(150)
    faults = [one for one in bench.records() if one.kind == "lane_fault.v1"]
    assert [(one.device, one.state, one.reason) for one in faults] == [(device, "raised", reason)]
    assert bench.sent("state")[-1]["devices"][device]["ok"] is False
    weighed(bench)
    bench.decide(Action.RELEASE)
    assert bench.runner.lane.state.value == "released"
