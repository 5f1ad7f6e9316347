"""What `GET /readyz` of every server answers: whether it works, why not, and what waits for people.

One form, whatever has happened: 200 `ready` or 503 `unready`, `reasons` by what does not work, and
`attention`, which counts what people must act on and makes nothing unready.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from taigan.transactions import read_transaction

Check = Callable[[], str | None]
"""Returns why something does not work, None if it does. It reads no database: that may be away."""

Look = Callable[[Connection], str | None]
"""The same of what stands in the database."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a program asks itself; `checks` and `looks` have no name in common."""

    checks: Mapping[str, Check]
    looks: Mapping[str, Look]
    attention: Callable[[Connection], Mapping[str, int]]

    def answer(self, engine: Engine) -> JSONResponse:
        """Ask all of it; a database that does not answer is the reason `database`."""
        reasons = {name: why for name, check in self.checks.items() if (why := check()) is not None}
        attention: dict[str, int] = {}
        try:
            with read_transaction(engine) as connection:
                connection.execute(select(1))
                reasons |= _seen(connection, self.looks)
                attention |= self.attention(connection)
        except SQLAlchemyError as error:
            reasons["database"] = f"the database does not answer: {type(error).__name__}"
        status = "unready" if reasons else "ready"
        body = {"status": status, "reasons": reasons, "attention": attention}
        return JSONResponse(body, 503 if reasons else 200)


def _seen(connection: Connection, looks: Mapping[str, Look]) -> dict[str, str]:
    return {name: why for name, look in looks.items() if (why := look(connection)) is not None}
