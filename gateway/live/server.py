"""uvicorn, which here ends live streams before it waits for open connections."""

from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from gateway.live.hub import Hub

GRACE_S: Final = 5
"""Open requests get this long after a stop signal; without a limit one viewer keeps it alive."""


class LiveServer(uvicorn.Server):
    """A server that stops within `GRACE_S` however many browsers are watching."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop on a signal."""
        self._hub.close()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """Stop from another thread."""
        self._hub.close()
        self.should_exit = True


def live_server(app: FastAPI, hub: Hub, *, host: str, port: int) -> LiveServer:
    """Return a server for `app`; `run()` it, in the main thread for signals to work."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        timeout_graceful_shutdown=GRACE_S,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return LiveServer(config, hub)
