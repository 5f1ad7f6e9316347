"""The freight that the demo expects, worked out apart from the product, with exact fractions."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract of the demo, in the words of the gateway's API."""

    id: str
    consignor: str
    terms: dict[str, Any]


AGREEMENTS: Final = (
    Agreement(
        id="COAL-2026-001",
        consignor="鄂尔多斯煤业",
        terms={
            "basis": "unload",
            "rate_per_tonne_minor": 8650,
            "loss_allowance": {"kind": "per_mille", "value": "2"},
            "loss_charged": "excess",
            "loss_price_per_tonne_minor": 62_000,
            "rounding": "half_up",
        },
    ),
    Agreement(
        id="COAL-2026-002",
        consignor="准格尔能源",
        terms={
            "basis": "lower",
            "rate_per_tonne_minor": 9275,
            "loss_allowance": {"kind": "kg", "value": "100"},
            "loss_charged": "all",
            "loss_price_per_tonne_minor": 58_000,
            "rounding": "half_even",
        },
    ),
)


def freight_minor(terms: dict[str, Any], load_net_kg: int, unload_net_kg: int) -> int:
    """Return what the driver must be paid for one load, in fen."""
    paid_kg = min(load_net_kg, unload_net_kg) if terms["basis"] == "lower" else unload_net_kg
    freight = _rounded(Fraction(paid_kg * terms["rate_per_tonne_minor"], 1000), terms)
    charged_kg = _charged_kg(terms, load_net_kg, unload_net_kg)
    price = terms["loss_price_per_tonne_minor"]
    return freight - _rounded(charged_kg * price / 1000, terms)


def _charged_kg(terms: dict[str, Any], load_net_kg: int, unload_net_kg: int) -> Fraction:
    allowance = terms["loss_allowance"]
    allowed_kg = Fraction(allowance["value"])
    if allowance["kind"] == "per_mille":
        allowed_kg = allowed_kg * load_net_kg / 1000
    loss_kg = Fraction(load_net_kg - unload_net_kg)
    if loss_kg <= allowed_kg:
        return Fraction(0)
    return loss_kg if terms["loss_charged"] == "all" else loss_kg - allowed_kg


def _rounded(amount: Fraction, terms: dict[str, Any]) -> int:
    if terms["rounding"] == "half_even":
        return round(amount)
    return math.floor(amount + Fraction(1, 2))
