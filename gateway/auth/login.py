"""Checks names and passwords, so that a flood of them costs nobody else a moment."""

import secrets
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Final

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from structlog import get_logger

from gateway.auth.attempts import Attempts
from gateway.auth.door import too_many
from gateway.auth.hashing import Gone, Hashing, TooBusy
from gateway.auth.passwords import hash_password, verify_password
from gateway.auth.people import hash_new
from gateway.auth.places import Place
from gateway.auth.sessions import StoredUser, find_user
from gateway.trail.service import By, Deed, keep
from taigan.problem import Kind, Problem, invalid

_BUSY_MS: Final = 2000
IsGone = Callable[[], Awaitable[bool]]

log = get_logger()


class Login:
    """What all sign-ins of this process share. Known devices have a queue of their own."""

    def __init__(self, engine: Engine, now_ms: Callable[[], int]) -> None:
        self._engine, self._now_ms = engine, now_ms
        self._attempts = Attempts(now_ms)
        self._strangers, self._known = Hashing(), Hashing()

    async def check(
        self, username: str, password: str, place: Place, is_gone: IsGone
    ) -> StoredUser:
        """Return the user whose password it is; raise Problem if it is not, or for too many.

        `is_gone` says whether the client still waits: for one that does not, nothing is hashed.
        """
        wait_ms = self._attempts.begin(username, place)
        if wait_ms:
            raise too_many(wait_ms)
        user = await run_in_threadpool(self._find, username)
        hashed = user.password_hash if user else None
        hashing = self._known if place.is_known else self._strangers
        try:
            fits = await hashing.run(lambda: _verify(password, hashed), is_gone)
        except TooBusy as error:
            raise too_many(_BUSY_MS) from error
        except Gone as error:
            raise Problem(Kind.UNAVAILABLE, "nobody waits for this") from error
        if user is None or not fits:
            log.warning("a login was refused", username=username, place=place.key)
            if user is not None:  # a name that nobody has may be a password in the wrong field
                await run_in_threadpool(self._keep_refused, user, place)
            raise Problem(Kind.WRONG_PASSWORD)
        self._attempts.succeeded(username, place)
        return user

    async def hash(self, password: str, username: str, is_gone: IsGone) -> str:
        """Return the hash of a new password of somebody who is known; Problem if it is unusable."""
        try:
            return await self._known.run(lambda: hash_new(password, username), is_gone)
        except TooBusy as error:
            raise too_many(_BUSY_MS) from error
        except Gone as error:
            raise Problem(Kind.UNAVAILABLE, "nobody waits for this") from error
        except ValueError as error:
            raise invalid("new_password", str(error)) from error

    def _find(self, username: str) -> StoredUser | None:
        with self._engine.begin() as connection:
            return find_user(connection, username)

    def _keep_refused(self, user: StoredUser, place: Place) -> None:
        name = user.principal.username
        with self._engine.begin() as connection:
            deed = Deed("session.refuse", name, after={"from": place.key})
            keep(connection, By(name, self._now_ms()), deed)


def _verify(password: str, password_hash: str | None) -> bool:
    """Return whether it fits; an unknown name takes as long as any other."""
    return verify_password(password, password_hash or _nobodys_hash())


@cache
def _nobodys_hash() -> str:
    return hash_password(secrets.token_urlsafe())
