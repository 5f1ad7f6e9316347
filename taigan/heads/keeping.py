"""Brings heads to where their owner cannot change them: a folder, or an address.

A place gets documents, each with the newest head and the list's lines that it has not got yet:

    {"type": "taigan_head.v1", "origin": …, "note": …, "first": 1200, "entries": ["kind key …", …]}

With all documents of a place, `taigan-verify` names the very line that was changed. A place that
does not answer is tried again in the next round, and gets then what it has missed.
"""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import httpx2
from sqlalchemy import Connection, insert, select, update
from standardwebhooks import Webhook

from taigan.heads.log import Head, entries_from
from taigan.heads.settings import HeadSettings
from taigan.heads.tables import HeadTables

_ENTRIES_MAX: Final = 20_000
"""In one document: about 4 MB."""
_TIMEOUT: Final = httpx2.Timeout(20, connect=3)


class Document(NamedTuple):
    """What a place gets next."""

    origin: str
    first: int
    size: int
    """Up to here it has the list then."""
    body: str


class Place(Protocol):
    name: str

    def keep(self, document: Document, now_ms: int) -> None:
        """Keep a document; raise OSError if that is not sure."""


def places_of(settings: HeadSettings) -> list[Place]:
    """Return where the settings say that heads are kept."""
    places: list[Place] = []
    if settings.directory is not None:
        places.append(Folder(settings.directory))
    if settings.url is not None and settings.secret is not None:
        places.append(Address(settings.url, settings.secret.get_secret_value()))
    return places


def next_document(
    connection: Connection, tables: HeadTables, place: str, head: Head
) -> Document | None:
    """Return what a place lacks, None if it has the head."""
    kept = tables.kept
    found = connection.execute(select(kept.c.size).where(kept.c.place == place)).scalar()
    first = 0 if found is None else int(found)
    if first >= head.size:
        return None
    most = min(_ENTRIES_MAX, head.size - first)
    entries = [entry.text for entry in entries_from(connection, tables, first, most)]
    origin = head.note.partition("\n")[0]
    body = document_body(origin, head.note, first, entries)
    return Document(origin, first, first + len(entries), body)


def document_body(origin: str, note: str, first: int, entries: list[str]) -> str:
    """Return a document's text."""
    parts: dict[str, Any] = {"type": "taigan_head.v1", "origin": origin, "note": note}
    return json.dumps(parts | {"first": first, "entries": entries}, ensure_ascii=False)


def note_kept(
    connection: Connection, tables: HeadTables, place: str, document: Document, now_ms: int
) -> None:
    """Remember how much of the list a place has."""
    kept, row = tables.kept, {"size": document.size, "kept_ms": now_ms}
    if connection.execute(update(kept).where(kept.c.place == place).values(row)).rowcount == 0:
        connection.execute(insert(kept), {"place": place, **row})


class Folder:
    """A folder, best one that another machine keeps and lets nobody take anything away from.

    A name has its content's hash in it: nothing is written over, also after a restore.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    def keep(self, document: Document, now_ms: int) -> None:
        del now_ms
        self._path.mkdir(parents=True, exist_ok=True)
        sha256 = hashlib.sha256(document.body.encode()).hexdigest()
        numbers = f"{document.first:012}-{document.size:012}-{sha256[:8]}"
        stem = f"{document.origin.replace('/', '_')}-{numbers}"
        unfinished = self._path / f".{stem}"
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(document.body)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path / f"{stem}.json")


class Address:
    """An HTTP address; the body is signed by the Standard Webhooks scheme."""

    def __init__(self, url: str, secret: str) -> None:
        self.name = url
        self._signer = Webhook(secret)

    def keep(self, document: Document, now_ms: int) -> None:
        at = datetime.fromtimestamp(now_ms // 1000, UTC)
        message_id = f"head_{document.first}_{document.size}"
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._signer.sign(message_id, at, document.body),
        }
        try:
            with httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client:
                answer = client.post(self.name, content=document.body.encode(), headers=headers)
        except httpx2.HTTPError as error:
            raise OSError(f"{type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise OSError(f"HTTP {answer.status_code}")
