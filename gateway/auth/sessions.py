"""Sessions: an opaque token for the browser, its hash in the database, two expiries.

A stolen database therefore opens no session. Idle expiry ends a forgotten browser, absolute expiry
ends any.
"""

import hashlib
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from gateway.auth.own_sessions import session_id
from gateway.auth.passwords import DISABLED
from gateway.auth.roles import PERMISSIONS, Permission, Role
from gateway.auth.tables import sessions, users

_TOUCH_MS: Final = 60_000
"""A session's last use is written at most this often: reading a page is no reason to write."""


class Principal(NamedTuple):
    """The signed-in user behind a request."""

    user_id: str
    username: str
    role: Role
    session: str = ""
    """The name of his session; empty while he is signing in."""

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role]


class StoredUser(NamedTuple):
    """What signing in needs of a user."""

    principal: Principal
    password_hash: str


_OF_TOKEN: Final = sessions.c.token_sha256 == bindparam("of_token")
_FIND: Final = (
    select(
        users.c.id,
        users.c.username,
        users.c.role,
        sessions.c.used_ms,
        sessions.c.expires_ms,
    )
    .join_from(sessions, users)
    .where(_OF_TOKEN, users.c.password_hash.not_like(f"{DISABLED}%"))
)
_TOUCH: Final = update(sessions).where(_OF_TOKEN)
_CLOSE: Final = delete(sessions).where(_OF_TOKEN)
_SWEEP: Final = delete(sessions).where(sessions.c.expires_ms < bindparam("now"))
_USER: Final = select(users).where(users.c.username == bindparam("of_name"))


def find_user(connection: Connection, username: str) -> StoredUser | None:
    """Return the user of that name, if there is one."""
    row = connection.execute(_USER, {"of_name": username}).one_or_none()
    if row is None:
        return None
    return StoredUser(Principal(row.id, row.username, Role(row.role)), row.password_hash)


def open_session(  # noqa: PLR0913 - a row
    connection: Connection,
    user_id: str,
    token: str,
    *,
    now_ms: int,
    expires_ms: int,
    came_from: str = "",
) -> None:
    """Store a session for `token` and sweep away expired ones."""
    connection.execute(_SWEEP, {"now": now_ms})
    connection.execute(
        sessions.insert(),
        {
            "token_sha256": _hash(token),
            "user_id": user_id,
            "created_ms": now_ms,
            "used_ms": now_ms,
            "expires_ms": expires_ms,
            "came_from": came_from.replace("\x00", "")[:200],
        },
    )


def find_principal(
    connection: Connection, token: str, now_ms: int, idle_ms: int
) -> Principal | None:
    """Return whose session `token` opens, or None if it expired or never was one."""
    row = connection.execute(_FIND, {"of_token": _hash(token)}).one_or_none()
    if row is None or now_ms >= row.expires_ms or now_ms - row.used_ms >= idle_ms:
        return None
    if now_ms - row.used_ms >= _TOUCH_MS:
        connection.execute(_TOUCH, {"of_token": _hash(token), "used_ms": now_ms})
    return Principal(row.id, row.username, Role(row.role), session_id(_hash(token)))


def close_session(connection: Connection, token: str) -> None:
    """Forget the session; an unknown token is already forgotten."""
    connection.execute(_CLOSE, {"of_token": _hash(token)})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
