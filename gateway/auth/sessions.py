"""Sessions: an opaque token for the browser, its hash in the database, two expiries.

A stolen database therefore opens no session. Idle expiry ends a forgotten browser, absolute expiry
ends any.
"""

import hashlib
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select, update

from gateway.auth.own_sessions import SESSION_ID_LENGTH, session_id
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
    factors: int = 1
    """2 if he signed in by password and code."""
    is_limited: bool = False
    """His role needs a second factor, and he came without: he may look, and set one up."""

    @property
    def permissions(self) -> frozenset[Permission]:
        return PERMISSIONS[Role.VIEWER if self.is_limited else self.role]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


class StoredUser(NamedTuple):
    """What signing in needs of a user."""

    principal: Principal
    password_hash: str
    totp_secret: str | None


_OF_TOKEN: Final = sessions.c.token_sha256 == bindparam("of_token")
_FIND: Final = (
    select(
        users.c.id,
        users.c.username,
        users.c.role,
        sessions.c.used_ms,
        sessions.c.expires_ms,
        sessions.c.factors,
    )
    .join_from(sessions, users)
    .where(_OF_TOKEN, users.c.password_hash.not_like(f"{DISABLED}%"))
)
_TOUCH: Final = update(sessions).where(_OF_TOKEN)
_CLOSE: Final = delete(sessions).where(_OF_TOKEN)
_ADD_FACTOR: Final = (
    update(sessions)
    .where(
        sessions.c.user_id == bindparam("of_user"),
        func.substr(sessions.c.token_sha256, 1, SESSION_ID_LENGTH) == bindparam("of_session"),
    )
    .values(factors=2)
)
_SWEEP: Final = delete(sessions).where(sessions.c.expires_ms < bindparam("now"))
_USER: Final = select(users).where(users.c.username == bindparam("of_name"))


def find_user(connection: Connection, username: str) -> StoredUser | None:
    """Return the user of that name, if there is one."""
    row = connection.execute(_USER, {"of_name": username}).one_or_none()
    if row is None:
        return None
    return StoredUser(
        Principal(row.id, row.username, Role(row.role)), row.password_hash, row.totp_secret
    )


def open_session(  # noqa: PLR0913 - a row
    connection: Connection,
    user_id: str,
    token: str,
    *,
    now_ms: int,
    expires_ms: int,
    came_from: str = "",
    factors: int = 1,
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
            "factors": factors,
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
    session = session_id(_hash(token))
    return Principal(row.id, row.username, Role(row.role), session, row.factors)


def add_factor(connection: Connection, principal: Principal) -> None:
    """Let this session be one with a second factor: it was just shown."""
    whose = {"of_user": principal.user_id, "of_session": principal.session}
    connection.execute(_ADD_FACTOR, whose)


def close_session(connection: Connection, token: str) -> None:
    """Forget the session; an unknown token is already forgotten."""
    connection.execute(_CLOSE, {"of_token": _hash(token)})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
