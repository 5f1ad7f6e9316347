"""What somebody may do to an export: single random changes, and rewritings that hang together.

All of it is done by an owner of databases, programs and heads' keys, who has no lane's key. He
rebuilds the export's chain, and the list of facts with heads of his own over it.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.facts import KINDS as GATEWAY_KINDS
from settlement.facts import KINDS as SETTLEMENT_KINDS
from taigan.heads.facts import entry_of, key_of
from taigan.heads.note import checkpoint, signed
from taigan.heads.tree import Tree

Lines = list[dict[str, Any]]
KINDS = {"gateway": GATEWAY_KINDS, "settlement": SETTLEMENT_KINDS}
_FRAME = {"export", "end"}
_LIST = {"entry", "head", "pending"}


class Books(NamedTuple):
    """Both exports as lists of lines."""

    gateway: Lines
    settlement: Lines


def copied(books: Books) -> Books:
    return Books(deepcopy(books.gateway), deepcopy(books.settlement))


def of(lines: Lines, kind: str) -> Iterator[dict[str, Any]]:
    return (line for line in lines if line["type"] == kind)


# --- one change ---------------------------------------------------------------------------------


class Change(NamedTuple):
    """What was done to which line; `what` says it without ids, to be counted."""

    what: str
    program: str
    line: dict[str, Any]
    """As it was."""


def change_one(books: Books, random: Random, *, lists: bool) -> Change:
    """Change, remove or repeat one line of the facts, or with `lists` of anything."""
    program = random.choice(("gateway", "settlement"))
    lines: Lines = getattr(books, program)
    unmoved = _FRAME if lists else _FRAME | _LIST
    number = random.choice([n for n, line in enumerate(lines) if line["type"] not in unmoved])
    line, before = lines[number], deepcopy(lines[number])
    act = random.choice(("change", "change", "change", "change", "remove", "repeat"))
    if act == "remove":
        del lines[number]
        return Change(f"{line['type']} removed", program, before)
    if act == "repeat":
        lines.insert(number, deepcopy(line))
        return Change(f"{line['type']} repeated", program, before)
    path = random.choice(list(_leaves(line)))
    _set(line, path, random)
    return Change(
        f"{line['type']} {'.'.join(str(p) for p in path if type(p) is str)}", program, before
    )


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the places of what is no object and no list, but for the line's type."""
    if isinstance(value, dict):
        for name, part in value.items():
            if (*path, name) not in {("type",), ("previous_sha256",)}:
                yield from _leaves(part, (*path, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _leaves(part, (*path, number))
    else:
        yield path


def _set(line: Any, path: tuple[str | int, ...], random: Random) -> None:
    for part in path[:-1]:
        line = line[part]
    line[path[-1]] = _other(line[path[-1]], random)


def _other(value: Any, random: Random) -> Any:
    """Return another value of the same type, likely a plausible one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + random.choice((-1000, -20, -1, 1, 20, 1000))
    if isinstance(value, str) and value:
        place = random.randrange(len(value))
        new = random.choice([c for c in "0123456789abcdefXZ" if c != value[place]])
        return value[:place] + new + value[place + 1 :]
    return random.choice(("x", 1))


# --- the list, made anew --------------------------------------------------------------------------


def rebuilt(books: Books, signing: Mapping[str, Ed25519PrivateKey]) -> None:
    """Make the lists anew from the facts as they are, with one new head over each."""
    for program, kinds in KINDS.items():
        lines: Lines = getattr(books, program)
        facts = [line for line in lines if line["type"] in kinds]
        entries = [entry_of(kinds[fact["type"]], _unchained(fact)).text for fact in facts]
        tree = Tree().grown(entry.encode() for entry in entries)
        name = next((h["note"].partition("\n")[0] for h in of(lines, "head")), f"x/{program}")
        at = datetime(2025, 10, 12, tzinfo=UTC)
        note = signed(checkpoint(name, tree, program, at), name, signing[program])
        lines[:] = [line for line in lines if line["type"] not in _LIST]
        lines[-1:-1] = [
            *({"type": "entry", "n": n, "entry": text} for n, text in enumerate(entries)),
            {"type": "head", "note": note},
        ]
        lines[0]["entries"] = len(entries)


def _unchained(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "previous_sha256"}


def changed_names(before: Lines, after: Lines, program: str) -> set[tuple[str, str]]:
    """Return which facts differ, by kind and key."""
    kinds = KINDS[program]
    sides = [
        {
            (x["type"], key_of(kinds[x["type"]], x)): _unchained(x)
            for x in side
            if x["type"] in kinds
        }
        for side in (before, after)
    ]
    return {n for n in sides[0].keys() | sides[1].keys() if sides[0].get(n) != sides[1].get(n)}
