"""What an indicator shows, before any protocol."""

from decimal import Decimal
from typing import Any

import pytest

from edge.devices.readings import Reading
from simulators.panel import Panel, Range, tellings


def settled(panel: Panel, load_kg: float) -> Reading:
    for _ in range(20):
        panel.look(load_kg)
    return panel.reading()


def test_a_still_load_is_shown_with_all_that_is_known() -> None:
    assert settled(Panel(Range()), 48_563) == Reading(
        weight=Decimal(48_560),
        unit="kg",
        stable=True,
        mode="gross",
        overload=False,
        underload=False,
    )


@pytest.mark.parametrize(
    ("made_for", "why"),
    [
        ({"e_kg": 0}, "e_kg 0, max_kg 100000: expected 1 <= e_kg <= max_kg"),
        ({"e_kg": 20, "max_kg": 10}, "e_kg 20, max_kg 10"),
        ({"unit": "lb"}, "unit 'lb': one of kg, t"),
    ],
)
def test_a_scale_that_cannot_be_is_refused(made_for: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Range(**made_for)


def test_tonnes_are_shown_with_three_decimals() -> None:
    assert str(settled(Panel(Range(unit="t")), 48_563).weight) == "48.560"


def test_a_load_under_way_is_in_motion_until_it_has_rested() -> None:
    panel = Panel(Range())
    settled(panel, 0)
    assert panel.look(20_000).stable is False
    assert panel.look(20_000).stable is False
    assert settled(panel, 20_000).stable is True


def test_noise_below_a_division_is_no_motion() -> None:
    panel = Panel(Range())
    assert all(panel.look(20_000 + (-1) ** n * 8).stable for n in range(30))


def test_the_tare_key_makes_the_weight_net() -> None:
    panel = Panel(Range())
    panel.tare_kg = 16_000
    shown = settled(panel, 48_560)
    assert shown.mode == "net"
    assert (shown.weight, shown.tare) == (Decimal(32_560), Decimal(16_000))


def test_nine_divisions_above_capacity_there_is_no_number_any_more() -> None:
    panel = Panel(Range(max_kg=60_000))
    assert settled(panel, 60_180).weight == 60_180
    beyond = settled(panel, 60_200)
    assert (beyond.weight, beyond.state, beyond.overload) == (None, "overload", True)


def test_far_below_zero_there_is_no_number_either() -> None:
    panel = Panel(Range())
    assert settled(panel, -400).weight == -400
    assert settled(panel, -420).state == "underload"


def test_a_state_stands_in_place_of_the_weight() -> None:
    panel = Panel(Range())
    settled(panel, 1_560)
    panel.state = "error"
    assert (panel.reading().state, panel.reading().weight) == ("error", None)
    panel.state = None
    assert panel.reading().weight == 1_560


def test_a_panel_that_was_never_looked_at_shows_zero_at_rest() -> None:
    assert Panel(Range()).reading().weight == 0
    assert Panel(Range()).reading().stable is True


def test_less_and_less_is_told_beside_the_weight_and_nothing_untrue() -> None:
    panel = Panel(Range())
    told = list(tellings(settled(panel, 1_560)))
    assert told[0] == panel.reading()
    assert told[-1] == Reading(weight=Decimal(1_560), unit="kg")
    assert {one.mode for one in told} == {"gross", "net", None}


def test_a_net_weight_is_never_told_as_gross() -> None:
    panel = Panel(Range())
    panel.tare_kg = 500
    told = list(tellings(settled(panel, 1_560)))
    assert {one.mode for one in told} == {"net", None}
    assert {one.tare for one in told} == {500, None}
