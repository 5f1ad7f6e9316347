"""Users are added and shut out by a command on the server, never over HTTP."""

import re
from typing import Final, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from gateway.auth.common_passwords import refuse_common
from gateway.auth.own_sessions import end_others
from gateway.auth.passwords import disabled, hash_password, is_disabled
from gateway.auth.resets import forget_resets
from gateway.auth.roles import Role
from gateway.auth.tables import sessions, users
from gateway.trail.service import By, Deed, keep

_USERNAME: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")

_LIST: Final = (
    select(users.c.username, users.c.role, users.c.password_hash, func.count(sessions.c.user_id))
    .join_from(users, sessions, isouter=True)
    .group_by(users.c.id, users.c.username, users.c.role, users.c.password_hash)
    .order_by(users.c.username)
)
_OF_NAME: Final = select(users.c.id, users.c.password_hash).where(
    users.c.username == bindparam("of_name")
)
_NEW_HASH: Final = update(users).where(users.c.id == bindparam("of_user"))
_END_SESSIONS: Final = delete(sessions).where(sessions.c.user_id == bindparam("of_user"))


class ListedUser(NamedTuple):
    username: str
    role: Role
    is_disabled: bool
    sessions: int
    """Open ones, expired ones included until the next sign-in sweeps them away."""


def list_users(connection: Connection) -> list[ListedUser]:
    """Return everybody who was ever added, by name."""
    return [
        ListedUser(name, Role(role), is_disabled(password_hash), count)
        for name, role, password_hash, count in connection.execute(_LIST)
    ]


def disable_user(connection: Connection, username: str, by: By) -> bool:
    """Let a user in no more and end his sessions; return False if there is no such user."""
    user = _find(connection, username)
    if user is None:
        return False
    forget_resets(connection, user.id)
    _replace_hash(connection, user.id, disabled(user.password_hash))
    keep(connection, by, Deed("user.disable", username))
    return True


def end_sessions(connection: Connection, username: str, by: By) -> bool:
    """Sign a user out everywhere; return False if there is no such user."""
    user = _find(connection, username)
    if user is None:
        return False
    connection.execute(_END_SESSIONS, {"of_user": user.id})
    keep(connection, by, Deed("user.end_sessions", username))
    return True


def set_password(connection: Connection, username: str, password: str, by: By) -> bool:
    """Set a password and end the user's sessions; a disabled user may sign in again.

    Returns False if there is no such user, raises ValueError for an unusable password.
    """
    if _find(connection, username) is None:
        return False
    return replace_password(connection, username, hash_new(password, username), by)


def hash_new(password: str, username: str) -> str:
    """Return the hash of a password that a user chose; raise ValueError for an unusable one."""
    refuse_common(password, username)
    return hash_password(password)


def replace_password(
    connection: Connection, username: str, password_hash: str, by: By, *, kept: str = ""
) -> bool:
    """Store a new hash and end the user's sessions but `kept`; False if there is no such user.

    Links that would set another password open nothing any more.
    """
    user = _find(connection, username)
    if user is None:
        return False
    forget_resets(connection, user.id)
    connection.execute(_NEW_HASH, {"of_user": user.id, "password_hash": password_hash})
    end_others(connection, user.id, kept)
    keep(connection, by, Deed("user.password", username))
    return True


def _find(connection: Connection, username: str) -> Row[str, str] | None:
    return connection.execute(_OF_NAME, {"of_name": username}).one_or_none()


def _replace_hash(connection: Connection, user_id: str, password_hash: str) -> None:
    connection.execute(_NEW_HASH, {"of_user": user_id, "password_hash": password_hash})
    connection.execute(_END_SESSIONS, {"of_user": user_id})


def add_user(connection: Connection, username: str, role: str, password: str, by: By) -> bool:
    """Add a user; return False if the name is taken, raise ValueError for a wrong one."""
    if not _USERNAME.fullmatch(username):
        raise ValueError("a user name has 1 to 32 of A-Z a-z 0-9 . _ -")
    if connection.execute(select(users.c.id).where(users.c.username == username)).first():
        return False
    row = {
        "id": str(uuid4()),
        "username": username,
        "password_hash": hash_new(password, username),
        "role": Role(role).value,
        "created_ms": by.at_ms,
    }
    connection.execute(insert(users), row)
    keep(connection, by, Deed("user.create", username, after=row))
    return True
