"""Passwords: argon2id, slow on purpose. Limit attempts before verifying one."""

from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

PASSWORD_LENGTH_MIN: Final = 8
PASSWORD_LENGTH_MAX: Final = 200

_HASHER: Final = PasswordHash.recommended()


def hash_password(password: str) -> str:
    """Return the argon2id hash to store; raise ValueError for a password of unusable length."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise ValueError(
            f"password must have {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters, "
            f"got {len(password)}"
        )
    return _HASHER.hash(password)


def verify_password(password: str, password_hash: str) -> bool:
    """Return whether `password` made `password_hash`; takes tenths of a second, so not in async."""
    try:
        return _HASHER.verify(password, password_hash)
    except UnknownHashError:
        return False
