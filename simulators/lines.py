"""The cables of the simulated yard: a pseudo-terminal or a TCP port that carries raw bytes.

A line never waits for its reader: like a serial port, it drops what nobody takes. The third kind of
line, which is told its settings by the lane box, is in `simulators.rfc2217`.
"""

import array
import asyncio
import errno
import fcntl
import os
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
"""The rate of a pseudo-terminal that no opener has set: nobody uses it."""

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
        self._link = link
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
        """Make the port appear; FileExistsError if its name is that of something else."""
        if self._link.exists() and not self._link.is_symlink():
            raise FileExistsError(f"{self._link} is there and is no link")
        # The slave stays open here: without an opener the master would report a hang-up.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        attributes = termios.tcgetattr(self._slave)
        attributes[tty.ISPEED] = attributes[tty.OSPEED] = _NOT_SET
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)
        os.set_blocking(self._master, False)
        self._link.unlink(missing_ok=True)
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
        self._link.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)
        self._master = None

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
    """A serial device server: a TCP port that gives its bytes to whoever is connected."""

    def __init__(self, port: int, receive: Receive = ignore) -> None:
        self._port = port
        self._receive = receive
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.WriteTransport] = set()

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
        """Return `sent`: whoever set up the device server set it as the device is."""
        return sent

    async def plug_in(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self._clients, self._receive), "127.0.0.1", self._port
        )
        self._port = self._server.sockets[0].getsockname()[1]

    def send(self, data: bytes) -> None:
        for client in self._clients:
            if client.get_write_buffer_size() <= UNREAD_MAX:
                client.write(data)

    def unplug(self) -> None:
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for client in self._clients:
            client.abort()


class _Connection(asyncio.Protocol):
    def __init__(self, clients: set[asyncio.WriteTransport], receive: Receive) -> None:
        self._clients = clients
        self._receive = receive
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._clients.add(transport)

    def data_received(self, data: bytes) -> None:
        self._receive(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._transport is not None:
            self._clients.discard(self._transport)
