"""What a user sees of his own sessions, and ends of them."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select

from gateway.auth.tables import sessions

SESSION_ID_LENGTH: Final = 16
"""Of the hash of the token: enough to tell a user's sessions apart."""
_ID: Final = func.substr(sessions.c.token_sha256, 1, SESSION_ID_LENGTH)
_OF_USER: Final = sessions.c.user_id == bindparam("of_user")
_LIST: Final = (
    select(sessions)
    .where(_OF_USER, sessions.c.expires_ms > bindparam("now"))
    .order_by(sessions.c.used_ms.desc(), sessions.c.token_sha256)
)
_END: Final = delete(sessions).where(_OF_USER, bindparam("of_id") == _ID)
_END_OTHERS: Final = delete(sessions).where(_OF_USER, bindparam("of_id") != _ID)


class OwnSession(NamedTuple):
    id: str
    opened_ms: int
    used_ms: int
    expires_ms: int
    came_from: str
    """Address and browser, as they said when it was opened."""


def list_own(connection: Connection, user_id: str, now_ms: int) -> list[OwnSession]:
    """Return a user's sessions, the one used last first."""
    rows = connection.execute(_LIST, {"of_user": user_id, "now": now_ms})
    return [
        OwnSession(
            session_id(row.token_sha256), row.created_ms, row.used_ms, row.expires_ms, row.came_from
        )
        for row in rows
    ]


def end_own(connection: Connection, user_id: str, ended_id: str) -> bool:
    """End one; return False if there is none of this id."""
    return connection.execute(_END, {"of_user": user_id, "of_id": ended_id}).rowcount > 0


def end_others(connection: Connection, user_id: str, kept_id: str) -> int:
    """End all but one; return how many."""
    return connection.execute(_END_OTHERS, {"of_user": user_id, "of_id": kept_id}).rowcount


def session_id(token_sha256: str) -> str:
    """Return the name by which people speak of a session; it opens nothing."""
    return token_sha256[:SESSION_ID_LENGTH]
