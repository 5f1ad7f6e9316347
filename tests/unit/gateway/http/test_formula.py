"""The driver's calculation: what the settlement decided, in numbers that can be checked."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.console.language import Texts
from gateway.receipt.formula import FormulaLine, explain, kilograms, tonnes, yuan
from settlement.messages import ContractTerms, Price
from settlement.price_lines import LINES

EN = Texts("en")
ZH = Texts("zh")


def terms(**changed: Any) -> ContractTerms:
    plain: dict[str, Any] = {
        "contract_id": "C-1",
        "version": 1,
        "basis": "unload",
        "rate_per_tonne_minor": 4500,
        "loss_allowance": {"kind": "per_mille", "value": "3"},
        "loss_charged": "excess",
        "loss_price_per_tonne_minor": 60_000,
        "rounding": "half_up",
    }
    return ContractTerms.model_validate(plain | changed)


def price(freight: int, loss_kg: int, allowed: str, deduction: tuple[str, int] | None) -> Price:
    lines = [_line("freight", "32480", 4500, freight)]
    if deduction:
        lines.append(_line("loss_deduction", deduction[0], -60_000, deduction[1]))
    total = sum(line["amount_minor"] for line in lines)
    return Price.model_validate(
        {
            "currency": "CNY",
            "lines": lines,
            "total_minor": total,
            "loss_kg": loss_kg,
            "allowed_kg": allowed,
        }
    )


def _line(code: str, quantity: str, rate: int, amount: int) -> dict[str, Any]:
    return {
        "code": code,
        "quantity_kg": quantity,
        "rate_per_tonne_minor": rate,
        "amount_minor": amount,
    }


def plain(text: str) -> str:
    """Return a text with the signs that a keyboard has."""
    return text.replace("\N{MINUS SIGN}", "-").replace("\N{MULTIPLICATION SIGN}", "x")


def calculations(lines: list[FormulaLine]) -> list[str]:
    return [plain(line.calculation) for line in lines]


def test_within_the_allowance_nothing_is_deducted() -> None:
    lines = explain(price(146_160, 60, "97.62", None), terms(), 32_540, 32_480, ZH)
    assert calculations(lines) == [
        "32.48 t x 45.00 元/t = 1461.60 元",
        "32.54 t - 32.48 t = 60 kg",
        "32.54 t x 3 ‰ = 97.62 kg",
        "0.00 元",
        "1461.60 元",
    ]
    assert "不扣款" in lines[3].note


def test_beyond_the_allowance_only_the_excess_is_charged() -> None:
    lines = explain(price(146_160, 160, "97.92", ("62.08", -3725)), terms(), 32_640, 32_480, EN)
    assert calculations(lines)[3] == "0.06208 t x 600.00 yuan/t = -37.25 yuan"
    assert plain(lines[3].note).endswith("160 kg - 97.92 kg = 62.08 kg")
    assert calculations(lines)[4] == "1461.60 - 37.25 = 1424.35 yuan"


def test_beyond_the_allowance_the_whole_loss_is_charged_if_the_contract_says_so() -> None:
    whole = terms(loss_charged="all")
    lines = explain(price(146_160, 160, "97.92", ("160", -9600)), whole, 32_640, 32_480, EN)
    assert calculations(lines)[3] == "0.16 t x 600.00 yuan/t = -96.00 yuan"
    assert "whole loss" in lines[3].note


@pytest.mark.parametrize("text", [EN, ZH])
def test_a_contract_that_charges_no_loss_tells_nobody_that_he_was_charged(text: Texts) -> None:
    """FM-04: 33 t loaded, 32 t unloaded, no price for what is lost."""
    free = terms(loss_price_per_tonne_minor=0)
    known = price(1_440_000, 1000, "99", ("901", 0)).model_dump()
    known["lines"][1]["rate_per_tonne_minor"] = 0
    lines = explain(Price.model_validate(known), free, 33_000, 32_000, text)
    assert [line.label for line in lines][2] == LINES["loss_deduction"].label[text.language]
    assert lines[2].calculation.startswith("0.00 ")
    assert lines[2].note == text("receipt.loss_is_free")
    assert not any("901" in part for line in lines for part in line)


def test_an_allowance_in_kg_is_given_per_truck() -> None:
    per_truck = terms(loss_allowance={"kind": "kg", "value": "100"})
    lines = explain(price(146_160, 60, "100", None), per_truck, 32_540, 32_480, EN)
    assert lines[2] == FormulaLine("Allowed loss", "100 kg", "Per truck, by the contract.")


@pytest.mark.parametrize(("loss", "shown"), [(0, "0 kg"), (-40, "-40 kg")])
def test_without_a_loss_no_allowance_is_explained(loss: int, shown: str) -> None:
    lines = explain(price(146_160, loss, "97", None), terms(), 32_480 + loss, 32_480, EN)
    assert calculations(lines)[1].endswith(f"= {shown}")
    assert lines[1].note == "Nothing was lost."
    assert [line.label for line in lines] == ["Freight", "Loss on the road", "Deduction", "Total"]


def test_a_deduction_that_rounds_to_nothing_is_still_shown() -> None:
    lines = explain(price(146_160, 98, "97.92", ("0.08", 0)), terms(), 32_578, 32_480, EN)
    assert calculations(lines)[4] == "1461.60 - 0.00 = 1461.60 yuan"


def test_a_line_that_is_not_per_tonne_shows_its_amount_and_its_rule() -> None:
    flat = {"code": "loss_deduction", "amount_minor": -3725}
    known = price(146_160, 160, "97.92", ("62.08", -3725)).model_dump()
    agreed = Price.model_validate(known | {"lines": [known["lines"][0], flat]})
    lines = explain(agreed, terms(), 32_640, 32_480, EN)
    assert calculations(lines)[3] == "-37.25 yuan"
    assert lines[3].note == "Loss that is charged, times the price of the cargo."


def test_an_addition_is_added_and_a_deduction_taken_off() -> None:
    once = price(146_160, 160, "97.92", ("62.08", -3725)).model_dump()
    freight, deduction = once["lines"]
    lines = {"lines": [freight, deduction, freight], "total_minor": 2 * 146_160 - 3725}
    twice = Price.model_validate(once | lines)
    shown = explain(twice, terms(), 32_640, 32_480, EN)
    assert calculations(shown)[-1] == "1461.60 - 37.25 + 1461.60 = 2885.95 yuan"
    assert [line.label for line in shown].count("Freight") == 2


@pytest.mark.parametrize("basis", ["load", "unload", "lower", "higher"])
def test_every_basis_is_named_in_both_languages(basis: str) -> None:
    for text in (EN, ZH):
        lines = explain(price(1, 0, "0", None), terms(basis=basis), 1, 1, text)
        assert lines[0].note


@pytest.mark.parametrize(
    ("kg", "shown"),
    [
        (32_480, "32.48"),
        (30_000, "30.00"),
        (32_485, "32.485"),
        (Decimal("22.5"), "0.0225"),
        (0, "0.00"),
    ],
)
def test_tonnes_have_two_decimals_or_as_many_as_there_are(kg: Decimal | int, shown: str) -> None:
    assert tonnes(kg) == shown


def test_kilograms_and_yuan_read_as_written_by_hand() -> None:
    assert [kilograms(Decimal(text)) for text in ("97.50", "100", "0.0")] == ["97.5", "100", "0"]
    assert [plain(yuan(minor)) for minor in (146_160, 5, 0, -3725)] == [
        "1461.60",
        "0.05",
        "0.00",
        "-37.25",
    ]
