"""Exchanges with a bank over HTTP: limited in size and time, and they never raise."""

import time
from collections.abc import Callable, Mapping

import httpx2

from settlement.payouts.rails.answers import BYTES_MAX
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.states import RailOutcome


class BankHttp:
    """One bank over kept-alive connections; safe to use from several threads."""

    def __init__(self, *, connect_timeout_s: float, read_timeout_s: float) -> None:
        timeout = httpx2.Timeout(read_timeout_s, connect=connect_timeout_s)
        self._body_s = read_timeout_s
        self._client = httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def exchange(
        self,
        method: str,
        url: str,
        read: Callable[[int, bytes], RailAnswer],
        *,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> RailAnswer:
        """Return what `read` makes of (status, body); UNKNOWN if the network fails."""
        content = None if body is None else body.encode()
        request = self._client.build_request(method, url, content=content, headers=headers)
        try:
            response = self._client.send(request, stream=True)
            try:
                answer = _read_limited(response, time.monotonic() + self._body_s)
            finally:
                response.close()
        except httpx2.HTTPError as error:
            evidence = f"{type(error).__name__}: {error}"
            return RailAnswer(outcome=RailOutcome.UNKNOWN, evidence=evidence)
        return read(response.status_code, answer)

    def close(self) -> None:
        self._client.close()


def _read_limited(response: httpx2.Response, until_s: float) -> bytes:
    """Read a little more than allowed at most: that is enough to see that it is too long.

    The client's timeout is for each read; an answer that drips would never free its thread.
    """
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > BYTES_MAX:
            break
        if time.monotonic() > until_s:
            raise httpx2.ReadTimeout("the answer did not end in time")
    return bytes(body)
