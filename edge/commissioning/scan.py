"""`taigan-edge scan`: finds baud rate, parity and protocol of the device on a port."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Final

import typer

from edge.commissioning.findings import result_json, result_lines
from edge.commissioning.port_trouble import port_address, why_lost
from edge.commissioning.search import BAUDS, OpenedPort, OpenLine, Search, SearchResult
from edge.devices.likeness import Codec
from edge.devices.readers import READERS
from edge.devices.rows import ProtocolRow
from edge.devices.scales import SCALES
from edge.devices.scan import trials
from edge.io.byte_source import (
    LineSettings,
    Port,
    PortAddress,
    open_port,
    read_piece,
)
from edge.io.clock import monotonic_ms
from edge.terminal import put
from taigan.terminal import fail, say

TABLES: Final[Mapping[str, Mapping[str, ProtocolRow[Codec]]]] = {"scale": SCALES, "reader": READERS}
OTHER: Final = {"scale": "reader", "reader": "scale"}

AMBIGUOUS: Final = 1


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What to look for, and how."""

    kind: str = "scale"
    """`scale` or `reader`."""
    seconds: float = 3.0
    bauds: tuple[int, ...] = ()
    """All usual ones if empty."""
    may_ask: bool = True
    as_json: bool = False


class HeardPort:
    """An open port, listened to for a while."""

    def __init__(self, port: Port) -> None:
        self._port = port

    def ask(self, request: bytes) -> None:
        self._port.write(request)

    def hear(self, seconds: float) -> bytes:
        """Return what comes within this time; OSError if the port is lost."""
        end_ms = monotonic_ms() + round(seconds * 1000)
        data = b""
        while monotonic_ms() < end_ms:
            data += read_piece(self._port)
        return data


def scan_port(port: str, wish: ScanOptions) -> int:
    """Scan a port and print what was found; return the exit code."""
    address = port_address(port)
    can_be_set = not address.url.startswith("socket://")
    search = Search(
        trials(TABLES[wish.kind]),
        opener(address),
        say,
        seconds=wish.seconds,
        bauds=(wish.bauds or BAUDS) if can_be_set else None,
    )
    try:
        strangers = trials(TABLES[OTHER[wish.kind]])
        result = search.run(may_ask=wish.may_ask, strangers=strangers)
    except (OSError, ValueError) as error:  # pyserial raises both, for the same causes
        fail(why_lost(address.url, error))
    _show(result, port, wish)
    return 0 if result.identified.kind == "found" else AMBIGUOUS


def opener(address: PortAddress) -> OpenLine:
    """Return what opens a port under another line setting."""

    @contextmanager
    def channel(line: LineSettings | None) -> Iterator[OpenedPort]:
        with open_port(address if line is None else replace(address, line=line)) as port:
            yield HeardPort(port)

    def open_line(line: LineSettings | None) -> AbstractContextManager[OpenedPort]:
        return channel(line)

    return open_line


def _show(result: SearchResult, port: str, wish: ScanOptions) -> None:
    section = "scale" if wish.kind == "scale" else "readers"
    if wish.as_json:
        put(result_json(result, port, section))
        return
    for line in result_lines(result, port, section):
        typer.echo(line)
