"""A broker that lets everyone in and answers subscriptions as it is told, or not at all.

Speaks as much MQTT 3.1.1 as that takes: CONNACK, SUBACK, PINGRESP (sections 3.2, 3.9, 3.13).
"""

import socket
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress

REFUSED = 0x80


class StubbornBroker:
    """Answers the subscriptions of the n-th connection with the n-th codes; None: never.

    Further connections get the last answer.
    """

    def __init__(self, answers: Iterable[Sequence[int] | None]) -> None:
        self._answers = list(answers)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                answer = self._answers[min(self.connections, len(self._answers) - 1)]
                self.connections += 1
                threading.Thread(target=_serve, args=(client, answer), daemon=True).start()


def _serve(client: socket.socket, answer: Sequence[int] | None) -> None:
    with client, suppress(OSError):
        while head := client.recv(1):
            body = _exactly(client, _exactly(client, 1)[0])  # every packet here is short
            match head[0] >> 4:
                case 1:
                    client.sendall(b"\x20\x02\x00\x00")
                case 8 if answer is not None:
                    codes = bytes(answer)
                    client.sendall(bytes([0x90, 2 + len(codes)]) + body[:2] + codes)
                case 12:
                    client.sendall(b"\xd0\x00")
                case _:
                    pass


def _exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        if not piece:
            raise OSError("hung up")
        data += piece
    return data
