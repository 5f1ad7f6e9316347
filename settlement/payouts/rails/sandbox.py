"""The sandbox bank: HTTP, described in the project's design under "contracts between programs".

    POST {base}/transfers       Idempotency-Key: <id>   → 200|201 {"id", "status", "reason"?}
                                                        → 409 same id, other content
    GET  {base}/transfers/{id}                          → 200 the same object, 404

`status` is accepted, paid or failed; a paid transfer that turns failed was sent back by the
payee's bank. Whatever is not listed here is UNKNOWN: it proves nothing and the bank is asked.
"""

import json
import time
from typing import Any, Final

import httpx2

from settlement.payouts.rails import RailAnswer
from settlement.payouts.states import RailOutcome

RAIL: Final = "sandbox"

_ANSWER_BYTES_MAX: Final = 65_536
_EVIDENCE_CHARACTERS_MAX: Final = 2_000
_REASON_CHARACTERS_MAX: Final = 64

_STATUSES: Final = {
    "accepted": RailOutcome.ACCEPTED,
    "paid": RailOutcome.PAID,
    "failed": RailOutcome.FAILED,
}


class SandboxRail:
    """Speaks to one bank over kept-alive connections; safe to use from several threads."""

    def __init__(self, base_url: str, *, connect_timeout_s: float, read_timeout_s: float) -> None:
        timeout = httpx2.Timeout(read_timeout_s, connect=connect_timeout_s)
        self._body_s = read_timeout_s
        self._transfers = f"{base_url.rstrip('/')}/transfers"
        self._client = httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def send(self, number: str, request_body: str, amount_minor: int) -> RailAnswer:
        headers = {"Content-Type": "application/json", "Idempotency-Key": number}
        request = self._client.build_request(
            "POST", self._transfers, content=request_body.encode(), headers=headers
        )
        return self._exchange(request, number, amount_minor)

    def ask(self, number: str, amount_minor: int) -> RailAnswer:
        request = self._client.build_request("GET", f"{self._transfers}/{number}")
        return self._exchange(request, number, amount_minor)

    def close(self) -> None:
        self._client.close()

    def _exchange(self, request: httpx2.Request, number: str, amount_minor: int) -> RailAnswer:
        try:
            response = self._client.send(request, stream=True)
            try:
                body = _read_limited(response, time.monotonic() + self._body_s)
            finally:
                response.close()
        except httpx2.HTTPError as error:
            return RailAnswer(
                outcome=RailOutcome.UNKNOWN, evidence=f"{type(error).__name__}: {error}"
            )
        return read_answer(request.method, response.status_code, body, (number, amount_minor))


def _read_limited(response: httpx2.Response, until_s: float) -> bytes:
    """Read at most one byte more than allowed: a longer answer is not one of the documented.

    The client's timeout is for each read; an answer that drips would hold its thread for ever.
    """
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > _ANSWER_BYTES_MAX:
            break
        if time.monotonic() > until_s:
            raise httpx2.ReadTimeout("the answer did not end in time")
    return bytes(body)


def read_answer(method: str, status: int, body: bytes, expected: tuple[str, int]) -> RailAnswer:
    """Return what an HTTP answer about (number, amount) proves."""
    evidence = _storable(f"{status} {body.decode(errors='replace')}")[:_EVIDENCE_CHARACTERS_MAX]
    if status == 409 and method == "POST":
        return RailAnswer(outcome=RailOutcome.CONFLICT, evidence=evidence)
    if status == 404 and method == "GET":
        return RailAnswer(outcome=RailOutcome.NOT_FOUND, evidence=evidence)
    documented = {"POST": (200, 201), "GET": (200,)}[method]
    transfer = _object(body) if status in documented else None
    if transfer is None:
        return RailAnswer(outcome=RailOutcome.UNKNOWN, evidence=evidence)
    return _read_transfer(transfer, evidence, expected)


def _read_transfer(
    transfer: dict[str, Any], evidence: str, expected: tuple[str, int]
) -> RailAnswer:
    """Believe only an object about our number; another amount under it is a contradiction."""
    number, amount_minor = expected
    if transfer.get("id") != number:
        return RailAnswer(outcome=RailOutcome.UNKNOWN, evidence=evidence)
    if transfer.get("amount_minor", amount_minor) != amount_minor:
        return RailAnswer(outcome=RailOutcome.CONFLICT, evidence=evidence)
    status, reason = transfer.get("status"), transfer.get("reason")
    known = _STATUSES.get(status) if isinstance(status, str) else None
    return RailAnswer(
        outcome=known or RailOutcome.UNKNOWN,
        reason=_storable(reason)[:_REASON_CHARACTERS_MAX] if isinstance(reason, str) else None,
        evidence=evidence,
    )


def _storable(text: str) -> str:
    """Replace what a database cannot hold as text: lone surrogates and NUL."""
    return text.encode(errors="replace").decode().replace("\x00", "\ufffd")


def _object(body: bytes) -> dict[str, Any] | None:
    if len(body) > _ANSWER_BYTES_MAX:
        return None
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None
