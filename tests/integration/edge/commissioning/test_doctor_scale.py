"""What the doctor says of an indicator: its steps, its motion, and bytes that do not fit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.commissioning.check_ports import check_ports
from edge.commissioning.finding import Finding
from edge.config import Settings
from simulators.bench import Bench
from simulators.indicator import IndicatorModel
from tests.integration.edge.conftest import MakeSettings


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path) as opened:
        yield opened


def findings(settings: Settings, check: str) -> list[Finding]:
    return [one for one in check_ports(settings) if one.check == check]


def fix(settings: Settings, check: str) -> str:
    (one,) = findings(settings, check)
    return one.fix


def test_a_stream_finer_than_the_display_is_named_with_what_to_switch_off(
    bench: Bench, make_settings: MakeSettings
) -> None:
    running = bench.scale(IndicatorModel())
    running.show(1580)
    told = fix(make_settings(scale={"source": running.source, "e_kg": 200}), "scale weight")
    assert "finer than the display (steps of 20 kg, e is 200 kg)" in told
    assert "expanded or high resolution output" in told
    told = fix(make_settings(scale={"source": running.source, "e_kg": 700}), "scale weight")
    assert told == "set scale.e_kg and scale.unit as on the type plate"


TOLEDO = "toledo-continuous"


def test_an_indicator_that_turns_motion_round_is_noticed_while_it_stands_still(
    bench: Bench, make_settings: MakeSettings
) -> None:
    turned = bench.scale(IndicatorModel(protocol=TOLEDO, options={"motion": "inverted"}))
    scale_settings = {"source": turned.source, "protocol": TOLEDO}
    wrong = make_settings(scale=scale_settings)
    (told,) = findings(wrong, "scale motion")
    assert (told.level, told.detail) == ("warn", "says moving while the weight stands still")
    assert 'motion = "inverted"' in told.fix
    right = make_settings(scale={**scale_settings, "options": {"motion": "inverted"}})
    (told,) = findings(right, "scale motion")
    assert (told.level, "watch `taigan-edge tail`" in told.detail) == ("ok", True)


def test_a_protocol_that_says_nothing_of_motion_is_not_asked_about_it(
    bench: Bench, make_settings: MakeSettings
) -> None:
    settings = make_settings(scale={"source": bench.scale(IndicatorModel()).source})
    assert findings(settings, "scale motion") == []


def test_bytes_that_do_not_fit_are_called_by_what_they_are_near_to(
    bench: Bench, make_settings: MakeSettings
) -> None:
    known = bench.scale(IndicatorModel())
    told = fix(make_settings(scale={"source": known.source, "protocol": "mt-sics"}), "scale")
    assert told.endswith("; the bytes read as yaohua-continuous")
    unknown = bench.scale(
        IndicatorModel(protocol="generic", options={"template": "Wt:{weight:8} x"})
    )
    told = fix(make_settings(scale={"source": unknown.source, "protocol": "mt-sics"}), "scale")
    assert "generic reads them, -o 'template={skip:3}{weight:8}{skip:2}'" in told
