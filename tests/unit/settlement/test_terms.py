"""Terms of a contract: each number has bounds, and the page about money names each term."""

from collections.abc import Iterator
from inspect import get_annotations
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from gateway.registry.schemas import Terms
from settlement.messages import AgreedMinor, FreightTerms, Kg
from tests.unit.docs.pages import DOCS, prose
from tests.unit.settlement.tickets import terms

MONEY = prose(DOCS / "money.md")
BOUNDED = {
    "_minor": ("AgreedMinor", TypeAdapter(AgreedMinor).json_schema()),
    "_kg": ("Kg", TypeAdapter(Kg).json_schema()),
}

BOUNDS = {"lower": {"minimum", "exclusiveMinimum"}, "upper": {"maximum", "exclusiveMaximum"}}


def whole_numbers(form: type[BaseModel]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each whole number of a form and of the forms inside of it, with its schema."""
    schema = form.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, field in part.get("properties", {}).items():
            for choice in (field, *field.get("anyOf", ())):
                if choice.get("type") == "integer":
                    yield name, choice


@pytest.mark.parametrize("form", [FreightTerms, Terms])
def test_money_and_weights_have_the_bounds_of_their_type(form: type[BaseModel]) -> None:
    numbers = list(whole_numbers(form))
    assert "rate_per_tonne_minor" in dict(numbers)
    for name, field in numbers:
        for unit, (kind, bounds) in BOUNDED.items():
            if name.endswith(unit):
                wrong = f"settlement/messages.py: {name} is not bounded: give it the type {kind}"
                assert bounds.items() <= field.items(), wrong


@pytest.mark.parametrize("form", [FreightTerms, Terms])
def test_any_other_whole_number_has_bounds_too(form: type[BaseModel]) -> None:
    for name, field in whole_numbers(form):
        for bound, keys in BOUNDS.items():
            assert keys & field.keys(), f"settlement/messages.py: {name} has no {bound} bound"


def test_the_gateway_has_no_terms_of_its_own() -> None:
    assert Terms.model_fields.keys() == FreightTerms.model_fields.keys()
    assert not get_annotations(Terms), "gateway/registry/schemas.py: Terms declares a term again"


@pytest.mark.parametrize("minor", [-1, 10**9 + 1, 4500.0, "4500"])
def test_a_money_term_out_of_its_bounds_is_refused_by_name(minor: object) -> None:
    with pytest.raises(ValidationError, match="loss_price_per_tonne_minor"):
        terms(loss_price_per_tonne_minor=minor)


@pytest.mark.parametrize("name", FreightTerms.model_fields)
def test_the_page_about_money_explains_it(name: str) -> None:
    assert f"`{name}`" in MONEY, f"docs/money.md: the table of terms lacks {name}"


def test_a_term_of_a_newer_gateway_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="gift_minor"):
        terms(gift_minor=0)
