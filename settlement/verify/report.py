"""Runs every check on the lines of all exports together."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from settlement.verify.books import check_ledger, check_payouts
from settlement.verify.reading import Broken, Defect, ExportLine, Keys
from settlement.verify.records import check_records, check_tickets
from settlement.verify.settlements import check_in_journals, check_settlements


def check_all(lines: list[ExportLine], keys: Keys) -> Iterator[Defect]:
    """Yield the defects of all exports; a check that cannot go on ends, the others go on."""
    of: dict[str, list[ExportLine]] = defaultdict(list)
    for line in lines:
        of[str(line.data.get("type"))].append(line)
    checks: tuple[Callable[[], Iterator[Defect]], ...] = (
        lambda: check_records(of["record"], keys),
        lambda: check_tickets(of["ticket"], of["record"]),
        lambda: _check_settlements(of["settlement"], of["contract"], keys),
        lambda: check_ledger(of["journal"], of["account"]),
        lambda: check_payouts(of["payout"], of["settlement"], of["journal"]),
        lambda: check_in_journals(of["settlement"], of["record"]),
    )
    for check in checks:
        try:
            yield from check()
        except (KeyError, TypeError, AttributeError, ValueError, Broken) as error:
            yield Defect("export", f"a line does not have the promised form: {error!r}")


def _check_settlements(
    settlements: list[ExportLine], contracts: list[ExportLine], keys: Keys
) -> Iterator[Defect]:
    terms = {(c.data["contract_id"], c.data["version"]): c.data["terms"] for c in contracts}
    return check_settlements(settlements, terms, keys)
