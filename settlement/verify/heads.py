"""Reads heads that were kept elsewhere: signed checkpoints, and the list's lines beside them.

A head is a note by C2SP `signed-note` and `tlog-checkpoint`: name, size and root of a list that
only grows, then `program at time`, then a signature. A document has a note and some of the lines.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from settlement.verify.reading import Broken, parse

_ED25519: Final = 1
_HASH_BYTES: Final = 4

HeadKeys = Mapping[str, tuple[bytes, bytes]]
"""By the name of a list: the short hash and the raw key that sign its heads."""


class Head(NamedTuple):
    where: str
    origin: str
    size: int
    root: bytes
    program: str
    at: str
    """When it was made, UTC; empty: not said."""
    is_signed: bool | None
    """None: no key was given for it."""
    note: str
    """As it stands there."""

    @property
    def at_ms(self) -> int | None:
        if not self.at:
            return None
        at = datetime.fromisoformat(self.at)
        return round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)

    def __str__(self) -> str:
        return f"the head of {self.at or 'an unknown time'} ({self.size} entries)"


class Kept(NamedTuple):
    """What somebody kept elsewhere: heads, and lines of each program's list by their number."""

    heads: list[Head]
    entries: dict[str, dict[int, str]]


def read_kept(paths: Iterable[Path], keys: HeadKeys) -> Kept:
    """Return heads from notes, documents and folders of them; raise ValueError for what is none."""
    kept = Kept([], {})
    for path in _files(paths):
        text = path.read_text(encoding="utf-8")
        try:
            if text.lstrip().startswith("{"):
                _add_document(kept, path, text, keys)
            else:
                kept.heads.append(read_note(str(path), text, keys))
        except (Broken, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is no head: {error}") from error
    return kept


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.glob("*.json")) if path.is_dir() else [path]


def _add_document(kept: Kept, path: Path, text: str, keys: HeadKeys) -> None:
    document = parse(text)
    head = read_note(str(path), document["note"], keys)
    if head.note not in {known.note for known in kept.heads}:
        kept.heads.append(head)
    lines = kept.entries.setdefault(head.program, {})
    lines.update(enumerate(document["entries"], start=document["first"]))


def read_note(where: str, note: str, keys: HeadKeys) -> Head:
    """Return what a note says; raise ValueError if it has not the form of a head."""
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.startswith("— "):
        raise ValueError("a signed note ends in a blank line and its signatures")
    origin, size, root, *extensions = f"{text}\n".split("\n")[:-1]
    program, _, at = next((line for line in extensions if " at " in line), "").partition(" at ")
    return Head(
        where=where,
        origin=origin,
        size=int(size),
        root=base64.b64decode(root, validate=True),
        program=program,
        at=at,
        is_signed=_is_signed(f"{text}\n", signatures, origin, keys),
        note=note,
    )


def _is_signed(text: str, signatures: str, origin: str, keys: HeadKeys) -> bool | None:
    if origin not in keys:
        return None
    short, key = keys[origin]
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix("— ").partition(" ")
        blob = base64.b64decode(encoded, validate=True)
        if name == origin and blob[:_HASH_BYTES] == short:
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(blob[_HASH_BYTES:], text.encode())
            except InvalidSignature:
                return False
            return True
    return False


def read_head_keys(given: Iterable[str]) -> dict[str, tuple[bytes, bytes]]:
    """Return verifiers' keys, `name+hash+key`, each as text or in a file; raise ValueError."""
    keys = {}
    for text in given:
        line = Path(text).read_text().strip() if Path(text).is_file() else text
        name, _, rest = line.partition("+")
        short, _, encoded = rest.partition("+")
        blob = base64.b64decode(encoded, validate=True)
        named = hashlib.sha256(f"{name}\n".encode() + blob).hexdigest()[: 2 * _HASH_BYTES]
        if not blob or blob[0] != _ED25519 or named != short:
            raise ValueError(f"{line} is no verifier's key")
        keys[name] = (bytes.fromhex(short), blob[1:])
    return keys


def roots(entries: Sequence[str], sizes: Iterable[int]) -> dict[int, bytes]:
    """Return the Merkle root (RFC 6962) of the list's first lines, for each of some sizes."""
    wanted = sorted({size for size in sizes if size <= len(entries)})
    found: dict[int, bytes] = {}
    peaks: list[bytes] = []
    for size in range(len(entries) + 1):
        if size in wanted:
            found[size] = _bagged(peaks)
        if not wanted or size >= wanted[-1]:
            break
        node, position = hashlib.sha256(b"\x00" + entries[size].encode()).digest(), size
        while position & 1:
            node, position = _joined(peaks.pop(), node), position >> 1
        peaks.append(node)
    return found


def _bagged(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return hashlib.sha256(b"").digest()
    node = peaks[-1]
    for peak in reversed(peaks[:-1]):
        node = _joined(peak, node)
    return node


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def canonical_sha256(line: Mapping[str, object]) -> str:
    """Return the hash of a line whatever the order of its fields."""
    text = json.dumps(line, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
