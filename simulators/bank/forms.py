"""What the sandbox bank takes and what it remembers."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Amount = Annotated[int, Field(strict=True, gt=0, le=10**15)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Payee(_Form):
    name: str = Field(min_length=1, max_length=70)
    account: str = Field(pattern=r"^[0-9A-Za-z]{4,34}$")
    bank_code: str = Field(pattern=r"^[0-9A-Za-z]{4,14}$")


class TransferOrder(_Form):
    """Body of POST /transfers."""

    id: Id
    amount_minor: Amount
    currency: Literal["CNY"]
    payee: Payee
    reference: str = Field(max_length=140)


class Deposit(_Form):
    """Body of POST /deposits: money that a consignor sends to the platform's account."""

    id: Id
    amount_minor: Amount
    reference: str = Field(max_length=140)


class Return(_Form):
    """Body of POST /transfers/{id}/return: the payee's bank sends the money back."""

    reason: str = Field(pattern=r"^[a-z_]{1,48}$")


class TransferStatus(StrEnum):
    """The status that DESIGN gives a transfer."""

    ACCEPTED = "accepted"
    PAID = "paid"
    FAILED = "failed"


class Transfer(_Form):
    """A transfer as the bank has it now."""

    order: TransferOrder
    status: TransferStatus
    reason: str | None
    visible_from_ms: int

    def answer(self) -> dict[str, object]:
        """Return the object that POST and GET answer."""
        shown: dict[str, object] = {"id": self.order.id, "status": self.status}
        return shown | ({"reason": self.reason} if self.reason else {})

    def update(self) -> dict[str, object]:
        """Return the body of the callback."""
        amount = {"amount_minor": self.order.amount_minor}
        return {"type": "transfer.updated", "data": self.answer() | amount}


class MovementKind(StrEnum):
    """Why money moved on the platform's account."""

    TRANSFER = "transfer"
    DEPOSIT = "deposit"
    RETURN = "return"


class Movement(_Form):
    """One booked entry of the account; negative amounts left it."""

    number: int
    kind: MovementKind
    reference_id: str
    """The transfer's or deposit's id."""
    amount_minor: int
    text: str
    at_ms: int


class Callback(_Form):
    """A callback that waits to be delivered."""

    number: int
    webhook_id: str
    body: str
    tries: int
