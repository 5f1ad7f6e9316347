"""Plate cameras: one that pushes its events, and one that is asked for them with a password.

They say what real cameras say, with the product's own encoders, and do what real ones do wrong.
Their clock is the wall clock: an event of another time would rightly be dropped.
"""

import hashlib
import http.client
import queue
import secrets
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Final
from urllib.parse import urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from edge.devices.cameras import PATHS, TIME_PATHS, dahua, hikvision
from edge.devices.cameras.plate import PlateSeen, Snapshot
from simulators.ports import LOOPBACK, HeldPort, hold_any_port

CHINA: Final = timezone(timedelta(hours=8))
JPEG: Final = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwc"
    "KDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QA"
    "tRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0"
    "NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2"
    "t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APvz/9k="
)
"""One grey pixel."""

_TIMEOUT_S: Final = 5.0
_HEARTBEAT_S: Final = 1.0
_CONFIDENCE: Final = 97
_LOOK_ALIKE: Final = {"0": "8", "8": "0", "1": "7", "7": "1", "2": "3", "3": "2"}


@dataclass(slots=True)
class CameraFaults:
    """What a camera does wrong, each with its probability from 0 to 1."""

    retransmits: float = 0.0
    """Sends the event again and says so."""
    repeats: float = 0.0
    """Sends the event before this one again, as if it were new."""
    unread: float = 0.0
    misread: float = 0.0
    """One digit is taken for another."""
    cut: float = 0.0
    """What it sends ends too early."""


class Eye:
    """Turns trucks into events, faults among them."""

    def __init__(self, rng: Random, *, pictures: int = 1) -> None:
        self.faults = CameraFaults()
        self.clock_off = timedelta()
        """How far its clock is ahead."""
        self._rng = rng
        self._pictures = pictures
        self._last: PlateSeen | None = None

    def now(self) -> datetime:
        """Return the time on its clock."""
        return datetime.fromtimestamp(time.time(), UTC) + self.clock_off

    def events(self, plate: str) -> list[PlateSeen]:
        """Return what is sent for a truck with this plate, in order."""
        seen = PlateSeen(
            text=self._read(plate),
            at=self.now(),
            confidence=_CONFIDENCE,
            uuid=f"{self._rng.getrandbits(96):024x}",
            direction="approach",
            pictures=tuple(self._picture(number) for number in range(self._pictures)),
        )
        sent = []
        if self._last is not None and self._happens(self.faults.repeats):
            sent.append(self._last)
        sent.append(seen)
        if self._happens(self.faults.retransmits):
            sent.append(replace(seen, retransmitted=True))
        self._last = seen
        return sent

    def cut(self, data: bytes) -> bytes:
        """Return the bytes as far as they are sent."""
        return data[: len(data) * 2 // 3] if self._happens(self.faults.cut) else data

    def _read(self, plate: str) -> str | None:
        if self._happens(self.faults.unread):
            return None
        if not self._happens(self.faults.misread):
            return plate
        for place in reversed(range(len(plate))):
            if plate[place] in _LOOK_ALIKE:
                return plate[:place] + _LOOK_ALIKE[plate[place]] + plate[place + 1 :]
        return plate

    def _picture(self, number: int) -> Snapshot:
        """Return a picture of its own: what stands behind the end of a JPEG is not shown."""
        name = ("licensePlatePicture.jpg", "vehiclePicture.jpg")[number % 2]
        return Snapshot(name, JPEG + self._rng.randbytes(8))

    def _happens(self, probability: float) -> bool:
        return self._rng.random() < probability


@dataclass(frozen=True, slots=True)
class PushAddress:
    """Where a lane box listens for one camera."""

    name: str
    port: HeldPort
    secret: str

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port.number}/{self.name}/{self.secret}"

    @property
    def settings(self) -> dict[str, str]:
        """The lane box's settings for this camera."""
        listen = f"{LOOPBACK}:{self.port.number}"
        known = {"name": self.name, "protocol": "hikvision-push", "listen": listen}
        return {**known, "secret": self.secret}


def push_address(name: str) -> PushAddress:
    """Hold a free port, and choose a secret."""
    return PushAddress(name, hold_any_port(), secrets.token_hex(16))


class PushCamera:
    """A Hikvision camera that posts every event to `url`; what cannot be sent is lost."""

    def __init__(self, url: str, rng: Random, password: tuple[str, str] | None = None) -> None:
        self.url = url
        self.eye = Eye(rng, pictures=2)
        self._headers = {"Content-Type": f"multipart/form-data; boundary={hikvision.BOUNDARY}"}
        if password is not None:
            basic = b64encode(":".join(password).encode()).decode()
            self._headers["Authorization"] = f"Basic {basic}"

    def see(self, plate: str) -> list[int]:
        """Send the events of a truck; return the answers' statuses, none if no program listens."""
        try:
            return [self._post(seen) for seen in self.eye.events(plate)]
        except OSError:
            return []

    def _post(self, seen: PlateSeen) -> int:
        body = self.eye.cut(hikvision.encode_push(seen, _local(seen)))
        parts = urlsplit(self.url)
        line = http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)
        try:
            line.request("POST", parts.path, body, self._headers)
            return line.getresponse().status
        finally:
            line.close()


