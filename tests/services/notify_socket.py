"""The end of sd_notify that systemd holds: a datagram socket that hears what a program tells."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WAIT_S = 60.0


class NotifySocket:
    """What a program told; nothing is lost while nobody listens, up to the kernel's queue."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def heard(self, within_s: float = WAIT_S) -> str | None:
        """Return the next word, None if none comes."""
        self._socket.settimeout(within_s)
        try:
            return self._socket.recv(1000).decode()
        except (TimeoutError, BlockingIOError):
            return None

    def forget(self) -> None:
        """Throw away what was told until now."""
        while self.heard(0) is not None:
            pass

    def close(self) -> None:
        self._socket.close()


@contextmanager
def notify_socket() -> Iterator[NotifySocket]:
    """Be the service manager of this program, and of those that it starts."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as environment:
        path = Path(folder) / "notify"
        made = NotifySocket(path)
        environment.setenv("NOTIFY_SOCKET", str(path))
        yield made
        made.close()
