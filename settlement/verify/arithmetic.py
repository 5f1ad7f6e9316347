"""The fen due for a load, as exact fractions of plain JSON: one opinion, for guard and verifier.

Pricing has an arithmetic of its own, and neither imports the other: a mistake in one is noticed
by the other. Whatever these rules do not know is refused, never taken for something known.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeVar

Choice = TypeVar("Choice")

Terms = Mapping[str, Any]
"""A contract's terms as JSON, as tickets and exports carry them."""


class CannotCompute(ValueError):
    """The terms say something that this arithmetic does not know; the text says what."""


class Delivered(NamedTuple):
    """What the lanes weighed of one load."""

    loaded_kg: int
    unloaded_kg: int


REQUIRED: Final = frozenset(
    {
        "contract_id",
        "version",
        "basis",
        "rate_per_tonne_minor",
        "loss_allowance",
        "loss_charged",
        "loss_price_per_tonne_minor",
        "rounding",
    }
)
DEFAULTS: Final[Terms] = {
    "currency": "CNY",
}
"""Terms that older tickets and contracts lack, and what was agreed where they are absent."""


def amounts_due(load: Delivered, terms: Terms) -> dict[str, int]:
    """Return the fen of every price line by its code, each rounded once by the contract's rule.

    A deduction is negative. Raises CannotCompute for terms that are unknown or incomplete.
    """
    agreed = complete(terms)
    return {code: _rounded(rule(load, agreed), agreed["rounding"]) for code, rule in LINES.items()}


def same_terms(one: Terms, other: Terms) -> bool:
    """Whether two texts agree on the same; a term that one of them lacks has its default."""
    return complete(one) == complete(other)


def complete(terms: Terms) -> Terms:
    """Return terms with all defaults written out and exact numbers; raise CannotCompute."""
    whole = {**DEFAULTS, **terms}
    known = REQUIRED | DEFAULTS.keys()
    for what, names in (("lack", known - whole.keys()), ("add an unknown", whole.keys() - known)):
        if names:
            raise CannotCompute(f"the terms {what} {', '.join(sorted(names))}")
    allowance = whole["loss_allowance"]
    return whole | {"loss_allowance": allowance | {"value": Fraction(allowance["value"])}}


# --- One rule for each price line ---------------------------------------------------------------


def _freight(load: Delivered, terms: Terms) -> Fraction:
    paid_kg = _chosen(
        terms,
        "basis",
        {
            "load": load.loaded_kg,
            "unload": load.unloaded_kg,
            "lower": min(load.loaded_kg, load.unloaded_kg),
            "higher": max(load.loaded_kg, load.unloaded_kg),
        },
    )
    return Fraction(paid_kg * terms["rate_per_tonne_minor"], 1000)


def _loss_deduction(load: Delivered, terms: Terms) -> Fraction:
    loss_kg = Fraction(load.loaded_kg - load.unloaded_kg)
    allowance = terms["loss_allowance"]
    in_kg = {"kg": Fraction(1), "per_mille": Fraction(load.loaded_kg, 1000)}
    allowed_kg = allowance["value"] * _chosen(allowance, "kind", in_kg)
    beyond_kg = _chosen(terms, "loss_charged", {"all": loss_kg, "excess": loss_kg - allowed_kg})
    charged_kg = beyond_kg if loss_kg > allowed_kg else 0
    return -charged_kg * Fraction(terms["loss_price_per_tonne_minor"], 1000)


LINES: Final[Mapping[str, Callable[[Delivered, Terms], Fraction]]] = {
    "freight": _freight,
    "loss_deduction": _loss_deduction,
}
"""What each line is in fen, before it is rounded; a deduction is negative."""


def _rounded(amount: Fraction, rule: str) -> int:
    """Round the magnitude, so that a deduction is rounded as a freight is."""
    size = abs(amount)
    down = size.numerator // size.denominator
    half = Fraction(1, 2)
    up = {
        "down": False,
        "half_up": size - down >= half,
        "half_even": size - down > half or (size - down == half and down % 2 == 1),
    }
    rounded = down + _chosen({"rounding": rule}, "rounding", up)
    return rounded if amount >= 0 else -rounded


def _chosen(terms: Terms, name: str, choices: Mapping[str, Choice]) -> Choice:
    if terms[name] not in choices:
        raise CannotCompute(f"{name} {terms[name]!r} is unknown")
    return choices[terms[name]]