class StreamCamera:
    """A camera that is asked: an HTTP server with digest authentication and endless answers."""

    def __init__(self, protocol: str, rng: Random, password: tuple[str, str]) -> None:
        self.eye = Eye(rng)
        self.asked_times = 0
        self.protocol = protocol
        self._listeners: set[queue.Queue[bytes | None]] = set()
        self._changed = threading.Condition()
        self.guard = Guard(password)
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def source(self) -> str:
        """The camera's address as the lane's settings name it."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def stop(self) -> None:
        self.hang_up()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_until_asked(self, times: int = 1, timeout_s: float = 10.0) -> bool:
        """Wait until somebody listens, for the so many-th time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.asked_times >= times and bool(self._listeners), timeout_s
            )

    def shown_time(self) -> bytes:
        """Return its answer to who asks for the time."""
        return TIMES[self.protocol](self.eye.now().astimezone(CHINA))

    def see(self, plate: str) -> None:
        """Send the events of a truck to every listener."""
        for seen in self.eye.events(plate):
            self.say(self.eye.cut(ENCODERS[self.protocol](seen, _local(seen))))

    def say(self, data: bytes) -> None:
        """Send any bytes."""
        with self._changed:
            for listener in self._listeners:
                listener.put(data)

    def hang_up(self) -> None:
        """End every answer, as a camera that restarts does."""
        with self._changed:
            for listener in self._listeners:
                listener.put(None)

    def listen(self, path: str) -> "queue.Queue[bytes | None] | None":
        """Begin an answer; None if the camera knows no such path."""
        if path != PATHS[self.protocol]:
            return None
        listener: queue.Queue[bytes | None] = queue.Queue()
        with self._changed:
            self._listeners.add(listener)
            self.asked_times += 1
            self._changed.notify_all()
        return listener

    def forget(self, listener: "queue.Queue[bytes | None]") -> None:
        with self._changed:
            self._listeners.discard(listener)


ENCODERS: Final[dict[str, Callable[[PlateSeen, datetime], bytes]]] = {
    "hikvision-stream": hikvision.encode_parts,
    "dahua-snap": dahua.encode_snap,
    "dahua-events": dahua.encode_event,
}


TIMES: Final[dict[str, Callable[[datetime], bytes]]] = {
    "hikvision-stream": hikvision.encode_time,
    "dahua-snap": dahua.encode_time,
    "dahua-events": dahua.encode_time,
}


class Guard:
    """Digest authentication with qop=auth (RFC 7616), as cameras have it."""

    realm: Final = "camera"
    nonce: Final = "6b2f8d1c9e4a7035"

    def __init__(self, password: tuple[str, str]) -> None:
        self._user, self._password = password
        self.challenges: tuple[str, ...] = (self.challenge("MD5"),)
        """What is offered to who has not logged in, one header each."""
        self.shown: list[str] = []
        """The `Authorization` of every request."""

    @classmethod
    def challenge(cls, algorithm: str) -> str:
        return f'Digest realm="{cls.realm}", nonce="{cls.nonce}", qop="auth", algorithm={algorithm}'

    def lets_in(self, method: str, path: str, authorization: str) -> bool:
        self.shown.append(authorization)
        scheme, _, fields = authorization.partition(" ")
        said = parse_keqv_list(parse_http_list(fields)) if scheme == "Digest" else {}
        if said.get("nonce") != self.nonce or said.get("uri") != path:
            return False
        digest = _HASHES[said.get("algorithm", "MD5")]
        secret = digest(f"{self._user}:{self.realm}:{self._password}")
        middle = ":".join(said.get(name, "") for name in ("nonce", "nc", "cnonce", "qop"))
        expected = digest(f"{secret}:{middle}:{digest(f'{method}:{path}')}")
        return said.get("username") == self._user and said.get("response") == expected


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, camera: StreamCamera) -> None:
        self.camera = camera
        super().__init__((LOOPBACK, 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        camera = self.server.camera
        if not camera.guard.lets_in("GET", self.path, self.headers.get("Authorization", "")):
            self.send_response(401)
            for challenge in camera.guard.challenges:
                self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == TIME_PATHS[camera.protocol]:
            self._tell(camera.shown_time())
            return
        listener = camera.listen(self.path)
        if listener is None:
            self.send_error(404)
            return
        self.send_response(200)
        content_type = f"multipart/x-mixed-replace; boundary={dahua.BOUNDARY}"
        if self.path == hikvision.STREAM_PATH:
            content_type = f"multipart/mixed; boundary={hikvision.BOUNDARY}"
        self.send_header("Content-Type", content_type)
        self.end_headers()
        try:
            self._serve(listener)
        except OSError:
            self.close_connection = True  # the listener hung up, which is its right
        finally:
            camera.forget(listener)

    def _serve(self, listener: "queue.Queue[bytes | None]") -> None:
        boundary = hikvision.BOUNDARY if self.path == hikvision.STREAM_PATH else dahua.BOUNDARY
        while True:
            try:
                data = listener.get(timeout=_HEARTBEAT_S)
            except queue.Empty:
                data = dahua.heartbeat(boundary)
            if data is None:
                return
            self.wfile.write(data)

    def _tell(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own
        """Say nothing: a simulator's console is for people."""


def _local(seen: PlateSeen) -> datetime:
    if seen.at is None:
        raise ValueError("a camera always knows what it takes for the time")
    return seen.at.astimezone(CHINA)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the scheme is defined with it


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_HASHES: Final = {"MD5": _md5, "SHA-256": _sha256}
