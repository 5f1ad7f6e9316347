"""Appends to the audit trail. Secrets are left out, accounts masked but for four characters.

Call it last in a transaction: on PostgreSQL it holds a lock until the commit, so that the chain has
one end, and whoever then waits for another lock may wait for ever.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, RowMapping, insert, select, text

from gateway.trail.chain import GENESIS, sha256_of
from gateway.trail.tables import trail

_LOCK: Final = text(f"SELECT pg_advisory_xact_lock({0x747261696C})")
_LAST: Final = select(trail.c.seq, trail.c.sha256).order_by(trail.c.seq.desc()).limit(1)
_APPEND: Final = insert(trail)

_SECRET: Final = frozenset({"password_hash", "totp_secret", "token_sha256"})
_VISIBLE: Final = 4

Values = Mapping[str, Any] | RowMapping


class By(NamedTuple):
    """Who does something, and when."""

    who: str
    """A username; `login@machine` of who typed a command on the server."""
    at_ms: int


class Deed(NamedTuple):
    """What was done, or refused."""

    action: str
    """What it was done to and what: `driver.change`, `stop.release`, `access.refuse`."""
    subject: str
    """Its key, as in the address of the API."""
    before: Values | None = None
    after: Values | None = None
    reason: str | None = None


def keep(connection: Connection, by: By, deed: Deed) -> None:
    """Append to the trail, as the last thing of this transaction."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(_LOCK)
    last = connection.execute(_LAST).one_or_none()
    row = {
        "seq": last.seq + 1 if last else 1,
        "at_ms": by.at_ms,
        "who": _fit(by.who, 80),
        "action": deed.action,
        "subject": _fit(deed.subject, 200),
        "before": _json(deed.before),
        "after": _json(deed.after),
        "reason": None if deed.reason is None else _fit(deed.reason, 400),
        "previous_sha256": last.sha256 if last else GENESIS,
    }
    connection.execute(_APPEND, {**row, "sha256": sha256_of(row)})


def change_of(action: str, subject: str, before: Values, after: Values) -> Deed:
    """Return the deed of a change, with the fields that differ."""
    names = [name for name in after if before.get(name) != after[name]]
    return Deed(
        action,
        subject,
        {name: before.get(name) for name in names},
        {name: after[name] for name in names},
    )


def _json(values: Values | None) -> str | None:
    if values is None:
        return None
    shown = {name: _shown(name, value) for name, value in values.items() if name not in _SECRET}
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"), default=str)


def _shown(name: str, value: object) -> object:
    if name == "account" and isinstance(value, str):
        return "*" * max(0, len(value) - _VISIBLE) + value[-_VISIBLE:]
    return value


def _fit(words: str, length: int) -> str:
    """Return what both databases can hold."""
    return words.replace("\x00", "\ufffd")[:length]
