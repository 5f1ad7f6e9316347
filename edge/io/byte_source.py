"""Bytes from a port, without end: the only pyserial in the lane box; sockets do without it.

A lost port is opened again with a growing pause. A device that should send all the time and
sends no good frame is treated as lost too: a socket whose other end died looks healthy. Opening it
once more may help a port that woke up with a wrong setting; after that it would only hide what
comes, or restart what hangs on it, so it is done ever more seldom.
"""

import termios
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Annotated, Final, Literal, Protocol, Self
from urllib.parse import parse_qsl, urlsplit

import serial  # type: ignore[import-untyped]  # ships no types; Port says what is used
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.io.clock import monotonic_ms
from edge.io.retry_thread import RetryThread
from edge.io.tcp_port import READ_S, WRITE_S, TcpPort
from edge.lane.signals import PortChanged

log = structlog.get_logger()

READ_BYTES_MAX: Final = 4_096
PATIENCE_FACTOR: Final = 6
PATIENCE_MS_MAX: Final = 600_000
NO_FRAME: Final = (
    "bytes, but no frame: wrong line settings, or another protocol?"
    " `taigan-edge doctor` says what they look like"
)

SILENCE_MS_MAX: Final = 60_000
"""The longest that a silent device is listened to before its port is opened anew."""

ModemLine = Literal["dtr", "rts"]
MODEM_LINES: Final[tuple[ModemLine, ...]] = ("dtr", "rts")


class BadSource(ValueError):
    """A `source` that names no port."""


class LineRefused(OSError):
    """The port exists, and cannot be set like this."""


