"""A small real bank over HTTP: idempotent by number, with faults that a test switches on.

It keeps its own book of every movement of money, so that a test can ask the only question that
counts: was anybody paid twice?
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Faults:
    """What goes wrong, decided for each request by its ordinal (from 1) and its number."""

    before_moving: Callable[[int], int | None] = lambda _: None
    """Return a status to answer without doing anything."""
    after_moving: Callable[[int], int | None] = lambda _: None
    """Return a status to answer although the transfer was taken."""
    hang_up_after_moving: Callable[[int], bool] = lambda _: False
    not_found_yet: Callable[[int], bool] = lambda _: False
    """Whether the n-th question is answered 404 although the transfer is known."""
    delay_s: float = 0.0


@dataclass
class FakeBank:
    first_status: str = "paid"
    faults: Faults = field(default_factory=Faults)
    transfers: dict[str, dict[str, Any]] = field(default_factory=dict)
    movements: list[tuple[str, int]] = field(default_factory=list)
    """(account, fen) for every time money left."""
    sends: list[bytes] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    """Accounts that are refused, with the reason."""
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: bytes) -> tuple[int, dict[str, Any]]:
        with self.lock:
            request = json.loads(body)
            known = self.transfers.get(request["id"])
            if known is not None:
                same = known["request"] == request
                return (200, _public(known)) if same else (409, {"error": "other content"})
            reason = self.refuse.get(request["payee"]["account"])
            status = self.first_status if reason is None else "failed"
            transfer = {"request": request, "status": status, "reason": reason}
            self.transfers[request["id"]] = transfer
            if status == "paid":
                self._move(request)
            return 201, _public(transfer)

    def decide(self, number: str, status: str, reason: str | None = None) -> None:
        """Move a transfer on, as a bank does later by itself."""
        with self.lock:
            transfer = self.transfers[number]
            if status == "paid" and transfer["status"] != "paid":
                self._move(transfer["request"])
            transfer |= {"status": status, "reason": reason}

    def _move(self, request: dict[str, Any]) -> None:
        self.movements.append((request["payee"]["account"], request["amount_minor"]))


def _public(transfer: dict[str, Any]) -> dict[str, Any]:
    shown = {"id": transfer["request"]["id"], "status": transfer["status"]}
    return shown if transfer["reason"] is None else shown | {"reason": transfer["reason"]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bank: FakeBank

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        bank = self.bank
        with bank.lock:
            bank.sends.append(body)
            ordinal = len(bank.sends)
        time_out = threading.Event()
        time_out.wait(bank.faults.delay_s)
        if status := bank.faults.before_moving(ordinal):
            self._answer(status, {"error": "down"})
            return
        status_taken, answer = bank.take(body)
        if bank.faults.hang_up_after_moving(ordinal):
            self.close_connection = True
            return
        self._answer(bank.faults.after_moving(ordinal) or status_taken, answer)

    def do_GET(self) -> None:
        number = self.path.rpartition("/")[2]
        bank = self.bank
        with bank.lock:
            bank.asks.append(number)
            ordinal = len(bank.asks)
            transfer = bank.transfers.get(number)
        if transfer is None or bank.faults.not_found_yet(ordinal):
            self._answer(404, {"error": "not found"})
        else:
            self._answer(200, _public(transfer))

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay quiet."""


@contextmanager
def running_bank(**settings: Any) -> Iterator[FakeBank]:
    """Yield a bank that listens on a free loopback port."""
    bank = FakeBank(**settings)
    handler = type("Handler", (_Handler,), {"bank": bank})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    bank.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield bank
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def eventually(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait until something holds; fail loudly when it does not in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not hold within {within_s} s")
        threading.Event().wait(0.005)
