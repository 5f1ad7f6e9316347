"""A price line is complete: whoever needs to know it does. A failure names what is missing."""

from decimal import Decimal
from typing import get_args

import pytest
from pydantic import ValidationError

from gateway.console.language import Texts
from gateway.receipt.formula import MINUS, PLUS, explain, yuan
from gateway.texts import LANGUAGES
from settlement.ledger import posting
from settlement.messages import Price, PriceLine
from settlement.price_lines import LINES, LineCode, LineKind, UnknownLine, line_kind
from settlement.pricing.price import RULES
from settlement.verify import arithmetic
from tests.unit.docs.pages import DOCS
from tests.unit.settlement.tickets import terms

CODES: tuple[LineCode, ...] = get_args(LineCode)
MONEY = (DOCS / "money.md").read_text()

every_line = pytest.mark.parametrize("code", CODES)


def kind_of(code: LineCode) -> LineKind:
    assert code in LINES, f"settlement/price_lines.py: LINES has no row {code}"
    return LINES[code]


def test_nothing_is_priced_or_checked_that_is_no_line() -> None:
    for where, known in (
        ("settlement/price_lines.py: LINES", LINES),
        ("settlement/pricing/price.py: RULES", RULES),
        ("settlement/verify/arithmetic.py: LINES", arithmetic.LINES),
    ):
        strangers = set(known) - set(CODES)
        assert not strangers, f"{where} has {strangers}, which LineCode does not name"


@every_line
def test_it_has_a_rule_and_an_independent_second_one(code: LineCode) -> None:
    assert code in RULES, f"settlement/pricing/price.py: RULES lacks {code}"
    assert code in arithmetic.LINES, f"settlement/verify/arithmetic.py: LINES lacks {code}"


@every_line
def test_it_has_words_in_both_languages(code: LineCode) -> None:
    kind = kind_of(code)
    for name, words in (("label", kind.label), ("mention", kind.mention), ("rule", kind.rule)):
        for language in LANGUAGES:
            found = words.get(language, "").strip()
            assert found, f"settlement/price_lines.py: {code} has no {name} in {language}"


@every_line
def test_it_has_an_account_that_is_locked_in_order_and_documented(code: LineCode) -> None:
    account = kind_of(code).account
    own = {"prefund", "driver_payable", "suspense", "bank_in_transit", "bank"}
    assert account not in own, f"{code}: account {account} belongs to deposits and payouts"
    assert posting.account_order(f"{account}:C") < posting.account_order("suspense")
    if kind_of(code).sign > 0:
        assert account == "freight_cost", f"{code}: a payout takes additions off freight_cost"
    row = f"\n| `{account}:<contract>` |"
    assert row in MONEY, f"docs/money.md: the table of accounts lacks {account}:<contract>"


@every_line
def test_an_example_of_it_is_documented(code: LineCode) -> None:
    example = f'"code": "{code}"'
    assert example in MONEY, f"docs/money.md: no example of {code}: give contract.json its term"


@every_line
def test_the_receipt_explains_it_with_the_sign_it_has(code: LineCode) -> None:
    kind, sign = kind_of(code), PLUS if kind_of(code).sign > 0 else MINUS
    for language in LANGUAGES:
        *shown, total = explain(priced(code), terms(), 40_000, 39_000, Texts(language))
        own = [line for line in shown if line.label == kind.label[language]]
        assert own, f"the receipt does not explain {code}"
        assert own[-1].note, f"the receipt does not say why there is {code}"
        assert f" {sign} {yuan(500)} = " in total.calculation


def priced(code: LineCode) -> Price:
    """Return a price of two lines, the second of which is of this kind."""
    freight = line("freight", 90_000)
    second = line(code, 500 * kind_of(code).sign)
    return Price(
        currency="CNY",
        lines=(freight, second),
        total_minor=freight.amount_minor + second.amount_minor,
        loss_kg=1000,
        allowed_kg=Decimal(120),
    )


def line(code: LineCode, amount_minor: int) -> PriceLine:
    rate = 1000 if amount_minor > 0 else -1000
    return PriceLine(
        code=code, quantity_kg=Decimal(500), rate_per_tonne_minor=rate, amount_minor=amount_minor
    )


@every_line
def test_an_amount_of_the_other_sign_is_no_such_line(code: LineCode) -> None:
    with pytest.raises(ValidationError, match="wrong sign"):
        PriceLine(code=code, amount_minor=-kind_of(code).sign)


def test_a_line_without_a_row_is_named() -> None:
    with pytest.raises(UnknownLine, match="price line 'gift' has no row"):
        line_kind("gift")


def test_quantity_and_rate_come_together() -> None:
    with pytest.raises(ValidationError, match="come together"):
        PriceLine(code="freight", quantity_kg=Decimal(1), amount_minor=1)