class LineSettings(BaseModel):
    """The query of a `serial://` or `rfc2217://` source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    baudrate: Annotated[int, Field(ge=50, le=4_000_000)] = 9600
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O", "M", "S"] = "N"
    stopbits: Literal[1, 2] = 1

    def __str__(self) -> str:
        """Return the short form, such as `9600 8N1`."""
        return f"{self.baudrate} {self.bytesize}{self.parity}{self.stopbits}"


class _Levels(BaseModel):
    """DTR and RTS in the same query: 0 holds a line low."""

    dtr: Literal[0, 1] = 1
    rts: Literal[0, 1] = 1


@dataclass(frozen=True, slots=True)
class PortAddress:
    """A serial device with its line, or the URL of a port in the network."""

    url: str
    line: LineSettings
    held_low: frozenset[ModemLine] = frozenset()
    """Lines that stay low while the port is open: they restart some indicators, and turn the
    direction of some converters."""


@dataclass(frozen=True, slots=True)
class Polling:
    """When the box asks a device, and when a silent device is lost."""

    request: bytes = b""
    """What the box sends; empty for a device that sends by itself."""
    poll_ms: int = 100
    silence_ms: int | None = None
    """Without a good frame for this time the device is lost; None if it may be silent."""


class Port(Protocol):
    """The part of pyserial that is used here. Its errors are OSErrors."""

    @property
    def in_waiting(self) -> int: ...
    def read(self, size: int) -> bytes: ...
    def write(self, data: bytes) -> int | None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def parse_source(source: str) -> PortAddress:
    """Read a path, `serial:///dev/…?baudrate=…`, `socket://…` or `rfc2217://…?baudrate=…`.

    `dtr=0` and `rts=0` beside the settings of the line hold these lines low.
    """
    if "://" not in source:
        return PortAddress(source, LineSettings())
    parts = urlsplit(source)
    if parts.scheme == "socket":
        _host_and_port(source)
        if parts.query:
            raise BadSource(f"source {source!r}: the device server sets its line, not the box")
        return PortAddress(source, LineSettings())
    if parts.scheme == "rfc2217":
        _host_and_port(source)
        return _with_line(source, f"rfc2217://{parts.netloc}", parts.query)
    if parts.scheme != "serial" or not parts.path:
        schemes = "serial:///dev/…, socket://, rfc2217:// or mqtt://"
        raise BadSource(f"source {source!r}: expected a path, {schemes}")
    return _with_line(source, parts.path, parts.query)


def _with_line(source: str, url: str, text: str) -> PortAddress:
    try:
        query: dict[str, object] = {
            name: int(value) if value.isdigit() else value
            for name, value in parse_qsl(text, strict_parsing=bool(text))
        }
        levels = _Levels.model_validate(
            {name: query.pop(name) for name in MODEM_LINES if name in query}
        )
        line = LineSettings.model_validate(query)
    except ValidationError as error:
        first = error.errors()[0]
        name, reason = ".".join(map(str, first["loc"])), first["msg"]
        raise BadSource(f"source {source!r}: {name}: {reason}") from error
    except ValueError as error:
        raise BadSource(f"source {source!r}: {error}") from error
    return PortAddress(
        url, line, frozenset(name for name in MODEM_LINES if not getattr(levels, name))
    )


def open_port(address: PortAddress) -> Port:
    """Open a port for this process alone; OSError or ValueError if it cannot be opened."""
    if address.url.startswith("socket://"):
        return TcpPort(*_host_and_port(address.url))
    try:
        return _open_serial(address)
    except termios.error as error:  # neither of the two, and what pyserial lets through here
        raise LineRefused(f"{address.url}: cannot be set to {address.line}") from error


def _open_serial(address: PortAddress) -> Port:
    line = address.line
    port = serial.serial_for_url(
        address.url,
        do_not_open=True,
        baudrate=line.baudrate,
        bytesize=line.bytesize,
        parity=line.parity,
        stopbits=line.stopbits,
        timeout=READ_S,
        # pyserial's RFC 2217 port refuses to be opened with a limit on writing.
        write_timeout=None if address.url.startswith("rfc2217://") else WRITE_S,
        exclusive=True,
    )
    for name in address.held_low:  # before it is opened, so that it never raises them
        setattr(port, name, False)
    port.open()
    opened: Port = port
    return opened


def _host_and_port(source: str) -> tuple[str, int]:
    parts = urlsplit(source)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadSource(f"source {source!r}: {error}") from error
    if not host or not port:
        raise BadSource(f"source {source!r}: expected {parts.scheme}://host:port")
    return host, port


class ByteSource:
    """One port and the thread that reads it."""

    def __init__(
        self,
        name: str,
        address: PortAddress,
        *,
        feed: Callable[[bytes, int], bool],
        changed: Callable[[PortChanged], None],
        polling: Polling,
    ) -> None:
        """`feed` takes bytes with their time and tells whether they completed a good frame."""
        self._name = name
        self._address = address
        self._feed = feed
        self._changed = changed
        self._polling = polling
        self._told: tuple[bool, str] | None = None
        self._patience_ms = polling.silence_ms or 0
        """How long bytes may come without a frame before the port is opened again."""
        self._silence_ms = polling.silence_ms or 0
        """How long nothing may come before it is."""
        self._thread = RetryThread(f"port-{name}", self._attempt)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the port politely: some device servers keep a lost connection for minutes."""
        self._thread.stop()

    def _attempt(self) -> None:
        self._tell(is_open=False, detail=self._serve_once())

    def _serve_once(self) -> str:
        """Read until the port is lost; return why."""
        try:
            with open_port(self._address) as port:
                self._tell(is_open=True, detail="")
                return self._read(port)
        except (OSError, ValueError) as error:  # pyserial raises both, for the same causes
            return str(error)

    def _read(self, port: Port) -> str:
        good_ms = monotonic_ms()
        asked_ms = good_ms - self._polling.poll_ms
        heard_ms: int | None = None
        while not self._thread.stopping:
            asked_ms = self._ask(port, asked_ms)
            data = read_piece(port)
            now_ms = monotonic_ms()
            heard_ms = now_ms if data else heard_ms
            if data and self._feed(data, now_ms):
                good_ms, heard_ms = now_ms, None
                self._good_frame()
            lost = self._lost(now_ms - good_ms, None if heard_ms is None else now_ms - heard_ms)
            if lost is not None:
                return lost
        return "stopped"

    def _good_frame(self) -> None:
        self._thread.succeeded()
        self._patience_ms = self._silence_ms = self._polling.silence_ms or 0
        if self._told == (True, NO_FRAME):
            self._tell(is_open=True, detail="")

    def _lost(self, since_good_ms: int, since_heard_ms: int | None) -> str | None:
        """Return why the port is to be opened again; `since_heard_ms` is of bytes that do not fit.

        Whoever stopped sending even those is lost as any other.
        """
        limit_ms = self._polling.silence_ms
        if limit_ms is None or since_good_ms <= limit_ms:
            return None
        if since_heard_ms is None or since_heard_ms > limit_ms:
            return self._silent(since_good_ms)
        if since_good_ms <= self._patience_ms:
            if self._told != (True, NO_FRAME):
                self._tell(is_open=True, detail=NO_FRAME)
            return None
        self._patience_ms = min(self._patience_ms * PATIENCE_FACTOR, PATIENCE_MS_MAX)
        return NO_FRAME

    def _silent(self, since_good_ms: int) -> str | None:
        if since_good_ms <= self._silence_ms:
            return None
        self._silence_ms = min(2 * self._silence_ms, SILENCE_MS_MAX)
        return "no bytes"

    def _ask(self, port: Port, asked_ms: int) -> int:
        """Send the request when it is due; return when it was sent last."""
        now_ms = monotonic_ms()
        if not self._polling.request or now_ms - asked_ms < self._polling.poll_ms:
            return asked_ms
        port.write(self._polling.request)
        return now_ms

    def _tell(self, *, is_open: bool, detail: str) -> None:
        if (is_open, detail) != self._told:
            self._told = is_open, detail
            log.info("port", device=self._name, is_open=is_open, detail=detail)
        self._changed(PortChanged(self._name, is_open, detail, monotonic_ms()))


def read_piece(port: Port) -> bytes:
    """Return what is there, as soon as there is something; nothing after a pause."""
    data = port.read(1)
    with suppress(OSError):  # the bytes before it still count; the next read fails as well
        while data and len(data) < READ_BYTES_MAX and (waiting := port.in_waiting):
            data += port.read(min(waiting, READ_BYTES_MAX))
    return data
