"""uvicorn, set up alike in each program: our logs, a bounded wait at the end, our exit codes."""

from typing import Any, Final

import uvicorn

from taigan.exit_codes import FAILED

_STARTUP_FAILURE: Final = 3
"""How uvicorn ends when it cannot start."""

GRACE_S: Final = 5
"""Open requests get this long after a stop signal; without a limit one viewer keeps it alive."""


def server_config(app: Any, *, host: str, port: int) -> uvicorn.Config:  # noqa: ANN401 - any ASGI app
    """Return the settings of a server for `app`."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        timeout_graceful_shutdown=GRACE_S,
        log_config=None,
        access_log=False,
        server_header=False,
    )


def serve(server: uvicorn.Server) -> None:
    """Serve until told to stop; call it in the main thread for signals to work.

    SystemExit with FAILED if it cannot start: a port that is taken may be free at the next try.
    """
    try:
        server.run()
    except SystemExit as end:
        if end.code == _STARTUP_FAILURE:
            raise SystemExit(FAILED) from end
        raise
