"""The two ways out: a signed webhook to the gateway and an HTTP phone provider.

webhook  POST <callback_url>   Standard Webhooks headers, body SettlementUpdated
sms      POST <url>/messages   {"id", "to", "text"}, Bearer token; the id lets it drop repeats
"""

from datetime import UTC, datetime
from typing import Final, Protocol

import httpx2
from standardwebhooks import Webhook

from settlement.notices.service import Notice

_TIMEOUT: Final = httpx2.Timeout(5, connect=2)


class NoticeSender(Protocol):
    def send(self, notice: Notice, now_ms: int) -> str | None:
        """Deliver once; return None, or why it did not arrive. Never raises for the network."""

    def close(self) -> None:
        """Close the connections."""


class WebhookSender:
    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._signer = Webhook(secret)
        self._client = _client()

    def send(self, notice: Notice, now_ms: int) -> str | None:
        at = datetime.fromtimestamp(now_ms // 1000, UTC)
        message_id = f"msg_{notice.id.hex}"
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._signer.sign(message_id, at, notice.body),
        }
        return _post(self._client, self._url, notice.body.encode(), headers)

    def close(self) -> None:
        self._client.close()


class SmsSender:
    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url.rstrip('/')}/messages"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._client = _client()

    def send(self, notice: Notice, now_ms: int) -> str | None:
        del now_ms
        message = {"id": str(notice.id), "to": notice.recipient, "text": notice.body}
        request = httpx2.Request("POST", self._url, json=message)
        headers = {**self._headers, "Content-Type": "application/json"}
        return _post(self._client, self._url, request.content, headers)

    def close(self) -> None:
        self._client.close()


def _client() -> httpx2.Client:
    return httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)


def _post(client: httpx2.Client, url: str, body: bytes, headers: dict[str, str]) -> str | None:
    try:
        response = client.post(url, content=body, headers=headers)
    except httpx2.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return None if response.is_success else f"HTTP {response.status_code}"
