"""A small HTTP server for the simulated bank and phone: one function answers every request.

Unlike a real framework it can also hang up without an answer, which is the point of a faulty bank.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import structlog
from pydantic import ValidationError

from simulators.ports import LOOPBACK

BODY_BYTES_MAX: Final = 65_536
_IDLE_S: Final = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Request:
    """What a route sees."""

    method: str
    path: str
    headers: Mapping[str, str] | Message = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> object:
        """Return the body; raise BadRequest if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise BadRequest(f"body is not JSON: {error}") from error


@dataclass(frozen=True, slots=True)
class Response:
    """A status and a body: text as it is, anything else as JSON."""

    status: int
    body: Any
    content_type: str = "application/json"

    def content(self) -> bytes:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the connection and say nothing."""


class BadRequest(ValueError):
    """The client's mistake, named."""


Route = Callable[..., Response | HangUp]


class Routes:
    """Path patterns with their functions; a function takes the request and the named parts."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Route]] = []
        self.add("GET", "/healthz", lambda _: Response(200, {"status": "ok"}))
        self.add(
            "GET",
            "/readyz",
            lambda _: Response(200, {"status": "ready", "reasons": {}, "attention": {}}),
        )

    def add(self, method: str, path: str, route: Route) -> None:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
        self._routes.append((method, re.compile(pattern), route))

    def answer(self, request: Request) -> Response | HangUp:
        """Response a request; a refusal names its reason and has changed nothing."""
        try:
            return self._route(request)
        except ValidationError as error:
            reasons = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            return Response(400, {"error": "; ".join(reasons)})
        except BadRequest as error:
            return Response(400, {"error": str(error)})

    def _route(self, request: Request) -> Response | HangUp:
        found_path = False
        for method, pattern, route in self._routes:
            match = pattern.fullmatch(request.path)
            found_path = found_path or match is not None
            if match is not None and method == request.method:
                return route(request, **match.groupdict())
        status = 405 if found_path else 404
        return Response(status, {"error": f"no {request.method} {request.path}"})


def metrics(values: Mapping[str, int]) -> Response:
    """Return counters in Prometheus' text form."""
    lines = (f"# TYPE {name} gauge\n{name} {value}\n" for name, value in values.items())
    return Response(200, "".join(lines), "text/plain; version=0.0.4; charset=utf-8")


class WebServer(ThreadingHTTPServer):
    """Serves routes on a loopback port until shut down; port 0 takes a free one.

    OSError if the port is taken.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, routes: Routes) -> None:
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{LOOPBACK}:{port}") from error
        self.routes = routes

    def handle_error(self, request: object, client_address: object) -> None:
        """Log a failed connection; the base class would print it."""
        del request
        log.error("connection failed", client=client_address, error=repr(sys.exception()))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S
    disable_nagle_algorithm = True
    wbufsize = -1
    server: WebServer

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True  # the client was killed

    def _serve(self) -> None:
        started_s = time.monotonic()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            return self._send(Response(413, {"error": f"body of {length} bytes"}))
        request = Request(self.command, self.path, self.headers, self.rfile.read(int(length)))
        answer = self.server.routes.answer(request)
        took_ms = round((time.monotonic() - started_s) * 1000)
        status = answer.status if isinstance(answer, Response) else None
        log.info("answered", method=request.method, path=request.path, status=status, ms=took_ms)
        if isinstance(answer, HangUp):
            self.close_connection = True
            return None
        return self._send(answer)

    do_GET = do_POST = do_PUT = _serve  # noqa: N815  names that the base class looks for

    def _send(self, answer: Response) -> None:
        content = answer.content()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as in the base class
        """Leave the log to `_serve`."""
