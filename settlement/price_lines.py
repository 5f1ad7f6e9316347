"""The lines that a price can have: their signs, accounts and words. Part of the front door.

One row per line; `docs/recipes/price-line.md` says what else a new line needs.
"""

# ruff: noqa: RUF001 - Chinese punctuation belongs in Chinese sentences

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

LineCode = Literal[
    "freight",
    "loss_deduction",
]
Words = Mapping[Literal["zh", "en"], str]


class UnknownLine(LookupError):
    """A price has a line that the table does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineKind:
    """What a line means, whatever its amount."""

    sign: Literal[1, -1]
    """1: the driver gets it. -1: it is deducted."""
    account: str
    """The ledger account that it moves, one for each contract: `<account>:<contract>`.

    An addition moves `freight_cost`: its balance says what no deposit has covered yet.
    """
    label: Words
    """Its name on the receipt."""
    mention: Words
    """Its name within a sentence of a notice: "after …", "扣除…后"."""
    rule: Words
    """How it comes about. The receipt shows it where it has no better explanation."""


LINES: Final[Mapping[LineCode, LineKind]] = {
    "freight": LineKind(
        sign=1,
        account="freight_cost",
        label={"zh": "运费", "en": "Freight"},
        mention={"zh": "运费", "en": "the freight"},
        rule={"zh": "计费重量乘以运价。", "en": "Weight paid for, times the rate."},
    ),
    "loss_deduction": LineKind(
        sign=-1,
        account="loss_deduction",
        label={"zh": "扣款", "en": "Deduction"},
        mention={"zh": "货损", "en": "the loss deduction"},
        rule={
            "zh": "按合同计扣的途损，乘以货价。",
            "en": "Loss that is charged, times the price of the cargo.",
        },
    ),
}
"""In the order in which they are priced, shown, and locked in the ledger."""


def line_kind(code: str) -> LineKind:
    """Return the row of a line; raise UnknownLine if there is none."""
    for known, kind in LINES.items():
        if known == code:
            return kind
    raise UnknownLine(f"price line {code!r} has no row in settlement/price_lines.py")
