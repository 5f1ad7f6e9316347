"""Checks the ledger by itself: journals balance, and accounts have gapless histories."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from settlement.verify.reading import Defect, ExportLine, not_complete, not_payable

_Step = tuple[int, int, int, str]
"""Of an account: version, amount, balance after it, and where that is said."""


def check_ledger(journals: list[ExportLine], accounts: Iterable[ExportLine]) -> Iterator[Defect]:
    """Check that journals balance and that accounts have gapless histories."""
    history: dict[str, list[_Step]] = defaultdict(list)
    seen: set[str] = set()
    for line in journals:
        entries = line.data["entries"]
        if len(entries) < 2 or sum(entry["amount_minor"] for entry in entries) != 0:
            yield not_payable(line.where, "the journal does not balance")
        if line.data["id"] in seen:
            yield not_payable(line.where, "the journal stands here twice")
        seen.add(line.data["id"])
        for entry in entries:
            step = entry["account_version"], entry["amount_minor"], entry["balance_after_minor"]
            history[entry["account_id"]].append((*step, line.where))
    for line in accounts:
        yield from _check_account(line, sorted(history.pop(line.data["id"], [])))
    for account, steps in history.items():
        yield not_complete(steps[0][3], f"account {account} is missing from the export")


def _check_account(account: ExportLine, steps: list[_Step]) -> Iterator[Defect]:
    name, balance = account.data["id"], 0
    for expected, (version, amount, after, where) in enumerate(steps, start=1):
        balance += amount
        if version != expected or after != balance:
            yield not_payable(where, f"account {name} does not continue at its version {expected}")
            return
    if (account.data["version"], account.data["balance_minor"]) != (len(steps), balance):
        yield not_payable(account.where, f"account {name} has another balance than its entries")
    kind = name.partition(":")[0]
    if account.data["kind"] != kind:
        yield not_payable(account.where, f"account {name} is of kind {account.data['kind']}")
    if not steps and kind != "prefund":
        yield not_complete(account.where, f"account {name} has no entry")
