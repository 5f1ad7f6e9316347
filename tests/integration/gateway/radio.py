"""A lane on the air: a plain paho client beside a FakeLane's journal. And a fake settlement."""

import json
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from paho.mqtt.enums import CallbackAPIVersion

from edge.messages import DOWNLINK, Command, Downlink, Receipt, Sealed, topic
from gateway.records.envelope import Envelope
from tests.integration.gateway.yard import FakeLane, record_in

WAIT_S = 15


class Radio:
    """Sends a lane's messages and collects what the gateway answers, verified with its key."""

    def __init__(self, lane: FakeLane, port: int, gateway_key: Ed25519PublicKey) -> None:
        self._lane = lane
        self._gateway_key = gateway_key
        self._heard: queue.Queue[Downlink] = queue.Queue()
        self._ready = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"edge-{lane.yard}-{lane.lane}"
        )
        self._client.username_pw_set(f"{lane.yard}/{lane.lane}", "secret")
        self._client.reconnect_delay_set(1, 1)
        self._client.on_socket_open = _no_delay
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._hear
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(WAIT_S)

    def send(self, envelope: Envelope) -> None:
        """Publish; what the broker drops, the test sends again, as a lane would."""
        name = topic(envelope.yard, envelope.lane, "event")
        self._client.publish(name, envelope.payload, qos=1)

    def say(self, name: str, payload: str, *, retain: bool = False) -> None:
        address = topic(self._lane.yard, self._lane.lane, name)  # type: ignore[arg-type]
        self._client.publish(address, payload, qos=1, retain=retain).wait_for_publish(WAIT_S)

    def hear(self, form: type[Any], timeout_s: float = WAIT_S) -> Any:
        """Return the next message of this form; others are passed over."""
        while True:
            heard = self._heard.get(timeout=timeout_s)
            if isinstance(heard, form):
                return heard

    def ask(self, envelope: Envelope) -> Command:
        """Send a record and return the decision, after its receipt."""
        self.send(envelope)
        self.hear(Receipt)
        command: Command = self.hear(Command)
        return command

    def send_until_receipted(self, envelope: Envelope) -> None:
        """Send again each second, as a lane does, until its receipt is there."""
        seq = record_in(envelope).seq
        for _ in range(2 * WAIT_S):
            self.send(envelope)
            with suppress(queue.Empty):
                while seq not in [entry[1] for entry in self.hear(Receipt, 1).entries]:
                    pass
                return
        raise AssertionError("no receipt")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client: paho.Client, *_: Any) -> None:
        lane = self._lane
        names = ("receipt", "command", "orders")
        client.subscribe([(topic(lane.yard, lane.lane, name), 1) for name in names])  # type: ignore[arg-type]

    def _hear(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        body = Sealed.model_validate_json(bytes(message.payload)).verify(self._gateway_key)
        self._heard.put(DOWNLINK.validate_json(body))


def _no_delay(_client: paho.Client, _userdata: Any, opened: Any) -> None:
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class FakeSettlement:
    """Answers PUT and GET as the test sets it, and keeps what it was sent and asked."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str, dict[str, Any]]] = []
        self.answer: Callable[[str], tuple[int, str]] = settled
        self.asked: list[str] = []
        self.known: Callable[[str], tuple[int, str]] = unknown
        self.arrived = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                token = self.headers["Authorization"]
                outer.received.append((self.path, token, json.loads(body)))
                self._answer(*outer.answer(self.path.rsplit("/", 1)[1]))
                outer.arrived.set()

            def do_GET(self) -> None:
                ticket_id = urlsplit(self.path).path.rsplit("/", 1)[1]
                outer.asked.append(ticket_id)
                self._answer(*outer.known(ticket_id))

            def _answer(self, status: int, text: str) -> None:
                self.send_response(status)
                kind = "application/problem+json" if text == UNKNOWN else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                return

        return Handler


UNKNOWN = '{"title": "not found"}'


def unknown(_ticket_id: str) -> tuple[int, str]:
    """Return the answer of a settlement that does not know the ticket."""
    return 404, UNKNOWN


def settled(
    ticket_id: str, revision: int = 1, state: str = "ready", reason: str | None = None
) -> tuple[int, str]:
    """Return the answer of a settlement that took the ticket."""
    line = {
        "code": "freight",
        "quantity_kg": "32980",
        "rate_per_tonne_minor": 4500,
        "amount_minor": 148410,
    }
    return 200, json.dumps(
        {
            "settlement_id": "00000000-0000-4000-8000-000000000001",
            "ticket_id": ticket_id,
            "order_no": "N1",
            "settled_at": "2025-10-09T08:53:20Z",
            "price": {
                "currency": "CNY",
                "lines": [line],
                "total_minor": 148410,
                "loss_kg": 20,
                "allowed_kg": "99",
            },
            "payout": {
                "payout_id": "00000000-0000-4000-8000-000000000002",
                "provider_no": "P1",
                "amount_minor": 148410,
                "state": state,
                "reason": reason,
            },
            "revision": revision,
        }
    )


@contextmanager
def fake_settlement() -> Iterator[FakeSettlement]:
    server = FakeSettlement()
    try:
        yield server
    finally:
        server.close()
