"""What each driver is owed, worked out from the scales' readings with nothing but integers.

Shares no code with the product or the demo: numerators and denominators by hand.
"""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

DIVISION_KG = 20


def owed_minor(terms: Json, load_net_kg: int, unload_net_kg: int) -> int:
    """Return the freight of one load in fen."""
    paid_kg = {
        "load": load_net_kg,
        "unload": unload_net_kg,
        "lower": min(load_net_kg, unload_net_kg),
        "higher": max(load_net_kg, unload_net_kg),
    }[terms["basis"]]
    freight = divided(paid_kg * terms["rate_per_tonne_minor"], 1000, terms["rounding"])
    charged_g = charged_grams(terms, load_net_kg, unload_net_kg)
    deduction = charged_g * terms["loss_price_per_tonne_minor"]
    return freight - divided(deduction, 1_000_000, terms["rounding"])


def charged_grams(terms: Json, load_net_kg: int, unload_net_kg: int) -> int:
    """Return the loss that is charged, in grams: per mille of a kilogram is a gram."""
    value = int(terms["loss_allowance"]["value"])
    per_mille = terms["loss_allowance"]["kind"] == "per_mille"
    allowed_g = value * load_net_kg if per_mille else value * 1000
    loss_g = (load_net_kg - unload_net_kg) * 1000
    if loss_g <= allowed_g:
        return 0
    return loss_g if terms["loss_charged"] == "all" else loss_g - allowed_g


def divided(numerator: int, denominator: int, rounding: str) -> int:
    """Divide two positive integers and round by the named rule."""
    whole, rest = divmod(numerator, denominator)
    if rounding == "down" or 2 * rest < denominator:
        return whole
    if 2 * rest > denominator or rounding == "half_up":
        return whole + 1
    return whole + whole % 2


def may_be_shown(shown_kg: int, true_kg: int) -> bool:
    """Whether a freshly verified class III scale of 20 kg divisions may show this for that mass."""
    intervals = true_kg / DIVISION_KG
    permissible = 1.5 if intervals > 2000 else 1.0 if intervals > 500 else 0.5
    return shown_kg % DIVISION_KG == 0 and abs(shown_kg - true_kg) <= permissible * DIVISION_KG
