"""One line of the list for each version of a fact: `kind key fixed whole`. Pure.

`fixed` is the hash of what never changes about the fact, `whole` of all that an export says of it.
A payout moves on, but its amount and its bytes do not; a head of long ago still proves those.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import quote

Line = dict[str, Any]
"""A fact as an export says it, without the chain's hash."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What names a fact of this kind in its line, and what of it may change."""

    key: tuple[str, ...]
    moving: frozenset[str] = frozenset()


class Entry(NamedTuple):
    """A line of the list."""

    kind: str
    key: str
    fixed: str
    whole: str

    @property
    def text(self) -> str:
        return " ".join(self)


def entry_of(form: Kind, line: Line) -> Entry:
    """Return the list's line about a fact as it is now."""
    fixed = {name: value for name, value in line.items() if name not in form.moving}
    return Entry(line["type"], key_of(form, line), _sha256(fixed), _sha256(line))


def key_of(form: Kind, line: Line) -> str:
    """Return a fact's name, without blanks: its parts, joined by slashes."""
    return "/".join(quote(str(line[name]), safe="") for name in form.key)


def _sha256(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(line)).hexdigest()


def canonical(line: Mapping[str, Any]) -> bytes:
    """Return a line's bytes whatever the order of its fields."""
    text = json.dumps(line, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return text.encode()


GENESIS: Final = "0" * 64
"""`previous_sha256` of an export's first line."""


class Chain:
    """Encodes an export's lines, each with the hash of the one before it."""

    def __init__(self) -> None:
        self._previous, self._count = GENESIS, 0

    def line(self, line: Line) -> bytes:
        """Return the next line, without its line break."""
        chained = {**line, "previous_sha256": self._previous}
        encoded = json.dumps(chained, separators=(",", ":"), ensure_ascii=False).encode()
        self._previous, self._count = hashlib.sha256(encoded).hexdigest(), self._count + 1
        return encoded

    def end(self) -> bytes:
        """Return the last line, which counts the others."""
        return self.line({"type": "end", "lines": self._count})
