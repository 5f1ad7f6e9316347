"""A link with which a user sets a password himself: once, and not for long.

An administrator makes it on the server and hands it over; he never learns the password.
"""

import hashlib
import secrets
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from gateway.auth.passwords import is_disabled
from gateway.auth.tables import password_resets, users
from gateway.trail.service import By, Deed, keep

_OF_USER: Final = password_resets.c.user_id == bindparam("of_user")
_FORGET: Final = delete(password_resets).where(_OF_USER)
_USERNAME: Final = (
    select(users.c.username)
    .join(password_resets, password_resets.c.user_id == users.c.id)
    .where(
        password_resets.c.token_sha256 == bindparam("of_token"),
        password_resets.c.expires_ms > bindparam("now"),
    )
)


class NoSuchUser(LookupError):
    """No user of this name may sign in: unknown, or disabled."""


def make_reset(connection: Connection, username: str, valid_ms: int, by: By) -> str:
    """Return the secret of a new link; an earlier one of the user opens nothing any more."""
    user = connection.execute(select(users).where(users.c.username == username)).one_or_none()
    if user is None or is_disabled(user.password_hash):
        raise NoSuchUser(username)
    token = secrets.token_urlsafe(32)
    row = {
        "token_sha256": _hash(token),
        "user_id": user.id,
        "created_ms": by.at_ms,
        "expires_ms": by.at_ms + valid_ms,
    }
    forget_resets(connection, user.id)
    connection.execute(insert(password_resets), row)
    keep(connection, by, Deed("user.reset", username, after={"expires_ms": row["expires_ms"]}))
    return token


def username_of_reset(connection: Connection, token: str, now_ms: int) -> str | None:
    """Return whose password the link sets; None if it was used, has expired or never was one."""
    found = {"of_token": _hash(token), "now": now_ms}
    return connection.execute(_USERNAME, found).scalar_one_or_none()


def forget_resets(connection: Connection, user_id: str) -> None:
    """Let no link of the user open anything any more."""
    connection.execute(_FORGET, {"of_user": user_id})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
