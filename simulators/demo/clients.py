"""HTTP clients of the programs under demonstration: only what an outside program would use."""

import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any, Final

import httpx2

_TIMEOUT_S: Final = 15.0
_RETRY_FOR_S: Final = 60.0
_RETRY_AFTER_S: Final = 0.3
_PAGE: Final = 200
_AGAIN: Final = frozenset({429, 502, 503, 504})


class ApiError(RuntimeError):
    """A program refused a request; the message carries its reason."""


class Api:
    """JSON over HTTP; every request may be repeated, so it is, until the program answers."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self._client = httpx2.Client(base_url=base_url, timeout=_TIMEOUT_S, trust_env=False)
        self._pause = threading.Event()
        self.authorize(token)

    def authorize(self, token: str | None) -> None:
        if token is not None:
            self._client.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **params: str | int) -> Any:  # noqa: ANN401  JSON
        return self._send("GET", path, params=params).json()

    def text(self, path: str) -> str:
        return self._send("GET", path).text

    def post(self, path: str, body: object) -> Any:  # noqa: ANN401  JSON
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._send("POST", path, json=body, headers=headers).json()

    def patch(self, path: str, body: object, revision: int) -> Any:  # noqa: ANN401  JSON
        """Change what was last seen at `revision`."""
        headers = {"If-Match": f'"{revision}"', "Idempotency-Key": str(uuid.uuid4())}
        return self._send("PATCH", path, json=body, headers=headers).json()

    def put(self, path: str, body: object) -> Any:  # noqa: ANN401  JSON
        return self._send("PUT", path, json=body).json()

    def pages(self, path: str, **params: str | int) -> Iterator[dict[str, Any]]:
        """Yield every item of a list, newest first."""
        cursor: dict[str, str | int] = {}
        while True:
            page = self.get(path, limit=_PAGE, **params, **cursor)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def _send(self, method: str, path: str, **request: Any) -> httpx2.Response:  # noqa: ANN401
        give_up_s = time.monotonic() + _RETRY_FOR_S
        while True:
            last_try = time.monotonic() > give_up_s
            try:
                answer = self._client.request(method, path, **request)
            except httpx2.TransportError:
                if last_try:
                    raise
            else:
                if answer.is_success:
                    return answer
                if answer.status_code not in _AGAIN or last_try:
                    text = answer.text[:500]
                    raise ApiError(f"{method} {path}: {answer.status_code} {text}")
            self._pause.wait(_RETRY_AFTER_S)


class GatewayApi(Api):
    """The gateway as its administrator."""

    def sign_in(self, username: str, password: str) -> None:
        session = self.post("/api/v1/sessions", {"username": username, "password": password})
        self.authorize(session["token"])

    def tickets(self) -> Iterator[dict[str, Any]]:
        return self.pages("/api/v1/tickets")

    def latest_tickets(self) -> list[dict[str, Any]]:
        """Return the newest page of tickets."""
        page: dict[str, list[dict[str, Any]]] = self.get("/api/v1/tickets", limit=_PAGE)
        return page["items"]

    def stops(self) -> Iterator[dict[str, Any]]:
        return self.pages("/api/v1/stops")

    def alarms(self) -> Iterator[dict[str, Any]]:
        return self.pages("/api/v1/alarms")


class SettlementApi(Api):
    """The settlement as the gateway's neighbour sees it."""

    def deposit(self, contract_id: str, amount_minor: int, reference: str) -> None:
        body = {"contract_id": contract_id, "amount_minor": amount_minor, "reference": reference}
        self.post("/api/v1/deposits", body | {"new_contract": True})

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = self.get("/api/v1/books")
        return books


class BankApi(Api):
    """The sandbox bank's own side door."""

    def book(self) -> dict[str, Any]:
        book: dict[str, Any] = self.get("/book")
        return book

    def deposit(self, deposit_id: str, amount_minor: int, reference: str) -> None:
        self.post(
            "/deposits", {"id": deposit_id, "amount_minor": amount_minor, "reference": reference}
        )

    def set_faults(self, **faults: float | str) -> None:
        self.put("/faults", faults)


class PhoneApi(Api):
    """What arrived on the drivers' phones."""

    def messages(self) -> list[dict[str, Any]]:
        answer: dict[str, list[dict[str, Any]]] = self.get("/messages")
        return answer["items"]
