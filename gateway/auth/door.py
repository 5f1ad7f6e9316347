"""Turns strangers away from signing in, before their request is read, once too many come.

Refusing must cost next to nothing: eighty refusals at once pass in front of everybody's requests.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.auth.places import DEVICE_COOKIE, Place, place_of
from gateway.auth.throttle import Throttle
from gateway.http.times import steady_ms
from taigan.problem import MEDIA_TYPE, Kind, Problem

SIGN_IN: Final = "/api/v1/sessions"
STRANGERS_MAX: Final = 20
WINDOW_MS: Final = 10_000
"""So many attempts of all strangers together in that time: what hashing may cost."""


HELD_MAX: Final = 100
"""Refusals that wait to be answered."""
APART_S: Final = 0.01


class Door:
    """Stands before the routes; known devices pass."""

    def __init__(self, app: ASGIApp, secret: str, now_ms: Callable[[], int]) -> None:
        self._app = app
        self._secret = secret
        self._now_ms = now_ms
        self._held = 0
        self._strangers = Throttle(steady_ms, STRANGERS_MAX, WINDOW_MS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        is_sign_in = (scope.get("method"), scope.get("path")) == ("POST", SIGN_IN)
        wait_ms = self._wait_ms(HTTPConnection(scope)) if is_sign_in else 0
        if not wait_ms:
            await self._app(scope, receive, send)
            return
        problem = too_many(wait_ms)
        answer = JSONResponse(
            problem.document(SIGN_IN), problem.kind.status, problem.headers, MEDIA_TYPE
        )
        await self._let_others_pass()
        await answer(scope, receive, send)

    async def _let_others_pass(self) -> None:
        """Answer one after the other, so that a hundred refusals at once do not hold up a request.

        Beyond that they are answered at once: nobody may make this server keep connections.
        """
        if self._held >= HELD_MAX:
            return
        self._held += 1
        try:
            await asyncio.sleep((self._held - 1) * APART_S)
        finally:
            self._held -= 1

    def _wait_ms(self, connection: HTTPConnection) -> int:
        place = place_of_client(connection, self._secret, self._now_ms())
        return 0 if place.is_known else self._strangers.attempt("")


def place_of_client(connection: HTTPConnection, secret: str, now_ms: int) -> Place:
    """Return where a request comes from."""
    address = connection.client.host if connection.client else "unknown"
    return place_of(connection.cookies.get(DEVICE_COOKIE), address, secret, now_ms)


def describe(connection: HTTPConnection) -> str:
    """Return what a person may know a session by: its address and what its browser calls itself."""
    address = connection.client.host if connection.client else "unknown"
    return f"{address} {connection.headers.get('user-agent', '')}".strip()


def too_many(wait_ms: int) -> Problem:
    """Return the refusal of whoever must wait first."""
    headers = {"Retry-After": str(-(-wait_ms // 1000))}
    return Problem(Kind.TOO_MANY_REQUESTS, "wait before the next attempt", headers=headers)
