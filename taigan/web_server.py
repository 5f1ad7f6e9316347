"""uvicorn, set up alike in each program: our logs, a bounded wait at the end, our exit codes."""

import socket
import sys
from collections.abc import Callable
from typing import Any, Final

import uvicorn

from taigan.exit_codes import FAILED

_STARTUP_FAILURE: Final = 3
"""How uvicorn ends when it cannot start."""

_WAITING_MAX: Final = 2048
"""Connections that are not accepted yet; uvicorn's own number."""

GRACE_S: Final = 5
"""Open requests get this long after a stop signal; without a limit one viewer keeps it alive."""


_EVERY_TIME: Final = -sys.maxsize
"""Seconds between two calls of `alive`, by the wall clock: one that is set back delays none."""


def server_config(
    app: Any,  # noqa: ANN401 - any ASGI app
    *,
    host: str,
    port: int,
    alive: Callable[[], None] | None = None,
) -> uvicorn.Config:
    """Return the settings of a server for `app`; it calls `alive` once a second while it serves.

    The call is the event loop's own: a loop that stands still calls nobody.
    """

    async def notify() -> None:
        if alive is not None:
            alive()

    return uvicorn.Config(
        app,
        host=host,
        port=port,
        timeout_graceful_shutdown=GRACE_S,
        log_config=None,
        access_log=False,
        server_header=False,
        callback_notify=notify,
        timeout_notify=_EVERY_TIME,
    )


class CannotListen(Exception):
    """The address is not one of this machine, or another program has the port."""


def listen(host: str, port: int) -> socket.socket:
    """Take a port, before anything else is touched: a program started twice must end here.

    Clients may connect at once and wait for `serve`. Raises CannotListen.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_WAITING_MAX)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (while")[0]
        raise CannotListen(f"{host}:{port}: {why}") from error


def serve(server: uvicorn.Server, *listening: socket.socket) -> None:
    """Serve until told to stop; call it in the main thread for signals to work.

    SystemExit with FAILED if it cannot start.
    """
    try:
        server.run(list(listening))
    except SystemExit as end:
        if end.code == _STARTUP_FAILURE:
            raise SystemExit(FAILED) from end
        raise
