"""Users are added by a command on the server, never over HTTP."""

import re
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from gateway.auth.passwords import hash_password
from gateway.auth.roles import Role
from gateway.auth.tables import users

_USERNAME: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")


def add_user(connection: Connection, username: str, role: str, password: str, now_ms: int) -> bool:
    """Add a user; return False if the name is taken, raise ValueError for a wrong one."""
    if not _USERNAME.fullmatch(username):
        raise ValueError("a user name has 1 to 32 of A-Z a-z 0-9 . _ -")
    if connection.execute(select(users.c.id).where(users.c.username == username)).first():
        return False
    row = {
        "id": str(uuid4()),
        "username": username,
        "password_hash": hash_password(password),
        "role": Role(role).value,
        "created_ms": now_ms,
    }
    connection.execute(insert(users), row)
    return True
