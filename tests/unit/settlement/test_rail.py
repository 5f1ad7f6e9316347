"""What an answer of the sandbox bank proves: the documented codes, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.payouts.rails.sandbox import read_answer
from settlement.payouts.states import Outcome

EXPECTED = ("P1", 500)


def body(**fields: object) -> bytes:
    return json.dumps({"id": "P1", "status": "paid"} | fields).encode()


@pytest.mark.parametrize(
    ("method", "status", "answer", "outcome"),
    [
        ("POST", 201, body(), Outcome.PAID),
        ("POST", 200, body(status="accepted"), Outcome.ACCEPTED),
        ("POST", 201, body(status="failed"), Outcome.FAILED),
        ("POST", 409, b"", Outcome.CONFLICT),
        ("POST", 404, b"", Outcome.UNKNOWN),
        ("POST", 202, body(), Outcome.UNKNOWN),
        ("POST", 400, b"", Outcome.UNKNOWN),
        ("POST", 500, body(), Outcome.UNKNOWN),
        ("GET", 200, body(amount_minor=500), Outcome.PAID),
        ("GET", 200, body(amount_minor=501), Outcome.CONFLICT),
        ("GET", 201, body(), Outcome.UNKNOWN),
        ("GET", 404, b"", Outcome.NOT_FOUND),
        ("GET", 409, b"", Outcome.UNKNOWN),
        ("GET", 302, b"", Outcome.UNKNOWN),
        ("GET", 200, body(id="P2"), Outcome.UNKNOWN),
        ("GET", 200, body(status="settled"), Outcome.UNKNOWN),
        ("GET", 200, body(status=["paid"]), Outcome.UNKNOWN),
        ("GET", 200, b"<html>", Outcome.UNKNOWN),
        ("GET", 200, b"[]", Outcome.UNKNOWN),
        ("GET", 200, b"[" * 60_000, Outcome.UNKNOWN),
        ("GET", 200, body() + b" " * 70_000, Outcome.UNKNOWN),
    ],
)
def test_only_documented_answers_prove_something(
    method: str, status: int, answer: bytes, outcome: Outcome
) -> None:
    assert read_answer(method, status, answer, EXPECTED).outcome is outcome


@given(st.sampled_from(["POST", "GET"]), st.integers(100, 599), st.binary())
def test_rubbish_never_ends_a_payout(method: str, status: int, answer: bytes) -> None:
    found = read_answer(method, status, answer, EXPECTED)
    assert found.outcome not in {Outcome.PAID, Outcome.FAILED, Outcome.ACCEPTED}


def test_what_is_kept_of_an_answer_can_be_stored_as_text() -> None:
    strange = body(status="failed", reason="a\x00b\ud800" + "x" * 100)
    found = read_answer("GET", 200, strange, EXPECTED)
    assert found.reason is not None
    assert found.reason.startswith("a\ufffdb?x")
    assert len(found.reason) == 64
    assert "\x00" not in read_answer("GET", 500, b"\x00", EXPECTED).evidence
