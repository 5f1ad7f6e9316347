"""Posts the bank's callbacks, signed by the Standard Webhooks scheme, until they are taken."""

import threading
from datetime import UTC, datetime
from typing import Final

import httpx2
import structlog
from standardwebhooks import Webhook

from simulators.bank.bank import now_ms
from simulators.bank.book import BankBook
from simulators.bank.forms import Callback

_TRIES_MAX: Final = 12
_BACKOFF_MS: Final = 500
_LOOK_S: Final = 0.05

log = structlog.get_logger()


class Courier:
    """A thread that moves the money of accepted transfers and delivers what is due."""

    def __init__(self, book: BankBook, url: str, secret: str) -> None:
        self._book = book
        self._url = url
        self._webhook = Webhook(secret)
        self._client = httpx2.Client(timeout=5, trust_env=False)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_S):
            self._book.pay_due(now_ms())
            for callback in self._book.due_callbacks(now_ms()):
                self._deliver(callback)

    def _deliver(self, callback: Callback) -> None:
        if self._is_taken(callback) or callback.tries + 1 >= _TRIES_MAX:
            self._book.callback_done(callback.number)
            return
        later_ms = now_ms() + _BACKOFF_MS * 2**callback.tries
        self._book.callback_failed(callback.number, later_ms)

    def _is_taken(self, callback: Callback) -> bool:
        sent_at = datetime.fromtimestamp(now_ms() / 1000, tz=UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": callback.webhook_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": self._webhook.sign(callback.webhook_id, sent_at, callback.body),
        }
        try:
            answer = self._client.post(self._url, content=callback.body, headers=headers)
        except httpx2.HTTPError as error:
            log.warning("callback not delivered", id=callback.webhook_id, error=repr(error))
            return False
        log.info("callback answered", id=callback.webhook_id, status=answer.status_code)
        return answer.is_success
