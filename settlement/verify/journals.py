"""Recomputes every journal: what it books follows from a deposit, a price or a payout.

deposited            bank - amount, the contract's deposit + amount
settled              the driver is owed the total, additions cost freight, deductions are kept
reserved             deposit and debt are on their way to the bank
paid, voided,        the way on or back
returned, …
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from settlement.verify.derived import deposit_id, journal_id, payout_subject
from settlement.verify.reading import (
    Data,
    Defect,
    ExportLine,
    by_key,
    not_complete,
    not_payable,
)

Amounts = dict[str, int]
"""Fen by account; debits are negative."""

_CORRECTS: Final[Mapping[str, str]] = {
    "paid": "reserved",
    "voided": "reserved",
    "returned": "paid",
    "paid_after_failure": "voided",
    "paid_after_return": "returned",
}
"""Which journal of the same payout each one goes on from, or undoes."""


def check_journals(
    journals: Iterable[ExportLine],
    deposits: Iterable[ExportLine],
    settlements: Iterable[ExportLine],
    payouts: Iterable[ExportLine],
) -> Iterator[Defect]:
    """Check each journal against what it is about, and that each deposit was booked."""
    paid_in, owed = by_key(deposits, "journal_id"), by_key(settlements, "id")
    payout_of = by_key(payouts, "settlement_id")
    for line in journals:
        journal = line.data
        if journal["kind"] == "deposited":
            yield from _check_deposited(line, paid_in.pop(journal["id"], None))
        elif journal["settlement_id"] not in owed or journal["settlement_id"] not in payout_of:
            yield not_complete(line.where, "the journal's settlement or payout is missing")
        else:
            settlement = owed[journal["settlement_id"]].data
            payout = payout_of[journal["settlement_id"]].data
            for what in _journal_defects(journal, settlement, payout):
                yield not_payable(line.where, what)
    for line in paid_in.values():
        yield not_complete(line.where, "the deposit was never booked")


def _check_deposited(line: ExportLine, found: ExportLine | None) -> Iterator[Defect]:
    if found is None:
        yield not_complete(line.where, "no deposit explains the journal")
        return
    journal, deposit = line.data, found.data
    own_id = deposit_id(deposit["idempotency_key"])
    if deposit["id"] != own_id or journal["id"] != journal_id("deposited", f"deposit:{own_id}"):
        yield not_payable(found.where, "the deposit's ids do not follow from its key")
    amounts, amount = _amounts(journal), deposit["amount_minor"]
    banks = [account for account in amounts if account.startswith("bank:")]
    booked = {f"prefund:{deposit['contract_id']}": amount} | dict.fromkeys(banks, -amount)
    if len(banks) != 1 or amounts != booked:
        yield not_payable(found.where, "the deposit is not what was booked for it")
    if journal["posted_ms"] != deposit["received_ms"]:
        yield not_payable(found.where, "the deposit was booked at another time")
    if (journal["settlement_id"], journal["corrects"]) != (None, None):
        yield not_payable(line.where, "a deposit is about no settlement")


def _journal_defects(journal: Data, settlement: Data, payout: Data) -> Iterator[str]:
    kind = journal["kind"]
    subject = payout_subject(payout["id"], payout["generation"])
    if kind == "settled":
        subject = f"settlement:{settlement['id']}"
        if journal["posted_ms"] != settlement["settled_ms"]:
            yield "was booked at another time than it was settled"
    elif kind == "paid" and journal["posted_ms"] != payout["paid_ms"]:
        yield "was booked at another time than it was paid"
    if journal["id"] != journal_id(kind, subject):
        yield f"its id is not that of a journal {kind} of this payout"
    before = _CORRECTS.get(kind)
    if journal["corrects"] != (None if before is None else journal_id(before, subject)):
        yield "corrects another journal"
    if _amounts(journal) != _amounts_due(kind, settlement, payout, _amounts(journal)):
        yield f"a journal {kind} books other amounts or accounts"


def _amounts(journal: Data) -> Amounts:
    return {entry["account_id"]: entry["amount_minor"] for entry in journal["entries"]}


def _amounts_due(kind: str, settlement: Data, payout: Data, found: Amounts) -> Amounts | None:
    """Return what a journal of this kind books, None for an unknown kind."""
    if kind == "settled":
        return _settled(settlement, found)
    amount, rail = payout["amount_minor"], payout["rail"]
    contract, driver = payout["contract_id"], payout["driver_id"]
    bank, transit = f"bank:{rail}", f"bank_in_transit:{rail}"
    covered = {
        f"prefund:{contract}": -amount,
        f"freight_cost:{contract}": amount,
        f"driver_payable:{driver}": -amount,
    }
    undone = {account: -moved for account, moved in covered.items()}
    return {
        "reserved": covered | {transit: amount},
        "paid": {transit: -amount, bank: amount},
        "voided": undone | {transit: -amount},
        "returned": undone | {bank: -amount},
        "paid_after_failure": {"suspense": -amount, bank: amount},
        "paid_after_return": {"suspense": -amount, bank: amount},
    }.get(kind)


def _settled(settlement: Data, found: Amounts) -> Amounts:
    """Return the entries of a price; deductions stand on accounts of the contract, by any name."""
    contract, lines = settlement["contract_id"], settlement["price"]["lines"]
    own = {
        f"driver_payable:{settlement['driver_id']}": settlement["total_minor"],
        f"freight_cost:{contract}": -sum(max(line["amount_minor"], 0) for line in lines),
    }
    kept = {
        account: amount
        for account, amount in found.items()
        if account not in own and account.endswith(f":{contract}") and amount > 0
    }
    deducted = -sum(min(line["amount_minor"], 0) for line in lines)
    if sum(kept.values()) != deducted:
        kept = {f"the deductions of {contract}": deducted}
    return {account: amount for account, amount in (own | kept).items() if amount}
