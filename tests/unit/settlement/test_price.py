"""Prices: worked examples from outside, and laws that hold for every load."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from settlement.messages import (
    MINOR_UNITS_MAX,
    ContractTerms,
    Load,
    LossAllowance,
    Price,
    PriceLine,
    Rounding,
    WeightBasis,
)
from settlement.pricing.price import RULES, TotalBelowZero, Unpriceable, price_load
from settlement.verify.arithmetic import Delivered, amounts_due
from tests.unit.settlement.tickets import terms

KG = st.integers(1, 200_000)
ALLOWANCES = st.builds(
    LossAllowance,
    kind=st.sampled_from(["per_mille", "kg"]),
    value=st.decimals(0, 1000, places=3, allow_nan=False),
)
DRAWN: dict[str, st.SearchStrategy[Any]] = {
    "contract_id": st.just("C1"),
    "version": st.just(1),
    "currency": st.just("CNY"),
    "basis": st.sampled_from(WeightBasis),
    "rate_per_tonne_minor": st.integers(1, 100_000),
    "loss_allowance": ALLOWANCES,
    "loss_charged": st.sampled_from(["excess", "all"]),
    "loss_price_per_tonne_minor": st.integers(0, 200_000),
    "rounding": st.sampled_from(Rounding),
}
TERMS = st.builds(ContractTerms, **DRAWN)


def test_the_laws_below_are_tried_with_every_term() -> None:
    missing = ContractTerms.model_fields.keys() - DRAWN.keys()
    assert not missing, f"tests/unit/settlement/test_price.py: DRAWN lacks {missing}"


def priced(loaded: int, delivered: int, agreed: ContractTerms) -> Price | None:
    try:
        return price_load(Load(load_net_kg=loaded, unload_net_kg=delivered), agreed)
    except TotalBelowZero:
        return None


def test_st_01_base_on_loaded_weight_with_the_excess_loss_deducted() -> None:
    agreed = terms(
        basis="load",
        rate_per_tonne_minor=12_000,
        loss_allowance={"kind": "kg", "value": "200"},
        loss_price_per_tonne_minor=15_000,
    )
    price = price_load(Load(load_net_kg=3500, unload_net_kg=2900), agreed)
    assert [line.amount_minor for line in price.lines] == [42_000, -6_000]
    assert price.total_minor == 36_000


def test_st_05_no_loss_costs_nothing() -> None:
    agreed = terms(
        basis="unload",
        rate_per_tonne_minor=1_000,
        loss_allowance={"kind": "per_mille", "value": "3"},
        loss_price_per_tonne_minor=1_000,
    )
    price = price_load(Load(load_net_kg=90_000, unload_net_kg=90_000), agreed)
    assert (price.total_minor, price.loss_kg, len(price.lines)) == (90_000, 0, 1)


@pytest.mark.parametrize(("rule", "expected"), [("half_up", 43), ("half_even", 43), ("down", 42)])
def test_rd_02_the_rule_of_rounding_is_the_contracts(rule: str, expected: int) -> None:
    agreed = terms(rate_per_tonne_minor=42_525, rounding=rule)
    assert price_load(Load(load_net_kg=1, unload_net_kg=1), agreed).total_minor == expected


@pytest.mark.parametrize(("rule", "expected"), [("half_up", 13), ("half_even", 12), ("down", 12)])
def test_an_exact_half_is_where_the_rules_differ(rule: str, expected: int) -> None:
    agreed = terms(rate_per_tonne_minor=12_500, rounding=rule)
    assert price_load(Load(load_net_kg=1, unload_net_kg=1), agreed).total_minor == expected


@pytest.mark.parametrize(
    ("basis", "paid_for"),
    [("load", 40_000), ("unload", 39_000), ("lower", 39_000), ("higher", 40_000)],
)
def test_the_basis_says_which_weight_is_paid_for(basis: str, paid_for: int) -> None:
    price = price_load(Load(load_net_kg=40_000, unload_net_kg=39_000), terms(basis=basis))
    assert price.lines[0].quantity_kg == paid_for


@pytest.mark.parametrize(("charged", "kg"), [("excess", 880), ("all", 1000)])
def test_beyond_the_allowance_the_excess_or_all_of_it_is_charged(charged: str, kg: int) -> None:
    price = price_load(Load(load_net_kg=40_000, unload_net_kg=39_000), terms(loss_charged=charged))
    assert price.allowed_kg == 120
    assert price.lines[1].quantity_kg == kg


def test_a_loss_equal_to_the_allowance_is_free() -> None:
    price = price_load(Load(load_net_kg=40_000, unload_net_kg=39_880), terms(loss_charged="all"))
    assert len(price.lines) == 1


def test_more_delivered_than_loaded_is_no_loss() -> None:
    price = price_load(Load(load_net_kg=40_000, unload_net_kg=40_100), terms())
    assert (price.loss_kg, len(price.lines)) == (-100, 1)


def test_a_loss_dearer_than_the_freight_has_no_price() -> None:
    with pytest.raises(TotalBelowZero, match=r"C1.*30000 kg"):
        price_load(Load(load_net_kg=40_000, unload_net_kg=10_000), terms())


@given(KG, KG, TERMS)
def test_lines_add_up_and_nobody_owes_the_consignor(
    loaded: int, delivered: int, agreed: ContractTerms
) -> None:
    price = priced(loaded, delivered, agreed)
    assume(price is not None)
    assert price is not None
    assert sum(line.amount_minor for line in price.lines) == price.total_minor >= 0


@given(st.lists(KG, min_size=3, max_size=3).map(sorted), TERMS)
def test_more_loss_never_pays_more(weights: list[int], agreed: ContractTerms) -> None:
    little, much, loaded = weights
    more, less = priced(loaded, much, agreed), priced(loaded, little, agreed)
    if less is not None:
        assert more is not None
        assert less.total_minor <= more.total_minor


@given(KG, KG, TERMS)
def test_the_lower_weight_never_pays_more_than_either(
    loaded: int, delivered: int, agreed: ContractTerms
) -> None:
    def freight(basis: WeightBasis) -> int:
        load = Load(load_net_kg=loaded, unload_net_kg=delivered)
        line = RULES["freight"](load, agreed.model_copy(update={"basis": basis}))
        assert line is not None
        return line.amount_minor

    lower, higher = freight(WeightBasis.LOWER), freight(WeightBasis.HIGHER)
    either = {freight(WeightBasis.LOAD), freight(WeightBasis.UNLOAD)}
    assert (lower, higher) == (min(either), max(either))


@given(KG, KG, TERMS)
def test_rounding_moves_each_line_by_less_than_one_fen(
    loaded: int, delivered: int, agreed: ContractTerms
) -> None:
    price = priced(loaded, delivered, agreed)
    for line in () if price is None else price.lines:
        if line.quantity_kg is not None and line.rate_per_tonne_minor is not None:
            exact = Fraction(line.quantity_kg) * line.rate_per_tonne_minor / 1000
            assert abs(exact - line.amount_minor) < 1


@given(KG, KG, TERMS)
def test_a_repeat_gives_the_same_fen(loaded: int, delivered: int, agreed: ContractTerms) -> None:
    assert priced(loaded, delivered, agreed) == priced(loaded, delivered, agreed)


@given(KG, KG, TERMS)
def test_two_engines_that_share_no_code_agree_on_every_line(
    loaded: int, delivered: int, agreed: ContractTerms
) -> None:
    price = priced(loaded, delivered, agreed)
    due = amounts_due(Delivered(loaded, delivered), json.loads(agreed.model_dump_json()))
    if price is None:
        assert sum(due.values()) < 0
    else:
        lines = {line.code: line.amount_minor for line in price.lines}
        assert lines == {code: amount for code, amount in due.items() if code in lines}
        assert sum(due.values()) == price.total_minor


def test_the_largest_allowed_numbers_are_priced_exactly() -> None:
    agreed = terms(
        rate_per_tonne_minor=10**9, loss_allowance={"kind": "kg", "value": "0.000000000001"}
    )
    price = price_load(Load(load_net_kg=1_000_000, unload_net_kg=1_000_000), agreed)
    assert price.total_minor == 10**12


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"loss_allowance": {"kind": "kg", "value": "1E-70"}}, "too many digits"),
        ({"loss_allowance": {"kind": "per_mille", "value": "1E-999999"}}, "too many digits"),
    ],
)
def test_terms_that_have_no_exact_price_are_refused_by_contract(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Unpriceable, match=f"contract C1: .*{reason}"):
        price_load(Load(load_net_kg=40_000, unload_net_kg=39_000), terms(**changes))


def test_a_line_above_what_a_message_can_carry_is_refused_by_contract() -> None:
    agreed = terms().model_copy(update={"rate_per_tonne_minor": 10**15})
    with pytest.raises(Unpriceable, match=r"contract C1: freight is \d+ fen, more than"):
        price_load(Load(load_net_kg=40_000, unload_net_kg=39_000), agreed)


@pytest.mark.parametrize("above", [0, 1])
def test_an_addition_lifts_the_total_up_to_what_a_message_can_carry(
    above: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = PriceLine(code="freight", amount_minor=MINOR_UNITS_MAX)
    more = PriceLine(code="freight", amount_minor=above)
    rules = {"most": lambda *_: most, "more": lambda *_: more}
    monkeypatch.setattr("settlement.pricing.price.RULES", rules)
    load = Load(load_net_kg=40_000, unload_net_kg=39_000)
    if above == 0:
        assert price_load(load, terms()).total_minor == MINOR_UNITS_MAX
        return
    with pytest.raises(Unpriceable, match="contract C1: the total is 1000000000000001 fen, more"):
        price_load(load, terms())
