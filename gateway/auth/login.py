"""Checks names and passwords, so that a flood of them costs nobody else a moment."""

import secrets
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Final, NamedTuple, TypeVar

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from structlog import get_logger

from gateway.auth.attempts import Attempts
from gateway.auth.door import too_many
from gateway.auth.hashing import Gone, Hashing, TooBusy
from gateway.auth.passwords import hash_password, verify_password
from gateway.auth.people import hash_new
from gateway.auth.places import Place
from gateway.auth.second_factor import use_code
from gateway.auth.sessions import StoredUser, find_user
from gateway.auth.throttle import Throttle
from gateway.trail.service import By, Deed, keep
from taigan.problem import Kind, Problem, invalid

_BUSY_MS: Final = 2000
UNKNOWN_NAMES_KEPT_MAX: Final = 600
"""An hour, on the audit trail."""
UNKNOWN: Final = "an unknown name"
"""Instead of what was typed: it may be a password in the wrong field."""
IsGone = Callable[[], Awaitable[bool]]

Result = TypeVar("Result")

log = get_logger()


class Attempt(NamedTuple):
    """What somebody types."""

    username: str
    password: str
    code: str | None = None
    needs_code: bool = True
    """False where a user who is signed in shows once more that it is him."""


class Login:
    """What all sign-ins of this process share. Known devices have a queue of their own."""

    def __init__(self, engine: Engine, now_ms: Callable[[], int]) -> None:
        self._engine, self._now_ms = engine, now_ms
        self._attempts = Attempts(now_ms)
        self._unknown_names = Throttle(now_ms, UNKNOWN_NAMES_KEPT_MAX, 3_600_000)
        self._strangers, self._known = Hashing(gives_way=True), Hashing()

    async def check(self, attempt: Attempt, place: Place, is_gone: IsGone) -> StoredUser:
        """Return the user whose password and code these are; raise Problem if not, or for too many.

        `is_gone` says whether the client still waits: for one that does not, nothing is hashed.
        """
        name = attempt.username
        wait_ms = self._attempts.begin(name, place)
        if wait_ms:
            raise too_many(wait_ms)
        user = await run_in_threadpool(self._find, name)
        if user is None or not await self._fits(attempt, user, place, is_gone):
            if user is None:  # an unknown name takes as long as any other
                await self._hashed(lambda: _verify(attempt.password, None), place, is_gone)
            await run_in_threadpool(self._keep_refused, user, place)
            log.warning("a login was refused", username=name, place=place.key)
            raise Problem(Kind.WRONG_PASSWORD)
        self._attempts.succeeded(name, place)
        return user

    async def _fits(
        self, attempt: Attempt, user: StoredUser, place: Place, is_gone: IsGone
    ) -> bool:
        hashed = user.password_hash
        if not await self._hashed(lambda: _verify(attempt.password, hashed), place, is_gone):
            return False
        if user.totp_secret is None or not attempt.needs_code:
            return True
        if attempt.code is None:
            self._attempts.take_back(attempt.username, place)
            raise Problem(Kind.SECOND_FACTOR)
        return await run_in_threadpool(self._use_code, user, attempt.code)

    async def _hashed(self, work: Callable[[], bool], place: Place, is_gone: IsGone) -> bool:
        hashing = self._known if place.is_known else self._strangers
        return await _in_turn(hashing, work, is_gone)

    async def hash(self, password: str, username: str, is_gone: IsGone) -> str:
        """Return the hash of a new password of somebody who is known; Problem if it is unusable."""
        try:
            return await _in_turn(self._known, lambda: hash_new(password, username), is_gone)
        except ValueError as error:
            raise invalid("new_password", str(error)) from error

    def _use_code(self, user: StoredUser, code: str) -> bool:
        secret = user.totp_secret or ""
        with self._engine.begin() as connection:
            return use_code(connection, user.principal.user_id, secret, code, self._now_ms())

    def _find(self, username: str) -> StoredUser | None:
        with self._engine.begin() as connection:
            return find_user(connection, username)

    def _keep_refused(self, user: StoredUser | None, place: Place) -> None:
        if user is None and self._unknown_names.attempt(""):
            return
        name = UNKNOWN if user is None else user.principal.username
        deed = Deed("session.refuse", name, after={"from": place.key})
        with self._engine.begin() as connection:
            keep(connection, By(name, self._now_ms()), deed)


async def _in_turn(hashing: Hashing, work: Callable[[], Result], is_gone: IsGone) -> Result:
    try:
        return await hashing.run(work, is_gone)
    except TooBusy as error:
        raise too_many(_BUSY_MS) from error
    except Gone as error:
        raise Problem(Kind.UNAVAILABLE, "nobody waits for this") from error


def _verify(password: str, password_hash: str | None) -> bool:
    """Return whether it fits; an unknown name takes as long as any other."""
    return verify_password(password, password_hash or _nobodys_hash())


@cache
def _nobodys_hash() -> str:
    return hash_password(secrets.token_urlsafe())
