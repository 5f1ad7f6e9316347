"""The whole program over real HTTP: its server, a bank, a gateway and a phone provider."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import uvicorn
from standardwebhooks import Webhook

from settlement.app import create_app
from settlement.config import GuardSettings, Settings
from settlement.messages import TicketToSettle
from settlement.migrations import upgrade
from settlement.services import Services, open_services
from tests.fakes_bank import FakeBank, running_bank
from tests.people import agree_on
from tests.unit.settlement.tickets import PRIVATE_KEYS, b64

TOKEN = "t" * 32
BANK_SECRET = "whsec_" + "YmFuay1iYW5rLWJhbmstYmFuaw=="
GATEWAY_SECRET = "whsec_" + "Z2F0ZS1nYXRlLWdhdGUtZ2F0ZQ=="


@dataclass
class Receiver:
    """Takes POSTs and keeps them; refuses while `down`."""

    down: bool = False
    taken: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 503 if self.receiver.down else 204
        if not self.receiver.down:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.receiver.taken.append((headers | {"raw": body.decode()}, json.loads(body)))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay quiet."""


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": receiver})
    )
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Program:
    client: httpx2.Client
    bank: FakeBank
    gateway: Receiver
    phone: Receiver
    services: Services

    def put(self, one: TicketToSettle) -> httpx2.Response:
        """Send a ticket whose payee and contract two people have entered before."""
        self.services.run(lambda tx: agree_on(tx, one))
        return self.put_unknown(one)

    def put_unknown(self, one: TicketToSettle) -> httpx2.Response:
        path = f"/api/v1/settlements/{one.ticket_id}"
        return self.client.put(path, content=one.model_dump_json())

    def payout(self, one: TicketToSettle) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/v1/settlements/{one.ticket_id}").json()
        return dict(found["payout"])

    def deposit(self, amount_minor: int, key: str = "k1") -> httpx2.Response:
        body = {"contract_id": "C1", "amount_minor": amount_minor, "new_contract": True}
        return self.client.post("/api/v1/deposits", json=body, headers={"Idempotency-Key": key})

    def books(self) -> dict[str, Any]:
        return dict(self.client.get("/api/v1/books").json())

    def call_back(self, number: str, event_id: str = "evt-1", **changes: str) -> httpx2.Response:
        body = json.dumps({"type": "transfer.updated", "data": {"id": number, "status": "paid"}})
        now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - signs for the real clock
        headers = {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(BANK_SECRET).sign(event_id, now, body),
        }
        return self.client.post(
            "/api/v1/callbacks/bank", content=body, headers=headers | dict(changes)
        )


def settings(database_url: str, bank: str, gateway: str, phone: str) -> Settings:
    return Settings.model_validate(
        {
            "database": {"url": database_url},
            "api": {"token": TOKEN},
            "bank": {
                "base_url": bank,
                "callback_secret": BANK_SECRET,
                "connect_timeout_s": 0.5,
                "read_timeout_s": 0.5,
                "lease_s": 2.0,
                "quarantine_s": 0.4,
                "idempotency_window_s": 60,
            },
            "gateway": {"callback_url": f"{gateway}/callback", "webhook_secret": GATEWAY_SECRET},
            "sms": {"url": phone, "token": "sms-token", "language": "en"},
            "approvals": {"cooling_off_s": 0},
            "guard": {"lane_keys": {lane: b64(key) for lane, key in PRIVATE_KEYS.items()}},
        }
    )


@contextmanager
def running_program(database_url: str, guard: Mapping[str, Any] | None = None) -> Iterator[Program]:
    """Yield the program; `guard` replaces that section of its settings."""
    with ExitStack() as stack:
        bank = stack.enter_context(running_bank())
        gateway = stack.enter_context(running_receiver())
        phone = stack.enter_context(running_receiver())
        known = settings(database_url, bank.url, gateway.url, phone.url)
        if guard is not None:
            known = known.model_copy(update={"guard": GuardSettings.model_validate(guard)})
        services = open_services(known)
        upgrade(services.database)
        url = stack.enter_context(_serving(services))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        client = stack.enter_context(httpx2.Client(base_url=url, headers=headers, timeout=10))
        yield Program(client, bank, gateway, phone, services)


@contextmanager
def _serving(services: Services) -> Iterator[str]:
    config = uvicorn.Config(
        create_app(services), port=0, log_config=None, timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        threading.Event().wait(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
