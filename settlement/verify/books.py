"""Checks the ledger, and that each settlement left the bank as its one payout says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from settlement.verify.arithmetic import DEFAULTS
from settlement.verify.rails import READERS, BankOrder, Unreadable
from settlement.verify.reading import Data, Defect, ExportLine

_LEFT_BANK = {"paid": 1, "manual": None}
"""How many times a payout's amount has left the bank; None = a person decides. Default 0."""

_Step = tuple[int, int, int, str]
"""Of an account: version, amount, balance after it, and where that is said."""


def check_ledger(journals: list[ExportLine], accounts: Iterable[ExportLine]) -> Iterator[Defect]:
    """Check that journals balance and that accounts have gapless histories."""
    history: dict[str, list[_Step]] = defaultdict(list)
    seen: set[str] = set()
    for line in journals:
        entries = line.data["entries"]
        if len(entries) < 2 or sum(entry["amount_minor"] for entry in entries) != 0:
            yield Defect(line.where, "the journal does not balance")
        if line.data["id"] in seen:
            yield Defect(line.where, "the journal stands here twice")
        seen.add(line.data["id"])
        for entry in entries:
            step = entry["account_version"], entry["amount_minor"], entry["balance_after_minor"]
            history[entry["account_id"]].append((*step, line.where))
    for line in accounts:
        yield from _check_account(line, sorted(history.pop(line.data["id"], [])))
    for account, steps in history.items():
        yield Defect(steps[0][3], f"account {account} is missing from the export")


def _check_account(account: ExportLine, steps: list[_Step]) -> Iterator[Defect]:
    name, balance = account.data["id"], 0
    for expected, (version, amount, after, where) in enumerate(steps, start=1):
        balance += amount
        if version != expected or after != balance:
            yield Defect(where, f"account {name} does not continue at its version {expected}")
            return
    if (account.data["version"], account.data["balance_minor"]) != (len(steps), balance):
        yield Defect(account.where, f"account {name} has another balance than its entries")


def check_payouts(
    payouts: Iterable[ExportLine],
    settlements: Iterable[ExportLine],
    journals: Iterable[ExportLine],
) -> Iterator[Defect]:
    """Check each settlement's one payout, and what has left the bank for it."""
    left_bank = _left_bank(journals)
    owed = {line.data["id"]: line for line in settlements}
    for line in payouts:
        payout = line.data
        settlement = owed.pop(payout["settlement_id"], None)
        if settlement is None:
            yield Defect(line.where, "no settlement, or a second payout for it")
            continue
        for what in _payout_defects(payout, settlement.data, left_bank[payout["settlement_id"]]):
            yield Defect(line.where, what)
    for line in owed.values():
        yield Defect(line.where, "the settlement has no payout")


def _left_bank(journals: Iterable[ExportLine]) -> dict[str, int]:
    """Return the fen that have left the bank for each settlement."""
    left: dict[str, int] = defaultdict(int)
    for journal in journals:
        for entry in journal.data["entries"]:
            if entry["account_id"].startswith("bank:") and journal.data["settlement_id"]:
                left[journal.data["settlement_id"]] += entry["amount_minor"]
    return left


def _payout_defects(payout: Data, settlement: Data, left_bank: int) -> Iterator[str]:
    amount = payout["amount_minor"]
    if amount != settlement["total_minor"]:
        yield f"pays {amount} fen for a settlement of {settlement['total_minor']} fen"
    yield from _request_defects(payout, settlement["ticket"])
    times = _LEFT_BANK.get(payout["state"], 0)
    if times is not None and left_bank != times * amount:
        yield f"is {payout['state']}, but {left_bank} fen of {amount} fen have left the bank"


def _request_defects(payout: Data, ticket: Data) -> Iterator[str]:
    """Compare what the bank was told with what the ticket says."""
    if payout["rail"] not in READERS:
        yield f"goes by the rail {payout['rail']}, which this verifier does not know"
        return
    try:
        sent = READERS[payout["rail"]](payout["request_body"].encode())
    except Unreadable as error:
        yield f"the request to the bank cannot be read: {error}"
        return
    agreed = BankOrder(
        number=payout["provider_no"],
        amount_minor=payout["amount_minor"],
        currency={**DEFAULTS, **ticket["contract"]}["currency"],
        payee={name: ticket["payee"][name] for name in ("name", "account", "bank_code")},
    )
    if sent != agreed:
        yield "the bank was told something else than the ticket says"
