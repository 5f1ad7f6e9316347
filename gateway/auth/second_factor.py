"""What a user has besides his password: an app with a shared secret, and codes on paper.

Each code opens one session: the app's are remembered by their time, those on paper are crossed out.
"""

import hashlib
import secrets
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from gateway.auth.tables import recovery_codes, sessions, users
from gateway.auth.totp import step_of
from gateway.trail.service import By, Deed, keep

RECOVERY_CODES: Final = 10
_OF_USER: Final = users.c.id == bindparam("of_user")
_USE_STEP: Final = (
    update(users)
    .where(_OF_USER, or_(users.c.totp_step.is_(None), users.c.totp_step < bindparam("step")))
    .values(totp_step=bindparam("step"))
)
_CROSS_OUT: Final = delete(recovery_codes).where(
    recovery_codes.c.user_id == bindparam("of_user"),
    recovery_codes.c.code_sha256 == bindparam("of_code"),
)
_FORGET_CODES: Final = delete(recovery_codes).where(
    recovery_codes.c.user_id == bindparam("of_user")
)
_OF_NAME: Final = select(users.c.id).where(users.c.username == bindparam("of_name"))


def use_code(connection: Connection, user_id: str, secret: str, code: str, now_ms: int) -> bool:
    """Return whether the code is the app's or one on paper, and was not used; it is used now."""
    typed = code.replace(" ", "").replace("-", "").lower()
    step = step_of(secret, typed, now_ms)
    if step is not None:
        return connection.execute(_USE_STEP, {"of_user": user_id, "step": step}).rowcount == 1
    crossed = {"of_user": user_id, "of_code": _hash(typed)}
    return connection.execute(_CROSS_OUT, crossed).rowcount == 1


def enrol(connection: Connection, user_id: str, username: str, secret: str, by: By) -> list[str]:
    """Store the app's secret in place of an earlier one, and return codes for paper, shown once."""
    codes = [secrets.token_hex(5) for _ in range(RECOVERY_CODES)]
    connection.execute(
        update(users).where(_OF_USER).values(totp_secret=secret), {"of_user": user_id}
    )
    connection.execute(_FORGET_CODES, {"of_user": user_id})
    rows = [{"user_id": user_id, "code_sha256": _hash(code)} for code in codes]
    connection.execute(insert(recovery_codes), rows)
    keep(connection, by, Deed("user.second_factor", username))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def forget(connection: Connection, username: str, by: By) -> bool:
    """Let a user whose phone is lost in by his password alone, and end his sessions.

    Returns False if there is no such user.
    """
    user_id = connection.execute(_OF_NAME, {"of_name": username}).scalar_one_or_none()
    if user_id is None:
        return False
    nothing = {"totp_secret": None, "totp_step": None}
    connection.execute(update(users).where(_OF_USER).values(nothing), {"of_user": user_id})
    connection.execute(_FORGET_CODES, {"of_user": user_id})
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    keep(connection, by, Deed("user.forget_second_factor", username))
    return True


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
