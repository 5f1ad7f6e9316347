"""The arithmetic that guard and verifier share: what it knows, and that it refuses the rest."""

from typing import Any

import pytest
from pydantic import BaseModel

from settlement.messages import ContractTerms, LossAllowance
from settlement.verify.arithmetic import (
    DEFAULTS,
    REQUIRED,
    CannotCompute,
    Delivered,
    amounts_due,
    same_terms,
)
from tests.unit.settlement.tickets import terms


def agreed(**changes: Any) -> dict[str, Any]:
    """Return terms as JSON."""
    return terms().model_dump(mode="json") | changes


def defaults(form: type[BaseModel]) -> dict[str, Any]:
    fields = form.model_fields.items()
    return {name: field.default for name, field in fields if not field.is_required()}


def test_it_knows_every_term_with_its_default() -> None:
    file = "settlement/verify/arithmetic.py"
    for name, field in ContractTerms.model_fields.items():
        where, known = ("REQUIRED", REQUIRED) if field.is_required() else ("DEFAULTS", DEFAULTS)
        assert name in known, f"{file}: {where} lacks {name}"
        assert field.is_required() or DEFAULTS[name] == field.default, f"{file}: {name} differs"
    assert defaults(ContractTerms) == DEFAULTS
    assert REQUIRED | DEFAULTS.keys() == ContractTerms.model_fields.keys()
    assert defaults(LossAllowance) == {}, "complete() writes out no defaults inside of a term"


@pytest.mark.parametrize(
    ("rule", "rate", "due"),
    [
        ("half_even", 12_500, 12),
        ("half_even", 13_500, 14),
        ("half_even", 12_501, 13),
        ("half_up", 12_500, 13),
        ("down", 12_999, 12),
    ],
)
def test_an_exact_half_is_rounded_by_the_contracts_rule(rule: str, rate: int, due: int) -> None:
    one = agreed(rate_per_tonne_minor=rate, rounding=rule)
    amounts = amounts_due(Delivered(1, 1), one)
    assert (amounts["freight"], sum(amounts.values())) == (due, due)


def test_a_deduction_is_rounded_as_a_freight_is() -> None:
    allowance = {"kind": "kg", "value": "0"}
    one = agreed(loss_allowance=allowance, loss_price_per_tonne_minor=12_500)
    assert amounts_due(Delivered(2, 1), one)["loss_deduction"] == -13


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"gift_minor": 0}, "add an unknown gift_minor"),
        ({"basis": "best"}, "basis 'best' is unknown"),
        ({"rounding": "up"}, "rounding 'up' is unknown"),
        ({"loss_charged": "some"}, "loss_charged 'some' is unknown"),
        ({"loss_allowance": {"kind": "tonne", "value": "1"}}, "kind 'tonne' is unknown"),
    ],
)
def test_what_it_does_not_know_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(CannotCompute, match=reason):
        amounts_due(Delivered(40_000, 39_000), agreed(**changes))


def test_terms_that_lack_something_are_refused() -> None:
    without = {name: value for name, value in agreed().items() if name != "rounding"}
    with pytest.raises(CannotCompute, match="the terms lack rounding"):
        amounts_due(Delivered(1, 1), without)


def test_a_term_that_is_absent_has_its_default() -> None:
    absent = {name: value for name, value in agreed().items() if name != "currency"}
    assert same_terms(absent, agreed())
    assert not same_terms(absent, agreed(currency="USD"))
    assert not same_terms(agreed(), agreed(version=2))


def test_one_allowance_may_be_written_in_two_ways() -> None:
    assert same_terms(agreed(), agreed(loss_allowance={"kind": "per_mille", "value": "3.00"}))
    assert not same_terms(agreed(), agreed(loss_allowance={"kind": "per_mille", "value": "3.01"}))
