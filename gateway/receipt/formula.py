"""How a price came about, in numbers a driver can check with a pencil. Pure.

Every amount is read from the settlement; nothing is computed again, only explained.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple, Protocol

from settlement.messages import ContractTerms, Price, PriceLine
from settlement.price_lines import LINES, LineCode

PLUS: Final = "+"
MINUS: Final = "\N{MINUS SIGN}"
TIMES: Final = "\N{MULTIPLICATION SIGN}"


class Text(Protocol):
    """Looks up a key of the page's catalogue and fills in its values."""

    language: Literal["zh", "en"]

    def __call__(self, key: str, **values: object) -> str: ...


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


@dataclass(frozen=True, slots=True)
class _Load:
    """A priced load and the words to explain it with."""

    price: Price
    terms: ContractTerms
    load_net_kg: int
    unload_net_kg: int
    text: Text


def explain(
    price: Price, terms: ContractTerms, load_net_kg: int, unload_net_kg: int, text: Text
) -> list[FormulaLine]:
    """Return the lines from freight to total, in the order of the table of price lines."""
    load = _Load(price, terms, load_net_kg, unload_net_kg, text)
    lines = [one for code in LINES for one in _STEPS.get(code, _by_its_row)(load, code)]
    return [*lines, _total(price, text)]


def _by_its_row(load: _Load, code: LineCode) -> Iterator[FormulaLine]:
    for line in _lines(load, code):
        yield _line(line, load.text, line.kind.rule[load.text.language])


def _lines(load: _Load, code: LineCode) -> list[PriceLine]:
    return [line for line in load.price.lines if line.code == code]


def _line(line: PriceLine, text: Text, note: str) -> FormulaLine:
    amount = f"{yuan(line.amount_minor)} {text('unit.yuan')}"
    label = line.kind.label[text.language]
    if line.quantity_kg is None or line.rate_per_tonne_minor is None:
        return FormulaLine(label, amount, note)
    rate = f"{yuan(abs(line.rate_per_tonne_minor))} {text('unit.yuan')}/t"
    return FormulaLine(label, f"{tonnes(line.quantity_kg)} t {TIMES} {rate} = {amount}", note)


def _freight(load: _Load, code: LineCode) -> Iterator[FormulaLine]:
    for line in _lines(load, code):
        yield _line(line, load.text, load.text(f"receipt.basis.{load.terms.basis}"))


def _loss_deduction(load: _Load, code: LineCode) -> Iterator[FormulaLine]:
    """Say what was lost and allowed, then what that costs; also that it costs nothing."""
    yield _loss(load)
    is_free = load.terms.loss_price_per_tonne_minor == 0
    if load.price.loss_kg > 0 and not is_free:
        yield _allowance(load)
    lines = [line for line in _lines(load, code) if line.amount_minor or not is_free]
    for line in lines:
        yield _line(line, load.text, _why_deducted(load, line))
    if not lines:
        label = LINES[code].label[load.text.language]
        nothing = f"0.00 {load.text('unit.yuan')}"
        why = "receipt.loss_is_free" if is_free else "receipt.nothing_deducted"
        yield FormulaLine(label, nothing, load.text(why))


def _loss(load: _Load) -> FormulaLine:
    loss = f"{_signed(load.price.loss_kg)} kg"
    nets = f"{tonnes(load.load_net_kg)} t {MINUS} {tonnes(load.unload_net_kg)} t"
    note = "" if load.price.loss_kg > 0 else load.text("receipt.no_loss")
    return FormulaLine(load.text("receipt.loss"), f"{nets} = {loss}", note)


def _signed(kg: int) -> str:
    return f"{MINUS}{-kg}" if kg < 0 else str(kg)


def _allowance(load: _Load) -> FormulaLine:
    label, allowance = load.text("receipt.allowance"), load.terms.loss_allowance
    allowed = f"{kilograms(load.price.allowed_kg)} kg"
    if allowance.kind == "kg":
        return FormulaLine(label, allowed, load.text("receipt.allowance_per_truck"))
    product = f"{tonnes(load.load_net_kg)} t {TIMES} {kilograms(allowance.value)} ‰"
    return FormulaLine(label, f"{product} = {allowed}")


def _why_deducted(load: _Load, line: PriceLine) -> str:
    if load.terms.loss_charged == "all":
        return load.text("receipt.whole_loss_charged")
    if line.quantity_kg is None:
        return line.kind.rule[load.text.language]
    excess = (
        f"{load.price.loss_kg} kg {MINUS} {kilograms(load.price.allowed_kg)} kg "
        f"= {kilograms(line.quantity_kg)} kg"
    )
    return load.text("receipt.excess_charged", excess=excess)


_STEPS: Final[Mapping[str, Callable[[_Load, LineCode], Iterator[FormulaLine]]]] = {
    "freight": _freight,
    "loss_deduction": _loss_deduction,
}
"""Lines that the receipt explains by more than their row of the table."""


def _total(price: Price, text: Text) -> FormulaLine:
    total = f"{yuan(price.total_minor)} {text('unit.yuan')}"
    first, *others = price.lines
    steps = [f"{_sign(line)} {yuan(abs(line.amount_minor))}" for line in others]
    sum_of = " ".join([yuan(first.amount_minor), *steps])
    return FormulaLine(text("receipt.total"), f"{sum_of} = {total}" if others else total)


def _sign(line: PriceLine) -> str:
    return PLUS if line.kind.sign > 0 else MINUS
