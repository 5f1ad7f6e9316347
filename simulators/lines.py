"""The cables of the simulated yard: a pseudo-terminal or a TCP port that carries raw bytes.

A line never waits for its reader: like a serial port, it drops what is not read. The third kind of
line, which is told its settings by the lane box, is in `simulators.rfc2217`.
"""

import array
import asyncio
import errno
import fcntl
import os
import socket
import termios
import tty
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from simulators.uart import UartSettings

UNREAD_MAX: Final = 1024
"""Bytes that may wait for a reader; more is old news and is dropped as a whole."""

_RATES: Final = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name[0] == "B" and name[1:].isdigit()
}
_NOT_SET: Final = termios.B134
"""The rate of a pseudo-terminal that no opener has set: no device uses it."""
_TERMINALS: Final = "/dev/pts/"

Receive = Callable[[bytes], None]


def ignore(data: bytes) -> None:
    """Take bytes that the device has no use for."""
    del data


class Line(Protocol):
    """One cable to the lane box."""

    @property
    def source(self) -> str:
        """A device path or a URL, without line settings."""

    def source_for(self, sent: UartSettings) -> str:
        """Return what the lane box's settings name for a device with the settings `sent`."""

    def heard(self, sent: UartSettings) -> UartSettings:
        """Return what the port is set to that hears a device with the settings `sent`.

        What a kind of line cannot know is taken to be right.
        """

    async def plug_in(self) -> None: ...
    def send(self, data: bytes) -> None: ...
    def unplug(self) -> None: ...


class PtyLine:
    """A pseudo-terminal behind a stable name, so that it can be unplugged and plugged in again.

    Of its opener's settings it knows the rate only: Linux lets no pseudo-terminal have seven bits
    or parity (`pty_set_termios`), and the C library calls it an error to ask for nothing else.
    """

    def __init__(self, link: Path, receive: Receive = ignore) -> None:
        self._link = link.absolute()
        self._receive = receive
        self._master: int | None = None
        self._slave = -1

    @property
    def source(self) -> str:
        return str(self._link)

    def source_for(self, sent: UartSettings) -> str:
        """Return the path, with the rate where it is not the usual one."""
        usual = sent.baud == UartSettings().baud
        return self.source if usual else f"serial://{self._link}?baudrate={sent.baud}"

    def heard(self, sent: UartSettings) -> UartSettings:
        """Return the settings with the opener's rate, once it has set one."""
        if self._master is None:
            return sent
        speed = termios.tcgetattr(self._slave)[tty.OSPEED]
        known = speed != _NOT_SET and speed in _RATES
        return replace(sent, baud=_RATES[speed]) if known else sent

    async def plug_in(self) -> None:
        """Make the port appear; OSError if its name is that of something else, or cannot be."""
        if self._master is not None:
            return
        self._make_room()
        # The slave stays open here: without an opener the master would report a hang-up.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        attributes = termios.tcgetattr(self._slave)
        attributes[tty.ISPEED] = attributes[tty.OSPEED] = _NOT_SET
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)
        os.set_blocking(self._master, False)
        self._link.symlink_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._readable)

    def send(self, data: bytes) -> None:
        if self._master is None:
            return
        if self._unread() > UNREAD_MAX:
            termios.tcflush(self._slave, termios.TCIFLUSH)
        try:
            os.write(self._master, data)
        except BlockingIOError:
            termios.tcflush(self._slave, termios.TCIFLUSH)

    def unplug(self) -> None:
        if self._master is None:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        if self._points_to() == os.ttyname(self._slave):  # another program may have taken it
            self._link.unlink()
        os.close(self._master)
        os.close(self._slave)
        self._master = None

    def _make_room(self) -> None:
        """Remove what a program that was killed left behind, and nothing else."""
        if not self._link.parent.is_dir():
            raise FileNotFoundError(f"{self._link}: there is no directory {self._link.parent}")
        if self._points_to().startswith(_TERMINALS):
            self._link.unlink()
        elif os.path.lexists(self._link):
            raise FileExistsError(f"{self._link} is there and is no simulated port")

    def _points_to(self) -> str:
        return str(self._link.readlink()) if self._link.is_symlink() else ""

    def _unread(self) -> int:
        pending = array.array("i", [0])
        fcntl.ioctl(self._slave, termios.FIONREAD, pending)
        return pending[0]

    def _readable(self) -> None:
        assert self._master is not None
        try:
            data = os.read(self._master, 4096)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EIO):
                raise
            return
        self._receive(data)


class TcpLine:
    """A serial device server: a TCP port that gives its bytes to every client."""

    def __init__(self, port: int, receive: Receive = ignore) -> None:
        self._port = port
        self._receive = receive
        self._listening: socket.socket | None = None
        self._clients: set[Connection] = set()
        self._coming: set[asyncio.Task[object]] = set()

    @property
    def source(self) -> str:
        return f"socket://127.0.0.1:{self._port}"

    @property
    def has_reader(self) -> bool:
        return bool(self._clients)

    def source_for(self, sent: UartSettings) -> str:
        """Return the URL: the settings are the device server's own."""
        del sent
        return self.source

    def heard(self, sent: UartSettings) -> UartSettings:
        """Return `sent`: the device server is set up as the device is."""
        return sent

    async def plug_in(self) -> None:
        """Listen, on the same port as before; OSError if it is taken."""
        if self._listening is not None:
            return
        # asyncio's own server never closes a client that comes as the server closes.
        self._listening = socket.create_server(("127.0.0.1", self._port))
        self._listening.settimeout(0)
        self._port = self._listening.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._listening, self._accept, self._listening)

    def send(self, data: bytes) -> None:
        for client in self._clients:
            client.send(data)

    def unplug(self) -> None:
        if self._listening is None:
            return
        asyncio.get_running_loop().remove_reader(self._listening)
        self._listening.close()
        self._listening = None
        for client in self._clients:
            client.hang_up()

    def took(self, client: "Connection") -> bool:
        """Serve a new client; False if it came while the plug was being pulled."""
        if self._listening is not None:
            self._clients.add(client)
        return client in self._clients

    def lost(self, client: "Connection") -> None:
        """Forget a client that is gone."""
        self._clients.discard(client)

    def _connection(self) -> "Connection":
        return Connection(self, self._receive)

    def _accept(self, listening: socket.socket) -> None:
        try:
            client, _ = listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # it hung up before we came
        client.settimeout(0)
        loop = asyncio.get_running_loop()
        coming = loop.create_task(loop.connect_accepted_socket(self._connection, client))
        self._coming.add(coming)
        coming.add_done_callback(self._coming.discard)


class Connection(asyncio.Protocol):
    """One client of a TCP port."""

    def __init__(self, line: TcpLine, receive: Receive) -> None:
        self._line = line
        self._receive = receive
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        if not self._line.took(self):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._receive(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._line.lost(self)

    def send(self, data: bytes) -> None:
        """Send what came from the device; drop it if the client is not listening."""
        assert self._transport is not None
        if self._transport.get_write_buffer_size() <= UNREAD_MAX:
            self.write(data)

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self._transport is not None
        self._transport.write(data)

    def hang_up(self) -> None:
        assert self._transport is not None
        self._transport.abort()
