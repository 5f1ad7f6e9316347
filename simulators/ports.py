"""Loopback ports that are kept from when they are chosen until they are no longer needed.

A port that is only free when it is chosen can be taken before its program listens on it, by a
second demo for instance. Here a bound socket that never listens holds it. Linux refuses a second
holder, but lets a server, which binds with SO_REUSEADDR, listen there, and again after a restart.
"""

import os
import secrets
import socket
import sys
import weakref
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_PORTS: Final = range(12_000, 32_000)
"""Below the ports that Linux gives to connections."""
_LISTEN: Final = "0A"
"""State of a listening socket in /proc/net/tcp."""


class PortTaken(Exception):
    """Another program has this port."""


class HeldPort:
    """A loopback port that is held as long as this object lives."""

    def __init__(self, number: int) -> None:
        """Raise PortTaken if any program has the port or holds it."""
        holding = socket.socket()
        try:
            # Without SO_REUSEADDR yet, which would share a port that is only held.
            holding.bind((LOOPBACK, number))
        except OSError as error:
            holding.close()
            raise PortTaken(f"port {number} is taken") from error
        self.number = number
        if sys.platform == "linux":
            holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            weakref.finalize(self, os.close, holding.detach())
        else:
            holding.close()  # elsewhere no server could listen on it


def hold_any_port() -> HeldPort:
    """Hold a port that is free."""
    while True:
        try:
            return HeldPort(_PORTS.start + secrets.randbelow(len(_PORTS)))
        except PortTaken:
            continue


def listens(pid: int, port: int) -> bool:
    """Return whether a process listens on a port; only Linux can tell, elsewhere it is believed."""
    if sys.platform != "linux":
        return True
    try:
        table = Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii")
        listening = {f"socket:[{inode}]" for inode in _inodes(table, port)}
        opened = {_target(one) for one in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return False  # it has ended
    return bool(listening & opened)


def _inodes(table: str, port: int) -> list[str]:
    """Return the listening sockets of a port in the kernel's table of IPv4 sockets."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return [row[9] for row in rows if row[3] == _LISTEN and row[1].endswith(f":{port:04X}")]


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""  # closed while we looked
