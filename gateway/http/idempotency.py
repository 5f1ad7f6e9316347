"""Repeating a POST with the same `Idempotency-Key` gets the first answer and does nothing twice.

The answer is written in the transaction of the effect, so there is no moment at which one exists
without the other. A refused request leaves no trace: its repeat is judged afresh.
"""

import hashlib
from collections.abc import Callable
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, Header, Request
from sqlalchemy import Connection, bindparam, select, text, update

from gateway.http.context import Context
from gateway.http.tables import idempotency_keys
from taigan.problem import Kind, Problem

KEY_LENGTH_MAX: Final = 64


class HttpAnswer(NamedTuple):
    """What was, or will be, sent."""

    status: int
    body: str


class Once(NamedTuple):
    """A request that may be repeated; `key` is None when the client named none."""

    key: str | None
    request_sha256: str


KeyHeader = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=KEY_LENGTH_MAX, pattern=r"^[!-~]+$"),
]


async def once_of(request: Request, idempotency_key: KeyHeader = None) -> Once:
    """Read the header, and hash what a repeat must equal."""
    body = await request.body()
    return Once(idempotency_key, fingerprint(request.method, request.url.path, body))


InOnce = Annotated[Once, Depends(once_of)]

_RESERVE: Final = text(
    "INSERT INTO idempotency_keys (user_id, key, request_sha256, status, answer, created_ms)"
    " VALUES (:user_id, :key, :request_sha256, 0, '', :created_ms) ON CONFLICT DO NOTHING"
)
"""Waits, on PostgreSQL, for another request that has reserved the key and not yet committed."""

_THIS_KEY: Final = (
    idempotency_keys.c.user_id == bindparam("of_user"),
    idempotency_keys.c.key == bindparam("of_key"),
)
_FIND: Final = select(idempotency_keys).where(*_THIS_KEY)
_KEEP: Final = update(idempotency_keys).where(*_THIS_KEY)


def fingerprint(method: str, path: str, body: bytes) -> str:
    """Return the hash that a repeat of this request has too, and another request has not."""
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()


def answer_once(
    context: Context, user_id: str, once: Once, effect: Callable[[Connection], HttpAnswer]
) -> HttpAnswer:
    """Run `effect` in one transaction, or return its first answer; Problem if the key is taken."""
    with context.engine.begin() as connection:
        if once.key is None:
            return effect(connection)
        this_key = {"of_user": user_id, "of_key": once.key}
        if not _reserve(connection, user_id, once, context.now_ms()):
            return _first_answer(connection, this_key, once)
        answer = effect(connection)
        connection.execute(_KEEP, {**this_key, "status": answer.status, "answer": answer.body})
        return answer


def _reserve(connection: Connection, user_id: str, once: Once, now_ms: int) -> bool:
    values = {"user_id": user_id, "created_ms": now_ms, **once._asdict()}
    return connection.execute(_RESERVE, values).rowcount == 1


def _first_answer(connection: Connection, this_key: dict[str, str], once: Once) -> HttpAnswer:
    found = connection.execute(_FIND, this_key).one()
    if found.request_sha256 != once.request_sha256:
        raise Problem(Kind.KEY_REUSED, "send a new key with a new request")
    return HttpAnswer(found.status, found.answer)
