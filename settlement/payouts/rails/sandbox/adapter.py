"""Sends to the sandbox bank and asks it, over HTTP."""

from settlement.payouts.rails.http import BankHttp
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.rails.sandbox.wire import read_answer


class SandboxAdapter:
    """Speaks to one sandbox bank; safe to use from several threads."""

    def __init__(self, base_url: str, *, connect_timeout_s: float, read_timeout_s: float) -> None:
        self._transfers = f"{base_url.rstrip('/')}/transfers"
        self._http = BankHttp(connect_timeout_s=connect_timeout_s, read_timeout_s=read_timeout_s)

    def send(self, number: str, request_body: str, amount_minor: int) -> RailAnswer:
        return self._http.exchange(
            "POST",
            self._transfers,
            lambda status, body: read_answer("POST", status, body, (number, amount_minor)),
            body=request_body,
            headers={"Content-Type": "application/json", "Idempotency-Key": number},
        )

    def ask(self, number: str, amount_minor: int) -> RailAnswer:
        return self._http.exchange(
            "GET",
            f"{self._transfers}/{number}",
            lambda status, body: read_answer("GET", status, body, (number, amount_minor)),
        )

    def close(self) -> None:
        self._http.close()
