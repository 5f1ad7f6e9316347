"""The demo's own arithmetic, checked by hand."""

import pytest

from simulators.demo.pricing import AGREEMENTS, freight_minor

PER_MILLE, PER_TRUCK = AGREEMENTS[0].terms, AGREEMENTS[1].terms


def test_a_small_loss_on_the_road_costs_nothing() -> None:
    assert freight_minor(PER_MILLE, 32_000, 31_940) == 276_281


def test_only_the_excess_over_two_per_mille_is_charged() -> None:
    # 31 900 kg at 86.50 = 2759.35; 100 kg lost, 64 free, 36 kg at 620.00 = 22.32
    assert freight_minor(PER_MILLE, 32_000, 31_900) == 275_935 - 2_232


def test_the_whole_loss_is_charged_beyond_a_hundred_kilograms() -> None:
    # lower net 31 880 kg at 92.75 = 2956.87; 120 kg at 580.00 = 69.60
    assert freight_minor(PER_TRUCK, 32_000, 31_880) == 295_687 - 6_960


def test_a_gain_on_the_road_is_paid_by_the_lower_weight() -> None:
    assert freight_minor(PER_TRUCK, 31_880, 32_000) == 295_687


@pytest.mark.parametrize(("rounding", "fen"), [("half_up", 3), ("half_even", 2)])
def test_a_half_fen_goes_where_the_contract_says(rounding: str, fen: int) -> None:
    terms = {**PER_MILLE, "rounding": rounding, "rate_per_tonne_minor": 125}
    assert freight_minor(terms, 20, 20) == fen
