"""Each price line in numbers of a contract or by hand, which both opinions must give."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import pytest

from gateway.receipt.formula import yuan
from settlement.messages import ContractTerms, Load
from settlement.price_lines import LineCode
from settlement.pricing.price import price_load
from settlement.verify.arithmetic import Delivered, amounts_due
from tests.unit.docs.pages import DOCS, file_blocks, prose
from tests.unit.settlement.tickets import terms

Example = tuple[Load, dict[str, Any], int]
"""A load, the terms that differ from those of `tickets.terms`, and the fen of the line."""


def load(load_net_kg: int, unload_net_kg: int) -> Load:
    return Load(load_net_kg=load_net_kg, unload_net_kg=unload_net_kg)


EXAMPLES: Mapping[LineCode, Sequence[Example]] = {
    "freight": [
        (load(40_000, 39_000), {}, 468_000),
        (load(40_000, 39_000), {"basis": "load"}, 480_000),
    ],
    "loss_deduction": [
        (load(40_000, 39_881), {}, 0),
        (load(40_000, 39_880), {}, 0),
        (load(40_000, 39_879), {}, -50),
        (load(40_000, 39_879), {"loss_charged": "all"}, -6050),
    ],
}
"""At least one with the line; where there is a threshold: below, at and above it."""


@pytest.mark.parametrize("code", get_args(LineCode))
def test_both_opinions_give_the_fen_of_the_example(code: LineCode) -> None:
    here = "tests/unit/settlement/test_line_examples.py: EXAMPLES"
    assert code in EXAMPLES, f"{here} lacks {code}"
    assert any(fen for _, _, fen in EXAMPLES[code]), f"{here}: in none there is a {code}"
    for one, changes, fen in EXAMPLES[code]:
        agreed = terms(**changes)
        price = price_load(one, agreed)
        priced = sum(line.amount_minor for line in price.lines if line.code == code)
        delivered = Delivered(one.load_net_kg, one.unload_net_kg)
        second = amounts_due(delivered, agreed.model_dump(mode="json"))[code]
        assert (priced, second) == (fen, fen), f"{code} of {one} with {changes}"


def test_the_page_about_money_says_what_the_driver_of_its_example_gets() -> None:
    files = file_blocks(DOCS / "money.md")
    agreed = ContractTerms.model_validate_json(files["contract.json"])
    price = price_load(Load.model_validate_json(files["load.json"]), agreed)
    sentence = f"The driver gets {yuan(price.total_minor)} yuan."
    assert sentence in prose(DOCS / "money.md"), f"docs/money.md lacks: {sentence}"
