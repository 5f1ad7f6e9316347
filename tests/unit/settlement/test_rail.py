"""What an answer of the sandbox bank proves: the documented codes, and nothing else."""

import json
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.payouts.rails.sandbox.adapter import SandboxAdapter
from settlement.payouts.rails.sandbox.wire import read_answer
from settlement.payouts.states import RailOutcome

EXPECTED = ("P1", 500)


def body(**fields: object) -> bytes:
    return json.dumps({"id": "P1", "status": "paid"} | fields).encode()


@pytest.mark.parametrize(
    ("method", "status", "answer", "outcome"),
    [
        ("POST", 201, body(), RailOutcome.PAID),
        ("POST", 200, body(status="accepted"), RailOutcome.ACCEPTED),
        ("POST", 201, body(status="failed"), RailOutcome.FAILED),
        ("POST", 409, b"", RailOutcome.CONFLICT),
        ("POST", 404, b"", RailOutcome.UNKNOWN),
        ("POST", 202, body(), RailOutcome.UNKNOWN),
        ("POST", 400, b"", RailOutcome.UNKNOWN),
        ("POST", 500, body(), RailOutcome.UNKNOWN),
        ("GET", 200, body(amount_minor=500), RailOutcome.PAID),
        ("GET", 200, body(amount_minor=501), RailOutcome.CONFLICT),
        ("GET", 201, body(), RailOutcome.UNKNOWN),
        ("GET", 404, b"", RailOutcome.NOT_FOUND),
        ("GET", 409, b"", RailOutcome.UNKNOWN),
        ("GET", 302, b"", RailOutcome.UNKNOWN),
        ("GET", 200, body(id="P2"), RailOutcome.UNKNOWN),
        ("GET", 200, body(status="settled"), RailOutcome.UNKNOWN),
        ("GET", 200, body(status=["paid"]), RailOutcome.UNKNOWN),
        ("GET", 200, b"<html>", RailOutcome.UNKNOWN),
        ("GET", 200, b"[]", RailOutcome.UNKNOWN),
        ("GET", 200, b"[" * 60_000, RailOutcome.UNKNOWN),
        ("GET", 200, body() + b" " * 70_000, RailOutcome.UNKNOWN),
    ],
)
def test_only_documented_answers_prove_something(
    method: str, status: int, answer: bytes, outcome: RailOutcome
) -> None:
    assert read_answer(method, status, answer, EXPECTED).outcome is outcome


@given(st.sampled_from(["POST", "GET"]), st.integers(100, 599), st.binary())
def test_rubbish_never_ends_a_payout(method: str, status: int, answer: bytes) -> None:
    found = read_answer(method, status, answer, EXPECTED)
    assert found.outcome not in {RailOutcome.PAID, RailOutcome.FAILED, RailOutcome.ACCEPTED}


def test_what_is_kept_of_an_answer_can_be_stored_as_text() -> None:
    strange = body(status="failed", reason="a\x00b\ud800" + "x" * 100)
    found = read_answer("GET", 200, strange, EXPECTED)
    assert found.reason is not None
    assert found.reason.startswith("a\ufffdb?x")
    assert len(found.reason) == 64
    assert "\x00" not in read_answer("GET", 500, b"\x00", EXPECTED).evidence


def test_a_bank_that_answers_by_drops_does_not_hold_a_thread() -> None:
    class Dripping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not over.wait(0.02):
                    self.wfile.write(b" ")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    over = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Dripping) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        rail = SandboxAdapter(url, connect_timeout_s=0.1, read_timeout_s=0.1)
        begun_s = time.monotonic()
        answer = rail.ask("P1", 500)
        waited_s = time.monotonic() - begun_s
        over.set()
        rail.close()
        server.shutdown()
    assert (answer.outcome, waited_s < 1) == (RailOutcome.UNKNOWN, True)
