"""What the commands do. Standard output is data, standard error is talk."""

import json
import logging
import sqlite3
import sys
import tomllib
from collections.abc import Iterable, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Final, NoReturn, cast

import structlog
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from edge.config import Settings, load
from edge.devices.readers import READERS, reader_decoder
from edge.devices.readers.codec import ReaderCodec
from edge.devices.readings import BadFrame, Reading, TagSeen, WrongLine
from edge.devices.rows import BadOption
from edge.devices.scales import scale_decoder
from edge.devices.scales.codec import ScaleCodec
from edge.journal_file import (
    PAGE,
    JournalDamaged,
    check_chain,
    open_for_reading,
)
from edge.keys import BadKeyFile, create_key, load_key, public_text
from edge.messages import Forged, Sealed, key_id

BAD_USAGE: Final = 2
READ_BYTES: Final = 4_096

SIGNED_PAGE: Final = (
    "SELECT seq, body, key_id, signature FROM records WHERE seq > ? ORDER BY seq LIMIT ?"
)
"""A query that is not read to its end keeps the lane from writing, and so its barriers shut."""


def fail(text: str, code: int = 1) -> NoReturn:
    """Say what is wrong, in one line, and end."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def set_up_logging() -> None:
    """Write one JSON object per event to standard error."""
    # What pymodbus would say here, the relay board's thread says once and in our form.
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def read_settings(path: Path) -> Settings:
    """Read the settings, or end with a line for each thing that is wrong with them."""
    try:
        return load(path)
    except (OSError, tomllib.TOMLDecodeError) as error:
        fail(f"{path}: {error}", BAD_USAGE)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            field = ".".join(str(part) for part in one["loc"])
            typer.echo(f"{path}: {field}: {one['msg']}", err=True)
        raise typer.Exit(BAD_USAGE) from error


def show_key(settings: Settings) -> str:
    """Return the public key, after making the key if there is none."""
    path = settings.signing.key_file
    try:
        return public_text(load_key(path) if path.exists() else create_key(path))
    except (BadKeyFile, OSError) as error:
        fail(str(error))


def decode_bytes(protocol: str, options: Sequence[str], hex_text: str | None) -> None:
    """Decode standard input, or hex, to standard output; bad frames go to standard error."""
    decoder = _decoder(protocol, options)
    for piece in _pieces(hex_text):
        for found in decoder.feed(piece):
            if isinstance(found, BadFrame):
                typer.echo(f"bad frame ({found.reason}): {found.raw.hex()}", err=True)
            elif isinstance(found, WrongLine):
                typer.echo(f"warning: {found.text}", err=True)
            else:
                typer.echo(json.dumps(reading_json(found)))


def reading_json(found: Reading | TagSeen) -> dict[str, object]:
    """Return the public form of a reading; null is what the protocol does not say."""
    if isinstance(found, TagSeen):
        seen = {"tag": found.tag, "decimal": found.decimal, "rssi_dbm": found.rssi_dbm}
        return {name: value for name, value in seen.items() if value is not None}
    form: dict[str, object] = {
        "weight": None if found.weight is None else f"{found.weight:f}",
        "unit": found.unit,
        "stable": found.stable,
        "mode": found.mode,
        "overload": found.overload,
        "underload": found.underload,
    }
    if found.tare is not None:
        form["tare"] = f"{found.tare:f}"
    if found.state is not None:
        form["state"] = found.state
    return form


def show_journal(settings: Settings, tail: int) -> None:
    """Check numbers, hashes and signatures of all records; print the last ones."""
    path = settings.journal.path
    if not path.exists():
        fail(f"{path}: no journal yet")
    database = open_for_reading(path)
    try:
        count = check_chain(database)
        check_signatures(database, load_key(settings.signing.key_file).public_key())
        for line in _last_bodies(database, tail):
            typer.echo(line)
    except (JournalDamaged, Forged, sqlite3.DatabaseError) as error:
        fail(f"{path}: {error}")
    finally:
        database.close()
    typer.echo(f"{count} records, chain and signatures hold", err=True)


def _decoder(protocol: str, options: Sequence[str]) -> ScaleCodec | ReaderCodec:
    pairs = [option.partition("=") for option in options]
    if not all(separator for _, separator, _ in pairs):
        fail("an option is written key=value", BAD_USAGE)
    values = {name: value for name, _, value in pairs}
    try:
        if protocol in READERS:
            return reader_decoder(protocol, values)
        return scale_decoder(protocol, values)
    except BadOption as error:
        fail(f"{error}; readers: {', '.join(sorted(READERS))}", BAD_USAGE)


def _pieces(hex_text: str | None) -> Iterable[bytes]:
    if hex_text is None:
        stdin = cast("BufferedReader", sys.stdin.buffer)
        return iter(lambda: stdin.read1(READ_BYTES), b"")
    try:
        return [bytes.fromhex(hex_text)]
    except ValueError as error:
        fail(f"--hex: {error}", BAD_USAGE)


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
