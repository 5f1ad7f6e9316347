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
from typing import Literal, NamedTuple


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


class Order(NamedTuple):
    number: str
    account: str
    amount_minor: int


About = Literal["taken", "known", "differs", "unknown"]
"""A new number; a known one; a known one with other content; one that was never taken."""


@dataclass
class Transfer:
    order: Order
    body: bytes
    status: str
    reason: str | None


@dataclass
class FakeBank:
    """Speaks as the sandbox bank; another bank overrides `order`, `number_asked` and `reply`."""

    first_status: str = "paid"
    faults: Faults = field(default_factory=Faults)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    movements: list[tuple[str, int]] = field(default_factory=list)
    """(account, fen) for every time money left."""
    sends: list[bytes] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    """Accounts that are refused, with the reason."""
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, body: bytes) -> Order:
        """Read a request, as the bank's documents describe it."""
        request = json.loads(body)
        return Order(request["id"], request["payee"]["account"], request["amount_minor"])

    def number_asked(self, path: str) -> str:
        """Return the number that a question is about."""
        return path.rpartition("/")[2]

    def reply(self, about: About, transfer: Transfer | None = None) -> tuple[int, bytes]:
        """Return status and body of a documented answer."""
        status = {"taken": 201, "known": 200, "differs": 409, "unknown": 404}[about]
        if transfer is None:
            return status, b'{"error":"no such transfer"}'
        shown = {"id": transfer.order.number, "status": transfer.status}
        if transfer.reason is not None:
            shown |= {"reason": transfer.reason}
        return status, json.dumps(shown).encode()

    def take(self, body: bytes) -> tuple[int, bytes]:
        """Answer a request; a repeat moves nothing."""
        with self.lock:
            order = self.order(body)
            known = self.transfers.get(order.number)
            if known is not None:
                return self.reply("known", known) if known.body == body else self.reply("differs")
            reason = self.refuse.get(order.account)
            status = self.first_status if reason is None else "failed"
            transfer = Transfer(order, body, status, reason)
            self.transfers[order.number] = transfer
            if status == "paid":
                self._move(order)
            return self.reply("taken", transfer)

    def decide(self, number: str, status: str, reason: str | None = None) -> None:
        """Move a transfer on, as a bank does later by itself."""
        with self.lock:
            transfer = self.transfers[number]
            if status == "paid" and transfer.status != "paid":
                self._move(transfer.order)
            transfer.status, transfer.reason = status, reason

    def _move(self, order: Order) -> None:
        self.movements.append((order.account, order.amount_minor))


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
            self._answer(status, b'{"error":"down"}')
            return
        status_taken, answer = bank.take(body)
        if bank.faults.hang_up_after_moving(ordinal):
            self.close_connection = True
            return
        self._answer(bank.faults.after_moving(ordinal) or status_taken, answer)

    def do_GET(self) -> None:
        bank = self.bank
        number = bank.number_asked(self.path)
        with bank.lock:
            bank.asks.append(number)
            ordinal = len(bank.asks)
            transfer = bank.transfers.get(number)
        if transfer is None or bank.faults.not_found_yet(ordinal):
            self._answer(*bank.reply("unknown"))
        else:
            self._answer(*bank.reply("known", transfer))

    def do_PUT(self) -> None:
        self.do_POST()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay quiet."""


@contextmanager
def running_bank(kind: type[FakeBank] = FakeBank) -> Iterator[FakeBank]:
    """Yield a bank that listens on a free loopback port."""
    bank = kind()
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
