"""A link to a server that can go dead while both ends think that it is open."""

import socket
import threading
from contextlib import suppress
from typing import Self

_POLL_S = 0.05


class Pipe:
    """Passes bytes both ways. While `dead`, it takes connections and bytes and passes nothing on.

    Half-open links are the normal failure of radio bridges, and a frozen server looks the same.
    """

    def __init__(self, port: int) -> None:
        self.dead = threading.Event()
        self._ended = threading.Event()
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._listening.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        self._listening.settimeout(_POLL_S)
        while not self._ended.is_set():
            try:
                near, _ = self._listening.accept()
            except (TimeoutError, OSError):
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._port))
            except OSError:  # the server is not there now
                near.close()
                continue
            for source, sink in ((near, far), (far, near)):
                thread = threading.Thread(target=self._pass, args=(source, sink))
                self._threads.append(thread)
                thread.start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        source.settimeout(_POLL_S)
        while not self._ended.is_set():
            if self.dead.is_set():
                self._ended.wait(_POLL_S)
                continue
            try:
                data = source.recv(65_536)
                if not data:
                    break
                sink.sendall(data)
            except TimeoutError:
                continue
            except OSError:
                break
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        source.close()
