"""What the commands do. Standard output is data, standard error is talk."""

import sqlite3
from typing import Final

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.config import Settings
from edge.journal.file import (
    PAGE,
    JournalDamaged,
    WrongJournal,
    check_chain,
    open_for_reading,
)
from edge.keys import BadKeyFile, create_key, load_key, public_text
from edge.messages import Forged, Sealed, key_id
from taigan.terminal import fail

SIGNED_PAGE: Final = (
    "SELECT seq, body, key_id, signature FROM records WHERE seq > ? ORDER BY seq LIMIT ?"
)
"""A query that is not read to its end keeps the lane from writing, and so its barriers shut."""


def show_key(settings: Settings) -> str:
    """Return the public key, after making the key if there is none."""
    path = settings.signing.key_file
    try:
        return public_text(load_key(path) if path.exists() else create_key(path))
    except (BadKeyFile, OSError) as error:
        fail(str(error))


def show_journal(settings: Settings, tail: int) -> None:
    """Check numbers, hashes and signatures of all records; print the last ones."""
    path = settings.journal.path
    if not path.exists():
        fail(f"{path}: no journal yet")
    database = open_for_reading(path)
    try:
        count = check_chain(database)
        for line in _last_bodies(database, tail):
            typer.echo(line)
        # After the records: what was signed by the key of before a change is still to be read.
        check_signatures(database, load_key(settings.signing.key_file).public_key())
    except (JournalDamaged, WrongJournal, Forged, sqlite3.DatabaseError) as error:
        fail(f"{path}: {error}")
    finally:
        database.close()
    typer.echo(f"{count} records, chain and signatures hold", err=True)


def check_signatures(database: sqlite3.Connection, key: Ed25519PublicKey) -> None:
    """Check that a key signed every record; Forged names the first one that it did not sign."""
    seq = 0
    while page := database.execute(SIGNED_PAGE, (seq, PAGE)).fetchall():
        for seq, body, name, signature in page:
            if name != key_id(key):
                raise Forged(f"record {seq} was signed by key {name}")
            Sealed(body=body, key_id=name, signature=signature).verify(key)


def _last_bodies(database: sqlite3.Connection, tail: int) -> list[str]:
    rows = database.execute("SELECT body FROM records ORDER BY seq DESC LIMIT ?", (tail,))
    return [row[0] for row in reversed(rows.fetchall())]
