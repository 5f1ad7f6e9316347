"""Passwords: argon2id, slow on purpose. Limit attempts before verifying one."""

from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

PASSWORD_LENGTH_MIN: Final = 8
PASSWORD_LENGTH_MAX: Final = 200

_HASHER: Final = PasswordHash.recommended()
DISABLED: Final = "!"
"""Before a hash, as in a Unix password file: no password fits any more."""


def hash_password(password: str) -> str:
    """Return the argon2id hash to store; raise ValueError for a password of unusable length."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise ValueError(
            f"password must have {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters, "
            f"got {len(password)}"
        )
    return _HASHER.hash(password)


def disabled(password_hash: str) -> str:
    """Return the hash of a user who may not sign in."""
    return password_hash if is_disabled(password_hash) else f"{DISABLED}{password_hash}"


def is_disabled(password_hash: str) -> bool:
    return password_hash.startswith(DISABLED)


def verify_password(password: str, password_hash: str) -> bool:
    """Return whether `password` made `password_hash`; takes tenths of a second, so not in async.

    A disabled user's takes as long as any other.
    """
    try:
        fits = _HASHER.verify(password, password_hash.removeprefix(DISABLED))
    except UnknownHashError:
        return False
    return fits and not is_disabled(password_hash)
