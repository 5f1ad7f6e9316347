"""Passwords that nobody may choose, because everybody tries them."""

from functools import cache
from importlib.resources import files

_NAME_LENGTH_MIN = 4


def refuse_common(password: str, username: str) -> None:
    """Raise ValueError for a password of the leaked lists, or with the user's name in it."""
    lower = password.lower()
    if lower in _common():
        raise ValueError("password is among the most common ones: everybody tries it")
    if len(username) >= _NAME_LENGTH_MIN and username.lower() in lower:
        raise ValueError("password contains the user name")


@cache
def _common() -> frozenset[str]:
    text = files("gateway.auth").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))
