"""A serial device server that is told its line settings by its client (RFC 2217).

pyserial speaks the protocol. What the client asks for is what the server's port is set to, be it
right or wrong: a wrong rate or parity delivers what `simulators.uart` says.
"""

import asyncio
from typing import Literal, cast
from urllib.parse import urlencode

from serial.rfc2217 import PortManager  # type: ignore[import-untyped]  # it ships without types

from simulators.lines import Connection, Receive, TcpLine, ignore
from simulators.uart import Parity, UartSettings


class Rfc2217Line(TcpLine):
    """A TCP port with settings that the client may change."""

    def __init__(self, port: int, receive: Receive = ignore) -> None:
        super().__init__(port, receive)
        self._asked = _AskedSettings()

    @property
    def source(self) -> str:
        return f"rfc2217://127.0.0.1:{self._port}"

    def source_for(self, sent: UartSettings) -> str:
        """Return the URL, with the settings where they are not the usual ones."""
        if sent == UartSettings():
            return self.source
        query = {
            "baudrate": sent.baud,
            "bytesize": sent.bits,
            "parity": sent.parity,
            "stopbits": sent.stops,
        }
        return f"{self.source}?{urlencode(query)}"

    @property
    def modem_lines(self) -> list[tuple[str, bool]]:
        """Return each level that clients asked for DTR and RTS, in order."""
        return self._asked.levels

    def heard(self, sent: UartSettings) -> UartSettings:
        """Return what a client asked for last; the device's own before anybody did."""
        return self._asked.settings() if self._asked.times else sent

    def _connection(self) -> Connection:
        return _Client(self, self._receive, self._asked)


class _AskedSettings:
    """Takes the place of the serial port behind a device server: it only remembers.

    A ValueError is answered with the settings as they were.
    """

    cts = dsr = cd = True
    ri = False

    def __init__(self) -> None:
        self.times = 0
        self.parity: Parity = "N"
        self.levels: list[tuple[str, bool]] = []
        self.xonxoff = self.rtscts = self.break_condition = False
        self._baudrate = 9600
        self._bytesize: Literal[7, 8] = 8
        self._stopbits: Literal[1, 2] = 1

    def settings(self) -> UartSettings:
        return UartSettings(self._baudrate, self._bytesize, self.parity, self._stopbits)

    @property
    def dtr(self) -> bool:
        return self._level("dtr")

    @dtr.setter
    def dtr(self, level: bool) -> None:
        self.levels.append(("dtr", level))

    @property
    def rts(self) -> bool:
        return self._level("rts")

    @rts.setter
    def rts(self, level: bool) -> None:
        self.levels.append(("rts", level))

    def _level(self, name: str) -> bool:
        return next((level for asked, level in reversed(self.levels) if asked == name), False)

    @property
    def baudrate(self) -> int:
        return self._baudrate

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        self._baudrate = value
        self.times += 1

    @property
    def bytesize(self) -> int:
        return self._bytesize

    @bytesize.setter
    def bytesize(self, value: int) -> None:
        if value not in {7, 8}:
            raise ValueError(f"this port has no {value} data bits")
        self._bytesize = cast("Literal[7, 8]", value)

    @property
    def stopbits(self) -> float:
        return self._stopbits

    @stopbits.setter
    def stopbits(self, value: float) -> None:
        if value not in {1, 2}:
            raise ValueError(f"this port has no {value} stop bits")
        self._stopbits = cast("Literal[1, 2]", value)

    def reset_input_buffer(self) -> None:
        """Forget what came in: nothing waits here."""

    def reset_output_buffer(self) -> None:
        """Forget what was to go out: nothing waits here."""


class _Client(Connection):
    """One connection; what goes through it obeys the Telnet rules."""

    def __init__(self, line: TcpLine, receive: Receive, asked: _AskedSettings) -> None:
        super().__init__(line, receive)
        self._asked = asked
        self._telnet: PortManager = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._telnet = PortManager(self._asked, self)  # it greets the client by `write`

    def data_received(self, data: bytes) -> None:
        if plain := b"".join(self._telnet.filter(data)):
            super().data_received(plain)

    def send(self, data: bytes) -> None:
        super().send(b"".join(self._telnet.escape(data)))
