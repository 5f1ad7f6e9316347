"""Where staff are told: a real HTTP server that checks signatures and can be out of order."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from gateway.notify.messages import AlarmNotice

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver:
    """Keeps what arrived, with its id; answers with `status`."""

    def __init__(self) -> None:
        self.status = 204
        self.arrived: list[tuple[str, AlarmNotice]] = []
        self.tries = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/alarms"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def told(self) -> list[list[tuple[str, str]]]:
        """Return what was said: for each notice, each alarm's change and kind."""
        return [
            [(one.change, one.kind.value) for one in notice.data.alarms]
            for _, notice in self.arrived
        ]

    def take(self, headers: dict[str, str], body: bytes) -> int:
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        signed = Webhook(SECRET).sign(headers["webhook-id"], at, body.decode())
        assert headers["webhook-signature"] == signed
        with self._lock:
            self.tries += 1
            if self.status < 300:
                self.arrived.append((headers["webhook-id"], AlarmNotice.model_validate_json(body)))
        return self.status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(outer.take(headers, body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        return Handler


@contextmanager
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    try:
        yield server
    finally:
        server.close()
