"""The way out: an HTTP POST, signed by the Standard Webhooks scheme."""

from datetime import UTC, datetime
from typing import Final

import httpx2
from standardwebhooks import Webhook

from gateway.config import Notify
from gateway.notify.delivery import StaffNotice

_TIMEOUT: Final = httpx2.Timeout(5, connect=2)


class WebhookSender:
    def __init__(self, settings: Notify) -> None:
        self._url = settings.url
        self._signer = Webhook(settings.secret.get_secret_value())
        self._client = httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)

    def send(self, notice: StaffNotice, now_ms: int) -> str | None:
        """Send once; return None, or why it did not arrive. Never raises for the network.

        What the receiver says beyond its status is not read: it may never end.
        """
        at = datetime.fromtimestamp(now_ms // 1000, UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": notice.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._signer.sign(notice.id, at, notice.body),
        }
        try:
            body = notice.body.encode()
            with self._client.stream("POST", self._url, content=body, headers=headers) as answer:
                return None if answer.is_success else f"HTTP {answer.status_code}"
        except httpx2.HTTPError as error:
            return f"{type(error).__name__}: {error}"

    def close(self) -> None:
        self._client.close()
