"""What every rail makes of a bank that fails: UNKNOWN, and it never raises."""

import json
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.payouts.rails import RAILS
from settlement.payouts.rails.http import BankHttp
from settlement.payouts.rails.rail import RailAdapter, RailAnswer
from settlement.payouts.states import RailOutcome
from tests.unit.settlement.rail_examples import (
    EXAMPLES,
    RECORDED_MINOR,
    recorded_number,
    recorded_request,
    settings_with,
)

DEAD = "http://127.0.0.1:9"
STATUSES = (
    *(200, 201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 402, 403, 404, 405, 408),
    *(409, 410, 418, 422, 425, 429, 451, 499, 500, 501, 502, 503, 504, 511, 599, 999),
)
RUBBISH = (b"", b"OK", b"<html>", b"\xff\xfe\x00", b"{}", b"[]", b"null", b'"', b"[" * 70_000)
FAULTS: dict[str, list[bytes]] = {
    "hangs up": [],
    "hangs up in the middle": [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"],
    "speaks no HTTP": [b"\x00\xff rubbish\r\n\r\n"],
    "has no status": [b"HTTP/1.1 abc OK\r\n\r\n"],
    "packs rubbish": [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab"],
    "cuts badly": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    "names two lengths": [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    "sends elsewhere": [b"HTTP/1.1 302 Found\r\nLocation: ://\r\nContent-Length: 0\r\n\r\n"],
    "has odd letters": [b"HTTP/1.1 200 OK\r\nContent-Type: a; charset=\xff\r\n\r\n\xff"],
    "never ends": [b"HTTP/1.1 200 OK\r\n\r\n", *[b" "] * 100],
    "is slow": [b"", *[b""] * 20, b"HTTP/1.1 200 OK\r\n\r\n"],
}
"""What the bank answers, piece by piece, with a pause after each."""

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)


@contextmanager
def bank_that_answers(pieces: Sequence[bytes]) -> Iterator[str]:
    """Yield the URL of a server that answers every request with these bytes."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.recv(65_536)
                for piece in pieces:
                    self.request.sendall(piece)
                    if len(pieces) > 1 and over.wait(0.02):
                        return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        over.set()
        server.shutdown()


@contextmanager
def connected(name: str, url: str) -> Iterator[RailAdapter]:
    """Yield a rail's adapter as the program makes it, with short times."""
    settings = settings_with(name, url, connect_timeout_s=0.5, read_timeout_s=0.1)
    setup = RAILS[name].set_up(settings)
    assert setup is not None
    adapter = setup.connect()
    yield adapter
    adapter.close()


def both(name: str, adapter: RailAdapter) -> list[RailAnswer]:
    """Return what the rail makes of an answer to a send and to a question."""
    number = recorded_number(name)
    return [
        adapter.send(number, recorded_request(name), RECORDED_MINOR),
        adapter.ask(number, RECORDED_MINOR),
    ]


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("name", sorted(RAILS))
def test_a_bank_that_fails_leaves_every_rail_in_doubt(name: str, fault: str) -> None:
    with bank_that_answers(FAULTS[fault]) as url, connected(name, url) as adapter:
        found = both(name, adapter)
    assert [one.outcome for one in found] == [RailOutcome.UNKNOWN] * 2


@pytest.mark.parametrize("name", sorted(RAILS))
def test_a_bank_that_is_not_there_leaves_every_rail_in_doubt(name: str) -> None:
    with connected(name, DEAD) as adapter:
        found = both(name, adapter)
    assert [one.outcome for one in found] == [RailOutcome.UNKNOWN] * 2


@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda body: repr(body[:9]))
@pytest.mark.parametrize("name", sorted(RAILS))
def test_rubbish_with_any_status_leaves_every_rail_in_doubt(name: str, rubbish: bytes) -> None:
    for status in STATUSES:
        by_itself = status in EXAMPLES[name].by_status
        for one in answered(name, status, rubbish):
            assert by_itself or one.outcome is RailOutcome.UNKNOWN, (status, one)
            assert one.outcome not in {RailOutcome.PAID, RailOutcome.ACCEPTED}, (status, one)


@pytest.mark.parametrize("name", sorted(RAILS))
@given(
    status=st.integers(100, 999),
    body=st.binary() | st.builds(json.dumps, anything).map(str.encode),
)
def test_every_rail_reads_any_bytes_without_raising(name: str, status: int, body: bytes) -> None:
    for one in answered(name, status, body):
        assert status in EXAMPLES[name].by_status or one.outcome is RailOutcome.UNKNOWN
        assert "\x00" not in one.evidence
        one.evidence.encode()


def answered(name: str, status: int, body: bytes) -> list[RailAnswer]:
    """Return what a rail makes of an answer that arrived whole."""
    read = patch.object(BankHttp, "exchange", lambda _, __, ___, read, **____: read(status, body))
    with read:
        return both(name, idle(name))


@cache
def idle(name: str) -> RailAdapter:
    """Return an adapter that is never connected; making one for each answer is slow."""
    setup = RAILS[name].set_up(settings_with(name, DEAD))
    assert setup is not None
    return setup.connect()
