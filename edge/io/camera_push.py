"""Takes what cameras push: a small HTTP server for POSTs with a bounded body and nothing else.

A camera is known by its path, `/<name>/<secret>`; if it can log in (Basic), `/<name>`.
The answer is 200 for everything that was taken, believed or not: an error makes a camera send the
same bytes again.
"""

import base64
import hmac
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6, SHUT_RDWR, socket
from socketserver import TCPServer
from threading import Lock, Timer
from typing import Any, Final

import structlog

from edge.devices.cameras import PlateStream
from edge.devices.cameras.plate import PlateSeen
from edge.devices.readings import BadFrame
from edge.io.camera_stream import Take
from edge.io.clock import monotonic_ms
from edge.io.retry_thread import PAUSE_S_MAX, RetryThread
from edge.lane.signals import PortChanged

log = structlog.get_logger()

BODY_BYTES_MAX: Final = 16 * 1024 * 1024
PIECE_BYTES: Final = 65_536
CONNECTIONS_MAX: Final = 16
PEER_CONNECTIONS_MAX: Final = 4
"""Of one address: a camera that leaves its connections open must not keep the others out."""

SILENT_S: Final = 15.0
"""A connection without a byte for this time is closed."""

REQUEST_S_MAX: Final = 60.0
"""A slower request is cut off: single bytes now and then would hold the connection without end."""

MS: Final = 1_000
_CHUNK_HEAD_MAX: Final = 64
_POLL_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pusher:
    """One camera that pushes here, and how it shows that it is the one."""

    name: str
    secret: str | None = None
    user: str | None = None
    password: str | None = None
    silent_s: int | None = None
    """After this silence it is lost; None if it may be silent."""
    make: Callable[[str], PlateStream]
    """Makes the reader for a body with this `Content-Type`."""
    take: Take

    def knows(self, path_secret: str, authorization: str) -> bool:
        """Tell whether a request knows this camera's secret."""
        if self.secret is not None and _same(path_secret, self.secret):
            return True
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return self.user is not None and _same(authorization, f"Basic {basic}")


class PushListener:
    """One address that cameras push to, and the threads that serve it."""

    def __init__(
        self,
        address: tuple[str, int],
        pushers: Mapping[str, Pusher],
        changed: Callable[[PortChanged], None],
    ) -> None:
        self._address = address
        self._pushers = pushers
        self._changed = changed
        self._silent: set[str] = set()
        self._thread = RetryThread(f"push-{address[1]}", self._attempt, pause_s_first=PAUSE_S_MAX)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop taking requests; threads that still read a body end with the program."""
        self._thread.stop()

    def _attempt(self) -> None:
        try:
            server = _Server(self._address, self._pushers)
        except OSError as error:  # the address may come with the network, later
            self._tell(is_open=False, detail=str(error))
            return
        self._tell(is_open=True, detail="")
        with server:
            while not self._thread.stopping:
                server.handle_request()  # waits for _POLL_S at most
                self._look_after(server)

    def _look_after(self, server: "_Server") -> None:
        """Tell which camera has fallen silent, and which speaks again."""
        now_ms = monotonic_ms()
        for name, pusher in self._pushers.items():
            if pusher.silent_s is None:
                continue
            is_silent = now_ms - server.heard_ms[name] > pusher.silent_s * MS
            if is_silent is not (name in self._silent):
                self._silent ^= {name}
                detail = f"silent for {pusher.silent_s} s" if is_silent else ""
                log.info("camera", device=name, is_open=not is_silent, detail=detail)
                self._changed(PortChanged(name, not is_silent, detail, now_ms))

    def _tell(self, *, is_open: bool, detail: str) -> None:
        log.info("camera listener", port=self._address[1], is_open=is_open, detail=detail)
        for name in self._pushers:
            self._changed(PortChanged(name, is_open, detail, monotonic_ms()))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    timeout = _POLL_S

    def __init__(self, address: tuple[str, int], pushers: Mapping[str, Pusher]) -> None:
        self.pushers = pushers
        self.heard_ms = dict.fromkeys(pushers, monotonic_ms())
        self._lock = Lock()
        self._served: Counter[str] = Counter()
        self.address_family = AF_INET6 if ":" in address[0] else AF_INET
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without asking a resolver what this box is called: there may be none."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own signature
        peer = client_address[0]
        with self._lock:
            has_room = self._served.total() < CONNECTIONS_MAX
            if has_room and self._served[peer] < PEER_CONNECTIONS_MAX:
                super().process_request(request, client_address)
                self._served[peer] += 1
                return
        log.warning("too many connections to the camera listener", peer=peer)
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._served -= Counter([client_address[0]])

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:  # noqa: ANN401, ARG002 - as above
        """Log what one connection did; the others go on."""
        log.warning(
            "camera connection failed", peer=client_address[0], reason=repr(sys.exception())
        )


class _Refused(Exception):
    """A request that is not taken."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "taigan"
    sys_version = ""
    timeout = SILENT_S
    server: _Server

    def handle_one_request(self) -> None:
        """Wait for a request and serve it within a time limit."""
        limit = Timer(REQUEST_S_MAX, self._hang_up)
        limit.daemon = True
        limit.start()
        try:
            super().handle_one_request()
        finally:
            limit.cancel()

    def _hang_up(self) -> None:
        log.warning("camera connection too slow", peer=self.client_address[0])
        with suppress(OSError):  # gone already, which is what is wanted
            self.connection.shutdown(SHUT_RDWR)

    def do_POST(self) -> None:
        """Take one event; the pieces of its body are decoded as they come."""
        try:
            pusher = self._pusher()
            stream = pusher.make(self.headers.get("Content-Type", ""))
            found: list[PlateSeen | BadFrame] = []
            for piece in self._body():
                found += stream.feed(piece)
            found += stream.end()
        except _Refused as refused:
            log.warning("camera push refused", peer=self.client_address[0], reason=str(refused))
            self._answer(refused.status)
            return
        now_ms = self.server.heard_ms[pusher.name] = monotonic_ms()
        pusher.take(found, now_ms)
        self._answer(HTTPStatus.OK)

    def _pusher(self) -> Pusher:
        _, name, secret, *_ = [*self.path.partition("?")[0].split("/"), "", ""]
        pusher = self.server.pushers.get(name)
        authorization = self.headers.get("Authorization", "")
        if pusher is None or not pusher.knows(secret, authorization):
            self._hear_out()
            raise _Refused(HTTPStatus.UNAUTHORIZED)
        return pusher

    def _hear_out(self) -> None:
        """Read the body: a camera that waits to be asked for its password only listens then."""
        with suppress(_Refused):
            for _ in self._body():
                pass

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            yield from self._chunks()
            return
        declared = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,12}", declared):
            raise _Refused(HTTPStatus.LENGTH_REQUIRED)
        if int(declared) > BODY_BYTES_MAX:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        yield from self._pieces(int(declared))

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while True:
            head = self.rfile.readline(_CHUNK_HEAD_MAX).partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", head):
                raise _Refused(HTTPStatus.BAD_REQUEST)
            size = int(head, 16)
            total += size
            if total > BODY_BYTES_MAX:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            yield from self._pieces(size)
            self.rfile.readline(_CHUNK_HEAD_MAX)
            if size == 0:
                return

    def _pieces(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self.rfile.read(min(left, PIECE_BYTES))
            if not piece:
                raise _Refused(HTTPStatus.BAD_REQUEST)
            left -= len(piece)
            yield piece

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        if status is not HTTPStatus.OK:
            self.send_header("Connection", "close")
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="taigan"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own
        """Say nothing here: a path holds a secret."""


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
