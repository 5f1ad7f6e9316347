"""What every route may reach: built once by the app factory, never global."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from fastapi import Depends
from sqlalchemy import Engine
from starlette.requests import HTTPConnection

from edge.messages import Command
from gateway.config import Settings
from gateway.live.hub import Hub


class CommandPublisher(Protocol):
    """Seals a command and sends it to its lane."""

    def publish(self, command: Command) -> None: ...


@dataclass(frozen=True, slots=True)
class Context:
    """The program around a request.

    A route opens its transaction itself, with `context.engine.begin()`, and returns after the
    block: committed before the answer leaves, and held by one thread from begin to commit.
    """

    settings: Settings
    engine: Engine
    hub: Hub
    publisher: CommandPublisher
    now_ms: Callable[[], int]


async def context_of(connection: HTTPConnection) -> Context:
    """Return what `create_app` was given; not worth a thread."""
    return cast(Context, connection.app.state.context)


InContext = Annotated[Context, Depends(context_of)]
