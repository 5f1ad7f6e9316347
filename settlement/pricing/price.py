"""Price of a load under a contract's terms: arithmetic on frozen values, no I/O, no clock.

Every product is exact (`Decimal` with room for the largest allowed operands); each line is rounded
once, by the contract's own rule, and the total is the sum of the rounded lines.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, Inexact
from typing import Final, assert_never

from settlement.messages import (
    MINOR_UNITS_MAX,
    ContractTerms,
    Load,
    Price,
    PriceLine,
    Rounding,
    WeightBasis,
)
from settlement.price_lines import LineCode, line_kind

_EXACT: Final = Context(prec=60, traps=[Inexact])
"""An intermediate result that would have to be rounded is a defect and raises."""

_ROUND: Final = Context(prec=60)
_PER_TONNE: Final = Decimal("0.001")

_ROUNDING: Final = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
}


class Unpriceable(ValueError):
    """The terms give no exact price that a message can carry."""


class TotalBelowZero(ValueError):
    """Deductions exceed the rest: a payout cannot be negative, so nothing is priced."""


def price_load(load: Load, terms: ContractTerms) -> Price:
    """Price a load in minor units; the lines add up to the total exactly.

    Raises TotalBelowZero when the deductions exceed the rest, Unpriceable for terms with more
    digits or larger amounts than can be computed exactly and carried by a message.
    """
    try:
        return _price(load, terms)
    except Inexact as error:
        raise Unpriceable(
            f"contract {terms.contract_id}: its terms have too many digits"
        ) from error


def _price(load: Load, terms: ContractTerms) -> Price:
    lines = tuple(line for rule in RULES.values() if (line := rule(load, terms)) is not None)
    total_minor = sum(line.amount_minor for line in lines)
    _check_size("the total", total_minor, terms)
    if total_minor < 0:
        shown = ", ".join(f"{line.code} {line.amount_minor} fen" for line in lines)
        raise TotalBelowZero(
            f"contract {terms.contract_id}: {_loss_kg(load)} kg lost, and less than nothing "
            f"is due: {shown}"
        )
    return Price(
        currency=terms.currency,
        lines=lines,
        total_minor=total_minor,
        loss_kg=_loss_kg(load),
        allowed_kg=_allowed_kg(load, terms),
    )


def _freight(load: Load, terms: ContractTerms) -> PriceLine:
    paid_kg = Decimal(_basis_kg(load, terms.basis))
    return _per_tonne("freight", paid_kg, terms.rate_per_tonne_minor, terms)


def _loss_deduction(load: Load, terms: ContractTerms) -> PriceLine | None:
    charged_kg = _charged_kg(Decimal(_loss_kg(load)), _allowed_kg(load, terms), terms)
    if charged_kg == 0:
        return None
    return _per_tonne("loss_deduction", charged_kg, terms.loss_price_per_tonne_minor, terms)


RULES: Final[Mapping[LineCode, Callable[[Load, ContractTerms], PriceLine | None]]] = {
    "freight": _freight,
    "loss_deduction": _loss_deduction,
}
"""How each line comes about; None: the load has no such line."""


def _loss_kg(load: Load) -> int:
    return load.load_net_kg - load.unload_net_kg


def _basis_kg(load: Load, basis: WeightBasis) -> int:
    match basis:
        case WeightBasis.LOAD:
            return load.load_net_kg
        case WeightBasis.UNLOAD:
            return load.unload_net_kg
        case WeightBasis.LOWER:
            return min(load.load_net_kg, load.unload_net_kg)
        case WeightBasis.HIGHER:
            return max(load.load_net_kg, load.unload_net_kg)
        case _:
            assert_never(basis)


def _allowed_kg(load: Load, terms: ContractTerms) -> Decimal:
    allowance = terms.loss_allowance
    if allowance.kind == "kg":
        return allowance.value
    per_mille = _EXACT.multiply(allowance.value, Decimal("0.001"))
    return _EXACT.multiply(Decimal(load.load_net_kg), per_mille)


def _charged_kg(loss_kg: Decimal, allowed_kg: Decimal, terms: ContractTerms) -> Decimal:
    if loss_kg <= allowed_kg:
        return Decimal(0)
    return loss_kg if terms.loss_charged == "all" else _EXACT.subtract(loss_kg, allowed_kg)


def _per_tonne(
    code: LineCode, quantity_kg: Decimal, rate_minor: int, terms: ContractTerms
) -> PriceLine:
    """Round once; a deduction's magnitude is rounded by the same rule as a freight's."""
    rate_minor *= line_kind(code).sign
    exact = _EXACT.multiply(_EXACT.multiply(quantity_kg, Decimal(rate_minor)), _PER_TONNE)
    amount = exact.quantize(Decimal(1), rounding=_ROUNDING[terms.rounding], context=_ROUND)
    _check_size(code, int(amount), terms)
    return PriceLine(
        code=code,
        quantity_kg=quantity_kg,
        rate_per_tonne_minor=rate_minor,
        amount_minor=int(amount),
    )


def _check_size(what: str, amount_minor: int, terms: ContractTerms) -> None:
    if abs(amount_minor) > MINOR_UNITS_MAX:
        limit = f"more than {MINOR_UNITS_MAX} fen"
        raise Unpriceable(f"contract {terms.contract_id}: {what} is {amount_minor} fen, {limit}")
