"""uvicorn, which here ends live streams before it waits for open connections."""

from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from gateway.live.hub import Hub
from taigan.web_server import server_config


class LiveServer(uvicorn.Server):
    """A server that stops in bounded time, however many browsers are watching."""

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


def live_server(
    app: FastAPI, hub: Hub, *, host: str, port: int, alive: Callable[[], None] | None = None
) -> LiveServer:
    """Return a server for `app`, to be given to `taigan.web_server.serve`."""
    return LiveServer(server_config(app, host=host, port=port, alive=alive), hub)
