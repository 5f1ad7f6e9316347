"""Compares what the product says with the physical truth, with our own arithmetic, with the bank.

Pure: it is given everything that was asked of the programs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulators.demo.pricing import Agreement, freight_minor
from simulators.demo.result import is_paid
from simulators.trucks import Truck

_E_KG: Final = 20
_PERMISSIBLE_E: Final = ((500, 0.5), (2_000, 1.0), (10_000, 1.5))
"""Class III, first verification: up to so many intervals e, the error may be so many e (JJG 539,
OIML R 76). The product may not do worse than a scale that has just been verified."""

Json = Mapping[str, Any]


def trip_problems(truck: Truck, agreement: Agreement, tickets: Sequence[Json]) -> list[str]:
    """Return what is wrong with the tickets and the payment of one finished trip."""
    by_yard = {ticket["yard_id"]: ticket for ticket in tickets}
    if set(by_yard) != {"mine", "plant"} or len(tickets) != 2:
        return [f"{truck.plate}: {len(tickets)} tickets from {sorted(by_yard)}"]
    loading, unloading = by_yard["mine"], by_yard["plant"]
    problems = [
        *_weight_problems(truck, loading, truck.loaded_kg, truck.tare_kg),
        *_weight_problems(truck, unloading, truck.delivered_kg, truck.emptied_kg),
    ]
    if not is_paid(unloading):
        settlement = unloading.get("settlement")
        return [*problems, f"{truck.plate}: not paid, settlement {settlement}"]
    owed_minor = freight_minor(agreement.terms, loading["net_kg"], unloading["net_kg"])
    paid_minor = unloading["settlement"]["payout"]["amount_minor"]
    if paid_minor != owed_minor:
        problems.append(f"{truck.plate}: paid {paid_minor} fen, owed {owed_minor}")
    return problems


def _weight_problems(truck: Truck, ticket: Json, gross_kg: int, tare_kg: int) -> list[str]:
    return [
        f"{truck.plate}: {name} {ticket[name]} kg, in truth {true_kg}"
        for name, true_kg in (("gross_kg", gross_kg), ("tare_kg", tare_kg))
        if ticket[name] is None or abs(ticket[name] - true_kg) > permissible_error_kg(true_kg)
    ]


def permissible_error_kg(true_kg: int) -> float:
    """Return how far a verified scale may be off at this load."""
    return next(error for up_to, error in _PERMISSIBLE_E if true_kg <= up_to * _E_KG) * _E_KG


def is_balanced(books: Json) -> bool:
    """Return whether the ledger's own checks hold and its balances sum to zero."""
    return bool(books["balanced"]) and sum(_balances(books).values()) == 0


def bank_problems(books: Json, bank_book: Json, tickets: Sequence[Json]) -> list[str]:
    """Return where the bank's account and the ledger, or a payout and its movement, differ."""
    problems = []
    ledger_minor = -sum(
        balance for account, balance in _balances(books).items() if account.startswith("bank:")
    )
    if bank_book["balance_minor"] != ledger_minor:
        problems.append(f"the bank holds {bank_book['balance_minor']} fen, books {ledger_minor}")
    payouts = {
        payout["provider_no"]: -payout["amount_minor"]
        for payout in (ticket["settlement"]["payout"] for ticket in tickets if is_paid(ticket))
    }
    for movement in bank_book["movements"]:
        if movement["kind"] != "transfer":
            continue
        expected = payouts.pop(movement["reference_id"], None)
        if expected != movement["amount_minor"]:
            moved = f"{movement['reference_id']} moved {movement['amount_minor']} fen"
            problems.append(f"transfer {moved}, the payout says {expected}")
    return problems + [f"payout {number} never moved at the bank" for number in payouts]


def _balances(books: Json) -> dict[str, int]:
    return {account["id"]: account["balance_minor"] for account in books["accounts"]}
