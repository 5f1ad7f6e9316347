"""Runs every check on the lines of all exports together, and says what they come to.

Three questions are kept apart: genuine, complete, good enough to pay. Each is answered by *yes*,
*no*, or *unproven* with what is lacking: a genuine record that came without its neighbours is not
a forged one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from settlement.verify.anchoring import check_list, exports_of
from settlement.verify.books import check_ledger
from settlement.verify.counterparts import Sides, check_both_ways, check_unused, ms_of
from settlement.verify.heads import Head, HeadKeys, Kept, read_note
from settlement.verify.journals import check_journals
from settlement.verify.lanes import check_lanes
from settlement.verify.payouts import check_payouts
from settlement.verify.reading import (
    Broken,
    Defect,
    ExportLine,
    Keys,
    Question,
    not_complete,
    not_genuine,
    not_payable,
)
from settlement.verify.records import (
    LastNumbers,
    check_last_numbers,
    check_records,
    check_released,
    check_tickets,
)
from settlement.verify.settlements import check_in_journals, check_settlements

Lines = Mapping[str, list[ExportLine]]
"""The lines of all exports by their type."""


class Answer(NamedTuple):
    """The answer to one question: yes, no or unproven, and why not yes."""

    verdict: str
    reasons: list[str]


def by_type(lines: list[ExportLine]) -> Lines:
    of: dict[str, list[ExportLine]] = defaultdict(list)
    for line in lines:
        of[str(line.data.get("type"))].append(line)
    return of


class Given(NamedTuple):
    """What somebody has beside the exports, from elsewhere."""

    keys: Keys
    said: LastNumbers
    """Of the lanes themselves."""
    kept: Kept
    head_keys: HeadKeys


def check_all(lines: list[ExportLine], keys: Keys, given: Given | None = None) -> Iterator[Defect]:
    """Yield the defects of all exports; a check that cannot go on ends, the others go on."""
    of = by_type(lines)
    said = {} if given is None else given.said
    money = of["settlement"], of["payout"]
    checks: tuple[Callable[[], Iterator[Defect]], ...] = (
        lambda: check_records(of["record"], keys),
        lambda: check_last_numbers(of["chain"], of["record"], said),
        lambda: check_lanes(of["lane"], of["record"], keys),
        lambda: check_tickets(of["ticket"], of["record"]),
        lambda: _check_settlements(of["settlement"], of["contract"], keys),
        lambda: check_ledger(of["journal"], of["account"]),
        lambda: check_journals(of["journal"], of["deposit"], *money),
        lambda: check_payouts(
            of["payout"], of["settlement"], of["journal"], of["attempt"], of["callback"]
        ),
        lambda: check_in_journals(of["settlement"], of["record"]),
        lambda: check_released(of["settlement"], of["record"]),
        lambda: _check_both_ways(of),
        lambda: _check_lists(lines, given),
    )
    for check in checks:
        try:
            yield from check()
        except (KeyError, TypeError, AttributeError, ValueError, Broken) as error:
            yield not_genuine("export", f"a line does not have the promised form: {error!r}")


def _check_settlements(
    settlements: list[ExportLine], contracts: list[ExportLine], keys: Keys
) -> Iterator[Defect]:
    for line in contracts:
        terms = line.data["terms"]
        if (terms["contract_id"], terms["version"]) != (
            line.data["contract_id"],
            line.data["version"],
        ):
            yield not_payable(line.where, "the terms are those of another contract")
    terms = {(c.data["contract_id"], c.data["version"]): c.data["terms"] for c in contracts}
    yield from check_settlements(settlements, terms, keys)


def _check_lists(lines: list[ExportLine], given: Given | None) -> Iterator[Defect]:
    """Check each export against its list of facts, and the lists against heads kept elsewhere."""
    kept = Kept([], {}) if given is None else given.kept
    carried: dict[str, Head] = {}
    for line in by_type(lines)["head"]:
        try:
            note = read_note(
                line.where, line.data["note"], {} if given is None else given.head_keys
            )
        except (ValueError, TypeError) as error:
            yield not_genuine(line.where, f"is no head: {error}")
        else:
            carried[line.where] = note
    yield from _check_numbers(by_type(lines)["entry"])
    exports = exports_of(lines, carried)
    for export in exports:
        yield from check_list(export, kept)
    for head in kept.heads:
        if head.program not in {export.program for export in exports}:
            yield not_complete(head.where, f"{head}: the {head.program}'s export is not here")


def _check_numbers(entries: list[ExportLine]) -> Iterator[Defect]:
    expected = 0
    for line in entries:
        if line.data["n"] not in {0, expected}:
            yield not_complete(line.where, f"entry {line.data['n']} stands where {expected} must")
        expected = line.data["n"] + 1


def _check_both_ways(of: Lines) -> Iterator[Defect]:
    taken = _taken(of)
    if taken.keys() < {"gateway", "settlement"}:
        return
    yield from check_both_ways(
        Sides(
            tickets=of["ticket"],
            told=of["told"],
            states=of["settlement_state"],
            settlements=of["settlement"],
            payouts=of["payout"],
            gateway_ms=taken["gateway"],
            settlement_ms=taken["settlement"],
        )
    )


def _taken(of: Lines) -> dict[str, int]:
    """Return when the export of each program was taken."""
    return {line.data["program"]: ms_of(line.data) for line in of["export"]}


def answers(lines: list[ExportLine], defects: list[Defect], kept: Kept) -> dict[Question, Answer]:
    """Return the answer to each question, with what would be needed to prove more."""
    found: dict[Question, int] = defaultdict(int)
    for defect in defects:
        found[defect.question] += 1
    lacking = _lacking(by_type(lines), {head.program for head in kept.heads})
    return {
        question: Answer("no", [f"{found[question]} defects"])
        if found[question]
        else Answer("unproven" if lacking[question] else "yes", lacking[question])
        for question in Question
    }


def _lacking(of: Lines, anchored: set[str]) -> dict[Question, list[str]]:
    """Return, for each question, what was not given and would be needed to say yes."""
    programs = {line.data.get("program") for line in of["export"]}
    missing = [
        f"the {name}'s export is not here"
        for name in ("gateway", "settlement")
        if name not in programs
    ]
    complete = missing + [
        f"no head of the {name} that was kept elsewhere was given (--anchor)"
        for name in ("gateway", "settlement")
        if name in programs and name not in anchored
    ]
    if not of["chain"]:
        complete.append("the exports do not say up to which number lanes had receipts")
    payable = list(missing)
    if not of["told"] and not missing:
        payable.append("an old export: the gateway does not say which payee it told settlement")
    return {Question.GENUINE: [], Question.COMPLETE: complete, Question.PAYABLE: payable}


def remarks(lines: list[ExportLine], kept: Kept) -> list[str]:
    """Return what is no defect, and yet somebody may want to look at."""
    of = by_type(lines)
    try:
        noted = list(check_unused(of["ticket"], of["record"])) if of["record"] else []
        exports = exports_of(lines, {})
    except (KeyError, TypeError, AttributeError, ValueError, Broken):
        return []  # said as a defect already
    for export in exports:
        heads = [head for head in kept.heads if head.program == export.program]
        newest = max(heads, default=None, key=lambda head: head.size)
        if newest is not None and len(export.entries) > newest.size:
            later = len(export.entries) - newest.size
            noted.append(f"{later} entries of the {export.program} are newer than {newest}")
    if any(head.is_signed is None for head in kept.heads):
        noted.append("the heads' signatures were not checked (--head-key)")
    return noted
