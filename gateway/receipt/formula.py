"""How a price came about, in numbers a driver can check with a pencil. Pure.

Every amount is read from the settlement; nothing is computed again, only explained.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from settlement.messages import ContractTerms, Price, PriceLine

MINUS: Final = "\N{MINUS SIGN}"
TIMES: Final = "\N{MULTIPLICATION SIGN}"

Text = Callable[..., str]
"""Looks up a key of the page's catalogue and fills in its values."""


class FormulaLine(NamedTuple):
    """One line: what it is, the calculation, and why it is so."""

    label: str
    calculation: str
    note: str = ""


def tonnes(kg: Decimal | int) -> str:
    """Return kg as tonnes with two decimals, or as many more as there are."""
    exact = (Decimal(kg) / 1000).normalize()
    decimals = -int(exact.as_tuple().exponent)
    return f"{exact:.{max(2, decimals)}f}"


def kilograms(kg: Decimal | int) -> str:
    """Return kg without needless zeros."""
    return f"{Decimal(kg).normalize():f}"


def yuan(minor: int) -> str:
    """Return fen as yuan with two decimals and a true minus sign."""
    sign = MINUS if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def explain(
    price: Price, terms: ContractTerms, load_net_kg: int, unload_net_kg: int, text: Text
) -> list[FormulaLine]:
    """Return the lines from freight to total."""
    freight, deduction = _split(price)
    lines = [_freight(freight, terms, text), _loss(price, load_net_kg, unload_net_kg, text)]
    if price.loss_kg > 0:
        lines.append(_allowance(price, terms, load_net_kg, text))
    lines.append(_deduction(price, deduction, terms, text))
    lines.append(_total(price, text))
    return lines


def _split(price: Price) -> tuple[PriceLine, PriceLine | None]:
    freight = next(line for line in price.lines if line.code == "freight")
    return freight, next((line for line in price.lines if line.code == "loss_deduction"), None)


def _product(line: PriceLine, text: Text) -> str:
    return (
        f"{tonnes(line.quantity_kg)} t {TIMES} {yuan(abs(line.rate_per_tonne_minor))} "
        f"{text('unit.yuan')}/t = {yuan(line.amount_minor)} {text('unit.yuan')}"
    )


def _freight(line: PriceLine, terms: ContractTerms, text: Text) -> FormulaLine:
    note = text(f"receipt.basis.{terms.basis}")
    return FormulaLine(text("receipt.freight"), _product(line, text), note)


def _loss(price: Price, load_net_kg: int, unload_net_kg: int, text: Text) -> FormulaLine:
    loss = f"{_signed(price.loss_kg)} kg"
    calculation = f"{tonnes(load_net_kg)} t {MINUS} {tonnes(unload_net_kg)} t = {loss}"
    note = "" if price.loss_kg > 0 else text("receipt.no_loss")
    return FormulaLine(text("receipt.loss"), calculation, note)


def _signed(kg: int) -> str:
    return f"{MINUS}{-kg}" if kg < 0 else str(kg)


def _allowance(price: Price, terms: ContractTerms, load_net_kg: int, text: Text) -> FormulaLine:
    allowed = f"{kilograms(price.allowed_kg)} kg"
    value = kilograms(terms.loss_allowance.value)
    if terms.loss_allowance.kind == "kg":
        return FormulaLine(text("receipt.allowance"), allowed, text("receipt.allowance_per_truck"))
    calculation = f"{tonnes(load_net_kg)} t {TIMES} {value} ‰ = {allowed}"
    return FormulaLine(text("receipt.allowance"), calculation)


def _deduction(
    price: Price, line: PriceLine | None, terms: ContractTerms, text: Text
) -> FormulaLine:
    label = text("receipt.deduction")
    if line is None:
        return FormulaLine(label, f"0.00 {text('unit.yuan')}", text("receipt.nothing_deducted"))
    if terms.loss_charged == "all":
        return FormulaLine(label, _product(line, text), text("receipt.whole_loss_charged"))
    excess = (
        f"{price.loss_kg} kg {MINUS} {kilograms(price.allowed_kg)} kg "
        f"= {kilograms(line.quantity_kg)} kg"
    )
    return FormulaLine(label, _product(line, text), text("receipt.excess_charged", excess=excess))


def _total(price: Price, text: Text) -> FormulaLine:
    total = f"{yuan(price.total_minor)} {text('unit.yuan')}"
    first, *deductions = (line.amount_minor for line in price.lines)
    sum_of = " ".join([yuan(first), *(f"{MINUS} {yuan(-amount)}" for amount in deductions)])
    return FormulaLine(text("receipt.total"), f"{sum_of} = {total}" if deductions else total)
