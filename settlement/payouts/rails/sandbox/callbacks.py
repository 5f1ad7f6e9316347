"""Callbacks of the sandbox bank: signed by the Standard Webhooks scheme.

POST /api/v1/callbacks/bank   {"type": "transfer.updated", "data": {"id", …}}
"""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field
from standardwebhooks import Webhook, WebhookVerificationError

from settlement.payouts.rails.rail import ForgedCallback
from settlement.strict_json import read_form


class TransferHint(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")


class BankEvent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str = Field(max_length=64)
    data: TransferHint


class SandboxCallbacks:
    path = "bank"

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the event's id if the bank signed it; raise ForgedCallback.

        For malformed headers the library raises other errors than its own, all of them ValueError,
        TypeError or OverflowError; a stranger must not be able to cause a 500.
        """
        try:
            Webhook(self._secret).verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError, OverflowError, TypeError) as error:
            raise ForgedCallback(str(error)) from error
        return headers.get("webhook-id", "")

    def number(self, body: bytes) -> str:
        return read_form(body, BankEvent).data.id
