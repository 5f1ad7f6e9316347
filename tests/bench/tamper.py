"""Tampering with exports: what is found, where it is located, and what nobody could find.

`make bench ARGS="tamper"` makes 20,000 single changes and 1,020 rewritings that hang together, by
an owner of everything but the lanes' keys. Each is judged with a head that was kept elsewhere,
where all must be found and located, and without one, where what cannot be found is printed.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from settlement.verify.anchoring import FORMS
from settlement.verify.heads import Kept as KeptHeads
from settlement.verify.heads import read_head_keys, read_kept
from settlement.verify.reading import Defect, ExportLine, Keys
from settlement.verify.report import Given, check_all
from taigan.heads.facts import key_of
from tests.bench.tamper_changes import (
    KINDS,
    Books,
    Change,
    change_one,
    changed_names,
    copied,
    rebuilt,
)
from tests.bench.tamper_rewritings import REWRITINGS
from tests.bench.tamper_world import Kept, honest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--changes", type=int, default=20_000, help="tamper: single changes")
    parser.add_argument("--rewritings", type=int, default=1_020, help="tamper: rewritings")


class Auditor:
    """Whoever has the exports, the lanes' keys, and the heads that were kept elsewhere."""

    def __init__(self, kept: Kept) -> None:
        self.books = Books(kept.gateway, kept.settlement)
        self.signing = kept.signing
        self.keys: Keys = {lane: [key] for lane, key in kept.keys.items()}
        self.head_keys = read_head_keys(kept.head_keys)
        self.heads = read_kept([kept.heads], self.head_keys)

    def defects(self, books: Books, *, anchored: bool) -> list[Defect]:
        """Return what the verifier says; the chain fits, for it was built again."""
        kept = self.heads if anchored else KeptHeads([], {})
        given = Given(self.keys, {}, kept, self.head_keys)
        return list(check_all(self.lines(books), self.keys, given))

    def lines(self, books: Books) -> list[ExportLine]:
        return [
            ExportLine(f"{name}:{number}", line)
            for name, side in zip(Books._fields, books, strict=True)
            for number, line in enumerate(side, start=1)
        ]


class Verdict(NamedTuple):
    what: str
    is_found: bool
    is_located: bool


def judge_change(auditor: Auditor, random: Random, *, rebuild: bool, anchored: bool) -> Verdict:
    """Make one change and say whether it is found, and its place named."""
    books = copied(auditor.books)
    change = change_one(books, random, lists=not rebuild)
    if rebuild:
        rebuilt(books, auditor.signing)
    found = auditor.defects(books, anchored=anchored)
    return Verdict(change.what, bool(found), any(_names(change, books, one) for one in found))


def _names(change: Change, books: Books, defect: Defect) -> bool:
    """Return whether a defect stands at the changed line, or names what it was about."""
    line, kinds = change.line, KINDS[change.program]
    side = getattr(books, change.program)
    places = {n for n, one in enumerate(side, start=1) if _about(one) == _about(line)}
    if any(defect.where == f"{change.program}:{place}" for place in places):
        return True
    if line["type"] in kinds:
        return f"{line['type']} {key_of(kinds[line['type']], line)}" in defect.what
    said = {"entry": " ".join(str(line.get("entry")).split(" ")[:2]), "head": "head"}
    about = said.get(line["type"], str(line.get("id", line.get("lane"))))
    return about in defect.what or defect.where.startswith(change.program)


def _about(line: dict[str, Any]) -> tuple[Any, ...]:
    names = (
        "type",
        "id",
        "n",
        "payout_id",
        "event_id",
        "yard",
        "lane",
        "epoch",
        "seq",
        "ticket_id",
    )
    return tuple(line.get(name) for name in names)


def judge_rewriting(auditor: Auditor, name: str, random: Random, *, anchored: bool) -> Verdict:
    """Rewrite everything that hangs together; located if every fact that differs is named."""
    books = copied(auditor.books)
    REWRITINGS[name](books, random)
    rebuilt(books, auditor.signing)
    found = auditor.defects(books, anchored=anchored)
    return Verdict(name, bool(found), all(_named(auditor.books, books, found)))


def _named(before: Books, after: Books, found: list[Defect]) -> Iterator[bool]:
    said = " ".join(f"{defect.where} {defect.what} ;" for defect in found)
    places = {defect.where for defect in found}
    for program in Books._fields:
        side = getattr(after, program)
        for kind, key in changed_names(getattr(before, program), side, program):
            own = [
                f"{program}:{n}"
                for n, line in enumerate(side, start=1)
                if line["type"] == kind and key_of(KINDS[program][kind], line) == key
            ]
            yield f"{kind} {key} " in said or any(place in places for place in own)


def run(options: argparse.Namespace) -> None:
    """Print what was found, by kind of attacker and with what the auditor has."""
    assert FORMS.keys() == KINDS["gateway"].keys() | KINDS["settlement"].keys()
    with tempfile.TemporaryDirectory() as folder:
        auditor = Auditor(honest(Path(folder), trucks=4))
    random = Random(options.seed)
    for rebuild, anchored in ((False, True), (True, True), (False, False), (True, False)):
        count = options.changes // 2 if anchored else options.changes // 10
        judged = [
            judge_change(auditor, random, rebuild=rebuild, anchored=anchored) for _ in range(count)
        ]
        _print(f"single changes, list {'rebuilt' if rebuild else 'left'}", anchored, judged)
    names = sorted(REWRITINGS)
    for anchored in (True, False):
        judged = [
            judge_rewriting(auditor, names[n % len(names)], random, anchored=anchored)
            for n in range(options.rewritings if anchored else 5 * len(names))
        ]
        _print("rewritings, list rebuilt", anchored, judged)


def _print(what: str, anchored: bool, judged: list[Verdict]) -> None:  # noqa: FBT001 - a column
    found = sum(verdict.is_found for verdict in judged)
    located = sum(verdict.is_located for verdict in judged)
    head = "with a head " if anchored else "without one "
    print(f"{head} {what}: {found} of {len(judged)} found, {located} located")
    missed = Counter(verdict.what for verdict in judged if not verdict.is_found)
    lost = Counter(v.what for v in judged if v.is_found and not v.is_located)
    for name, count in sorted(missed.items()):
        print(f"    not found   {name} ({count} of {sum(v.what == name for v in judged)})")
    for name, count in sorted(lost.items()) if anchored else ():
        print(f"    not located {name} ({count})")
