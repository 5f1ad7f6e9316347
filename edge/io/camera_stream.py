"""A camera that is asked for its events: one HTTP answer that never ends.

Digest authentication by the standard library. A lost camera is asked again with a growing pause.
"""

import hashlib
import re
import socket
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse
from threading import Lock
from typing import IO, Final
from urllib.error import HTTPError

import structlog

from edge.devices.cameras import PlateStream
from edge.devices.cameras.plate import PlateSeen
from edge.devices.readings import BadFrame
from edge.io.clock import monotonic_ms
from edge.io.retry_thread import RetryThread
from edge.lane.signals import PortChanged

log = structlog.get_logger()

SILENT_S: Final = 60.0
"""Cameras send a heartbeat far more often; without a part for this time the connection is dead."""

CONNECT_S: Final = 5.0
"""A connection takes no longer in a yard's network; a stop waits for one that is being made."""

READ_BYTES_MAX: Final = 65_536

REFUSED_S: Final = 60.0
"""Pause after an answer that is an error: a camera locks out who asks too often."""

_PAIR: Final = re.compile(r"[^=]+=.+")

Take = Callable[[list[PlateSeen | BadFrame], int], None]
"""Takes what a camera said, with the monotonic time at which it came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAddress:
    """Where a camera is asked, and as whom."""

    url: str
    user: str | None = None
    password: str | None = None


def fetch(address: CameraAddress) -> bytes:
    """Return one answer of a camera, its beginning at least; OSError says why there is none."""
    try:
        with _opener(address, _Line(), CONNECT_S).open(address.url, timeout=CONNECT_S) as answer:
            found: bytes = answer.read(READ_BYTES_MAX)
            return found
    except (HTTPException, ValueError) as error:
        raise OSError(str(error) or type(error).__name__) from error


class CameraStream:
    """One camera and the thread that reads it."""

    def __init__(
        self,
        name: str,
        address: CameraAddress,
        *,
        make: Callable[[str], PlateStream],
        take: Take,
        changed: Callable[[PortChanged], None],
    ) -> None:
        """`make` makes the reader for an answer with this `Content-Type`."""
        self._name = name
        self._address = address
        self._make = make
        self._take = take
        self._changed = changed
        self._told: tuple[bool, str] | None = None
        self._line = _Line()
        self._thread = RetryThread(f"camera-{name}", self._attempt)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Hang up and end."""
        self._thread.stop(self._line.hang_up)

    def _attempt(self) -> None:
        self._tell(is_open=False, detail=self._serve_once())

    def _serve_once(self) -> str:
        """Read until the camera is lost; return why."""
        opener = _opener(self._address, self._line)
        try:
            with opener.open(self._address.url, timeout=SILENT_S) as answer:
                return self._read(answer)
        except HTTPError as error:
            self._thread.pause_next(REFUSED_S)
            return str(error)
        except (OSError, HTTPException, ValueError) as error:  # urllib raises all of them
            return str(error) or type(error).__name__

    def _read(self, answer: HTTPResponse) -> str:
        content_type = answer.headers.get("Content-Type", "")
        stream = self._make(content_type)
        if not stream.is_endless:
            self._thread.pause_next(REFUSED_S)
            return f"the answer is no multipart: {content_type}"
        self._tell(is_open=True, detail="")
        parts, heard_ms = 0, monotonic_ms()
        while not self._thread.stopping:
            data = answer.read1(READ_BYTES_MAX)
            now_ms = monotonic_ms()
            if not data:
                self._take(stream.end(), now_ms)
                return "the camera hung up"
            self._take(stream.feed(data), now_ms)
            if stream.parts > parts:
                parts, heard_ms = stream.parts, now_ms
                self._thread.succeeded()
            elif now_ms - heard_ms > SILENT_S * 1000:
                return "bytes, but no part of a multipart"
        return "stopped"

    def _tell(self, *, is_open: bool, detail: str) -> None:
        if (is_open, detail) != self._told:
            self._told = is_open, detail
            log.info("camera", device=self._name, is_open=is_open, detail=detail)
        self._changed(PortChanged(self._name, is_open, detail, monotonic_ms()))


class _Line:
    """The socket that is read at the moment: shutting it down ends a read in another thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._socket: socket.socket | None = None
        self._is_over = False

    def use(self, opened: socket.socket) -> None:
        with self._lock:
            self._socket = opened
            if self._is_over:
                raise ConnectionAbortedError("stopped")

    def hang_up(self) -> None:
        with self._lock:
            self._is_over = True
            if self._socket is not None:
                with suppress(OSError):  # gone already, which is what is wanted
                    self._socket.shutdown(socket.SHUT_RDWR)


class _Handler(urllib.request.HTTPHandler):
    def __init__(self, line: _Line, silent_s: float) -> None:
        super().__init__()
        self._line = line
        self._silent_s = silent_s

    def http_open(self, request: urllib.request.Request) -> HTTPResponse:
        line, silent_s = self._line, self._silent_s

        class Connection(HTTPConnection):
            def connect(self) -> None:
                self.timeout = CONNECT_S
                super().connect()
                self.sock.settimeout(silent_s)
                line.use(self.sock)

        return self.do_open(Connection, request)


class _Digest(urllib.request.HTTPDigestAuthHandler):
    """Digest as cameras offer it: beside Basic, and by several algorithms, one header each."""

    def http_error_401(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
    ) -> object:
        """Log in once: cameras lock out who tries a wrong password again and again."""
        offered = (one for one in headers.get_all("WWW-Authenticate", []) if _is_known(one))
        challenge = next(offered, None)
        if challenge is None or req.has_header(self.auth_header):
            return None
        chosen = HTTPMessage()
        chosen["WWW-Authenticate"] = challenge
        return super().http_error_401(req, fp, code, msg, chosen)

    def get_algorithm_impls(
        self, algorithm: str
    ) -> tuple[Callable[[str], str], Callable[[str, str], str]]:
        if algorithm != "SHA-256":
            return super().get_algorithm_impls(algorithm)
        return _sha256, lambda secret, data: _sha256(f"{secret}:{data}")


def _is_known(challenge: str) -> bool:
    """Tell whether a challenge can be answered; Basic would reveal the password."""
    scheme, _, fields = challenge.partition(" ")
    pairs = [pair for pair in urllib.request.parse_http_list(fields) if pair]
    if scheme.lower() != "digest" or not all(_PAIR.fullmatch(pair) for pair in pairs):
        return False  # urllib raises IndexError for a pair without a value
    said = urllib.request.parse_keqv_list(pairs)
    return said.get("algorithm", "MD5") in {"MD5", "SHA-256"}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _opener(
    address: CameraAddress, line: _Line, silent_s: float = SILENT_S
) -> urllib.request.OpenerDirector:
    """Return an opener that knows HTTP and digest alone: no proxy, no other address."""
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    if address.user is not None:
        passwords.add_password(None, address.url, address.user, address.password or "")
    opener = urllib.request.OpenerDirector()
    for handler in (
        _Handler(line, silent_s),
        _Digest(passwords),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener
