"""Compares an export with its list of facts, and the list with heads that were kept elsewhere.

The list has a line for each version of each fact: `kind key fixed whole`, where `fixed` is the hash
of what never changes about it and `whole` that of all that an export says. A head proves the lines
before it: each fact in them must be here and unchanged, and what is here and says that it is older
than a head must be in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote

from settlement.verify.heads import Head, Kept, canonical_sha256, roots
from settlement.verify.reading import Data, Defect, ExportLine, not_complete, not_genuine


class Form(NamedTuple):
    """What names a fact, what of it may move, and when it says that it happened."""

    key: tuple[str, ...]
    moving: frozenset[str] = frozenset()
    time: str = ""


_TICKET_FIXED: Final = frozenset({"type", "id", "order_no", "yard_id", "purpose"})

FORMS: Final[Mapping[str, Form]] = {
    "contract": Form(("contract_id", "version"), time="pinned_ms"),
    "settlement": Form(("id",), frozenset({"revision"}), "settled_ms"),
    "deposit": Form(("id",), time="received_ms"),
    "payout": Form(
        ("id",),
        frozenset(
            {"state", "reason", "detail", "fence", "first_sent_ms", "last_sent_ms", "paid_ms"}
        ),
        "created_ms",
    ),
    "attempt": Form(
        ("payout_id", "n"), frozenset({"finished_ms", "outcome", "evidence"}), "started_ms"
    ),
    "founder": Form(("name",), time="entered_ms"),
    "proposal": Form(("id",), time="proposed_ms"),
    "proposal_decision": Form(("proposal_id", "n"), time="at_ms"),
    "callback": Form(("event_id",), time="received_ms"),
    "journal": Form(("id",), time="posted_ms"),
    "lane": Form(("yard", "lane"), frozenset({"public_key", "e_kg", "max_kg"})),
    "record": Form(("yard", "lane", "epoch", "seq"), frozenset({"verdict"})),
    "ticket": Form(("id",)),
    "told": Form(("ticket_id",), frozenset({"ticket", "payee_sha256"})),
    "settlement_state": Form(("ticket_id",), frozenset({"state"})),
    "trail": Form(("seq",)),
}
_FROZEN_BY_SETTLING: Final = ("ticket", "told")
"""What may not move any more once settlement has answered."""
_SLACK_MS: Final = 300_000
"""So long a transaction may take from its time to its commit."""

Name = tuple[str, str]
"""A fact's kind and key."""


class Fact(NamedTuple):
    where: str
    fixed: str
    whole: str
    data: Data


class Version(NamedTuple):
    n: int
    fixed: str
    whole: str


@dataclass
class Export:
    """One program's export as the list sees it."""

    where: str
    program: str
    size: int
    """How many lines the list had when the export began."""
    facts: dict[Name, Fact] = field(default_factory=dict)
    entries: list[str] = field(default_factory=list)
    pending: set[Name] = field(default_factory=set)
    own: list[Head] = field(default_factory=list)
    """The heads that it carries itself."""
    twice: list[tuple[str, Name]] = field(default_factory=list)
    """Where a fact stands once more."""

    def take(self, line: ExportLine, head: Head | None) -> None:
        """Add the export's next line; `head` is what it carries, if it is a head."""
        kind = str(line.data.get("type"))
        if kind == "entry":
            self.entries.append(line.data["entry"])
        elif kind == "pending":
            self.pending.add(_pending_name(line.data["kind"], line.data["key"]))
        elif head is not None:
            self.own.append(head)
        elif kind in FORMS:
            self._add(line, _name(kind, line.data))

    def _add(self, line: ExportLine, name: Name) -> None:
        if name in self.facts:
            self.twice.append((line.where, name))
        self.facts[name] = _fact(line, name[0])


def check_list(export: Export, kept: Kept) -> Iterator[Defect]:
    """Check an export against its list, and the list against what was kept elsewhere."""
    heads = [head for head in kept.heads if head.program == export.program]
    for where, name in export.twice:
        yield not_genuine(where, f"{' '.join(name)} stands here twice")
    yield from _check_own_heads(export)
    for head in heads:
        if head.is_signed is False:
            yield not_genuine(head.where, f"{head} is not signed by the key that was given")
    carried = {head.note for head in export.own}
    for head in heads:
        if head.note not in carried and head.size <= len(export.entries):
            yield not_complete(export.where, f"{head} is not among the export's heads")
    lines = kept.entries.get(export.program, {})
    trusted, defects = _trusted(export, heads, lines)
    yield from defects
    yield from _check_rewritten(export, lines, trusted)
    anchor = max((head for head in heads if head.size <= len(trusted)), default=None, key=_size)
    yield from _check_facts(export, trusted, anchor)


def _size(head: Head) -> int:
    return head.size


def _check_own_heads(export: Export) -> Iterator[Defect]:
    found = roots(export.entries, (head.size for head in export.own))
    sizes = [head.size for head in export.own]
    for head in export.own:
        if sizes.count(head.size) > 1:
            yield not_genuine(head.where, f"{head} stands here twice")
        if head.is_signed is False:
            yield not_genuine(head.where, f"{head} is not signed by the key that was given")
        if head.size not in found:
            yield not_complete(head.where, f"{head} is over more than the list has")
        elif found[head.size] != head.root:
            yield not_genuine(head.where, f"{head} is over another list")


