"""A serial device server's TCP port. pyserial's own never notices a dead connection."""

import array
import fcntl
import select
import socket
import termios
from types import TracebackType
from typing import Final, Self

CONNECT_S: Final = 5.0
READ_S: Final = 0.2
WRITE_S: Final = 2.0

_DEAD_AFTER_MS: Final = 14_000
_OPTIONS: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 3),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_AFTER_MS),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)
"""A card reader may be silent for hours: only the kernel can find out that its server is gone.
Keepalive does so while nothing is under way, the user timeout while something is."""


class TcpPort:
    """One connection, with the part of pyserial's interface that is used here."""

    def __init__(self, host: str, port: int) -> None:
        """Connect; OSError if that cannot be done."""
        self._socket = socket.create_connection((host, port), timeout=CONNECT_S)
        for level, option, value in _OPTIONS:
            self._socket.setsockopt(level, option, value)
        self._socket.settimeout(WRITE_S)

    @property
    def in_waiting(self) -> int:
        """Return how many bytes can be read without waiting."""
        waiting = array.array("i", [0])
        fcntl.ioctl(self._socket, termios.FIONREAD, waiting)
        return waiting[0]

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none after READ_S; OSError once the other end hung up."""
        if not select.select([self._socket], [], [], READ_S)[0]:
            return b""
        data = self._socket.recv(size)
        if not data:
            raise ConnectionError("the device server hung up")
        return data

    def write(self, data: bytes) -> int:
        """Send all of it; OSError if that takes longer than WRITE_S."""
        self._socket.sendall(data)
        return len(data)

    def fileno(self) -> int:
        return self._socket.fileno()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
