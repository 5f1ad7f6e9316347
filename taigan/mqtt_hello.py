"""One handshake with a broker, to learn whether it can be reached and lets this lane in.

Spoken by hand, so that every step that can fail has its own error; the MQTT client of the running
box tries again silently. It connects under a name of its own: two clients of one name throw each
other out. Nothing is published or subscribed to, and there is no last will. Source: MQTT 3.1.1,
section 3.1.
"""

import socket
import ssl
import struct
from typing import Final

from taigan.broker import BrokerSettings, TlsSettings

WAIT_S: Final = 5.0
KEEPALIVE_S: Final = 10

REFUSALS: Final = {
    1: "it does not speak MQTT 3.1.1",
    2: "it does not like the client's name",
    3: "it is not available",
    4: "bad user name or password",
    5: "not authorised",
}


class BrokerRefused(Exception):
    """The broker was reached and said no."""


def say_hello(settings: BrokerSettings, client: str) -> str:
    """Connect, log in and leave; return what protects the way.

    OSError if the broker cannot be reached, ssl.SSLError if TLS fails, BrokerRefused if it says no.
    """
    with socket.create_connection((settings.host, settings.port), timeout=WAIT_S) as plain:
        if settings.tls is None:
            _log_in(plain, settings, client)
            return "no TLS"
        with _context(settings.tls).wrap_socket(plain, server_hostname=settings.host) as secure:
            _log_in(secure, settings, client)
            return str(secure.version())


def _context(tls: TlsSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(tls.ca))
    if tls.cert is not None:
        context.load_cert_chain(tls.cert, tls.key)
    return context


def _log_in(connection: socket.socket, settings: BrokerSettings, client: str) -> None:
    connection.sendall(connect_packet(settings, client))
    answer = _exactly(connection, 4)
    if answer[:2] != b"\x20\x02":
        raise BrokerRefused("it answers with something else than MQTT")
    if answer[3]:
        raise BrokerRefused(REFUSALS.get(answer[3], f"code {answer[3]}"))
    connection.sendall(b"\xe0\x00")


def connect_packet(settings: BrokerSettings, client: str) -> bytes:
    """Return the CONNECT packet: a clean session, user and password where they are set."""
    flags = 0x02
    fields = [client]
    if settings.username is not None:
        flags |= 0x80
        fields.append(settings.username)
    if settings.password is not None:
        flags |= 0x40
        fields.append(settings.password.get_secret_value())
    head = b"\x00\x04MQTT\x04" + struct.pack(">BH", flags, KEEPALIVE_S)
    body = head + b"".join(_field(field.encode()) for field in fields)
    return b"\x10" + _length(len(body)) + body


def _field(text: bytes) -> bytes:
    return struct.pack(">H", len(text)) + text


def _length(count: int) -> bytes:
    low, high = count % 128, count // 128
    return bytes([low | 0x80]) + _length(high) if high else bytes([low])


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise BrokerRefused("it hung up")
        data += piece
    return data