def _trusted(
    export: Export, heads: list[Head], lines: Mapping[int, str]
) -> tuple[list[str], list[Defect]]:
    """Return the list's beginning that kept heads prove, and what speaks against the export's."""
    defects = []
    longest: list[str] = []
    for head in sorted(heads, key=_size):
        numbers = range(head.size)
        if any(n not in lines and n >= len(export.entries) for n in numbers):
            what = f"the list has {len(export.entries)} entries, {head} has more"
            defects.append(not_complete(export.where, f"{what}: older, or cut off"))
            continue
        glued = [lines[n] if n in lines else export.entries[n] for n in numbers]
        if roots(glued, [head.size])[head.size] == head.root:
            longest = glued
        else:
            known = "" if not longest else f" and after its entry {len(longest)}"
            what = f"the list was rewritten before {head}{known}"
            defects.append(not_genuine(export.where, what))
    return longest, defects


def _check_rewritten(
    export: Export, lines: Mapping[int, str], trusted: list[str]
) -> Iterator[Defect]:
    """Name each line of the list that is another one than was kept."""
    for n, kept in enumerate(trusted):
        if n not in lines:
            continue
        found = export.entries[n] if n < len(export.entries) else None
        if found is None:
            yield not_complete(export.where, f"{_named(kept)} was in the list and is cut off")
        elif found != kept:
            yield not_genuine(export.where, f"{_named(kept)} was in the list, not {_named(found)}")


def _named(entry: str) -> str:
    return " ".join(entry.split(" ")[:2])


def _check_facts(export: Export, trusted: list[str], anchor: Head | None) -> Iterator[Defect]:
    versions = _versions([*trusted, *export.entries[len(trusted) :]])
    proven = len(trusted)
    for name, history in versions.items():
        fact = export.facts.get(name)
        by_whom = f"{anchor}" if anchor and history[0].n < proven else "the list"
        if fact is None:
            yield not_complete(export.where, f"{' '.join(name)} stood in {by_whom} and is missing")
        elif any(version.fixed != fact.fixed for version in history):
            yield not_genuine(fact.where, f"{' '.join(name)} is not what {by_whom} says")
        elif _is_frozen(name, versions, proven) and fact.whole != _before(history, proven):
            yield not_genuine(fact.where, f"{' '.join(name)} was settled, and changed since")
        elif name not in export.pending and fact.whole not in _current(history, export, proven):
            yield not_genuine(fact.where, f"{' '.join(name)} stands otherwise than {by_whom} says")
    for name, fact in export.facts.items():
        yield from _check_time(name, fact, versions.get(name), proven, anchor)
        if name not in versions and name not in export.pending and export.entries:
            yield not_genuine(fact.where, f"{' '.join(name)} stands in no list: it was put in")


def _versions(entries: Iterable[str]) -> dict[Name, list[Version]]:
    versions: dict[Name, list[Version]] = defaultdict(list)
    for n, entry in enumerate(entries):
        kind, key, fixed, whole = entry.split(" ")
        versions[kind, key].append(Version(n, fixed, whole))
    return versions


def _is_frozen(name: Name, versions: Mapping[Name, list[Version]], proven: int) -> bool:
    """Return whether kept heads prove that settlement had answered about it."""
    kind, key = name
    answers = versions.get(("settlement_state", key), [])
    return kind in _FROZEN_BY_SETTLING and any(version.n < proven for version in answers)


def _before(history: list[Version], size: int) -> str | None:
    """Return a fact's version in the first lines of a list."""
    return next((v.whole for v in reversed(history) if v.n < size), None)


def _current(history: list[Version], export: Export, proven: int) -> set[str | None]:
    """Return the versions that an export may show: that of its beginning, and any later one."""
    start = max(export.size, proven)
    return {_before(history, start), *(v.whole for v in history if v.n >= start)}


def _check_time(
    name: Name, fact: Fact, history: list[Version] | None, proven: int, anchor: Head | None
) -> Iterator[Defect]:
    """Find what was put in later with a time from before the head."""
    at_ms = anchor.at_ms if anchor else None
    if at_ms is None or (history and history[0].n < proven):
        return
    said_ms = _time_of(name[0], fact.data)
    if said_ms is not None and said_ms < at_ms - _SLACK_MS:
        yield not_genuine(
            fact.where, f"{' '.join(name)} says that it is older than {anchor}, and is not in it"
        )


def _time_of(kind: str, data: Data) -> int | None:
    if kind == "settlement_state":
        return round(datetime.fromisoformat(data["state"]["settled_at"]).timestamp() * 1000)
    field = FORMS[kind].time
    return data[field] if field else None


def exports_of(lines: Iterable[ExportLine], own_heads: Mapping[str, Head]) -> list[Export]:
    """Return each export with its list; `own_heads` are the heads it carries, by their place."""
    found: list[Export] = []
    for line in lines:
        if line.data.get("type") == "export":
            data = line.data
            found.append(Export(line.where, data["program"], data.get("entries", 0)))
        elif found:
            found[-1].take(line, own_heads.get(line.where))
    return found


def _name(kind: str, data: Data) -> Name:
    return kind, "/".join(quote(str(data[part]), safe="") for part in FORMS[kind].key)


def _pending_name(kind: str, key: str) -> Name:
    """Return a fact's name from what its trigger wrote: not quoted, an id maybe without dashes."""
    parts = key.split("/", len(FORMS[kind].key) - 1)
    return kind, "/".join(quote(_dashed(part), safe="") for part in parts)


def _dashed(part: str) -> str:
    if len(part) == 32 and all(letter in "0123456789abcdef" for letter in part):
        return "-".join((part[:8], part[8:12], part[12:16], part[16:20], part[20:]))
    return part


def _fact(line: ExportLine, kind: str) -> Fact:
    data = {name: value for name, value in line.data.items() if name != "previous_sha256"}
    if kind == "ticket":
        fixed = {name: data[name] for name in data.keys() & _TICKET_FIXED}
    else:
        moving = FORMS[kind].moving
        fixed = {name: value for name, value in data.items() if name not in moving}
    return Fact(line.where, canonical_sha256(fixed), canonical_sha256(data), data)
