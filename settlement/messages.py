"""The settlement's front door: a ticket goes in, its price and the fate of its payout come out.

Nothing here does I/O. The gateway imports this module and `price_lines`, nothing else of the
settlement. Money is an integer of the currency's minor unit (fen); rates are minor units per tonne.
A published form never changes. A new need is a new `kind` with the next version.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from settlement.price_lines import LineCode, LineKind, line_kind

MINOR_UNITS_MAX: Final = 10**15
"""What a message can carry, of either sign."""

MinorUnits = Annotated[int, Field(strict=True, ge=-MINOR_UNITS_MAX, le=MINOR_UNITS_MAX)]
AgreedMinor = Annotated[int, Field(strict=True, ge=0, le=10**9)]
"""Money that a contract names: at most 10 million yuan. Every such term has this type."""

Kg = Annotated[int, Field(strict=True, gt=0, le=1_000_000)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# --- In: the terms of a contract and a load, priced together ------------------------------------


class WeightBasis(StrEnum):
    """Which net weight is paid for."""

    LOAD = "load"
    UNLOAD = "unload"
    LOWER = "lower"
    HIGHER = "higher"


class Rounding(StrEnum):
    """How a line becomes whole minor units. Each line is rounded once, and only there."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


class LossAllowance(_Form):
    """The loss on the road that costs the driver nothing."""

    kind: Literal["per_mille", "kg"]
    """`per_mille` of the loaded net weight, or `kg` per truck."""
    value: Decimal = Field(ge=0, le=1_000_000)


class FreightTerms(_Form):
    """What a price depends on; every term is written here and nowhere else."""

    currency: Literal["CNY"] = "CNY"
    basis: WeightBasis
    rate_per_tonne_minor: AgreedMinor = Field(gt=0)
    loss_allowance: LossAllowance
    loss_charged: Literal["excess", "all"]
    """Beyond the allowance: charge only the part above it, or the whole loss."""
    loss_price_per_tonne_minor: AgreedMinor
    rounding: Rounding


class _ContractVersion(_Form):
    contract_id: Id
    version: int = Field(ge=1)


class ContractTerms(FreightTerms, _ContractVersion):
    """The priced part of a contract; one version of it never changes."""


class Load(_Form):
    """What was loaded at one end and unloaded at the other."""

    load_net_kg: Kg
    unload_net_kg: Kg


class PriceLine(_Form):
    """One line of a settlement; `amount_minor` is negative for a deduction."""

    code: LineCode
    quantity_kg: Decimal | None = None
    rate_per_tonne_minor: MinorUnits | None = None
    """Both are absent where a line is not so much per tonne."""
    amount_minor: MinorUnits

    @model_validator(mode="after")
    def _has_the_sign_of_its_kind(self) -> "PriceLine":
        if self.amount_minor * self.kind.sign < 0:
            raise ValueError(f"amount_minor {self.amount_minor} has the wrong sign for {self.code}")
        if (self.quantity_kg is None) != (self.rate_per_tonne_minor is None):
            raise ValueError("quantity_kg and rate_per_tonne_minor come together")
        return self

    @property
    def kind(self) -> LineKind:
        """Raises UnknownLine if the table has no row for it."""
        return line_kind(self.code)


class Price(_Form):
    """Lines that add up to the total, exactly."""

    currency: Literal["CNY"]
    lines: tuple[PriceLine, ...]
    total_minor: MinorUnits
    loss_kg: int
    """Loaded minus unloaded net; negative when more arrived than left."""
    allowed_kg: Decimal

    @model_validator(mode="after")
    def _lines_add_up(self) -> "Price":
        if sum(line.amount_minor for line in self.lines) != self.total_minor:
            raise ValueError("total_minor is not the sum of the lines")
        return self


# --- In: PUT /api/v1/settlements/{ticket_id} ----------------------------------------------------


class SignedRecord(_Form):
    """A lane's record exactly as it was signed, so that anyone can check it again."""

    body: str = Field(max_length=262_144)
    key_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    signature: str = Field(max_length=100)


class TwoPassWeighing(_Form):
    """A truck weighed twice at one yard: the larger weight is gross, the smaller tare."""

    ticket_id: UUID
    yard: Id
    gross_kg: Kg
    tare_kg: Kg
    gross_at: AwareDatetime
    tare_at: AwareDatetime
    gross_record: SignedRecord
    tare_record: SignedRecord

    @model_validator(mode="after")
    def _gross_exceeds_tare(self) -> "TwoPassWeighing":
        if self.gross_kg <= self.tare_kg:
            raise ValueError(f"gross_kg {self.gross_kg} must exceed tare_kg {self.tare_kg}")
        return self

    @property
    def net_kg(self) -> int:
        return self.gross_kg - self.tare_kg


class Payee(_Form):
    """Where the driver is paid and told."""

    driver_id: Id
    name: str = Field(min_length=1, max_length=70)
    account: str = Field(pattern=r"^[0-9A-Za-z]{4,34}$")
    bank_code: str = Field(pattern=r"^[0-9A-Za-z]{4,14}$")
    phone: str = Field(pattern=r"^\+?[0-9]{5,15}$")


class TicketToSettle(_Form):
    """A delivered load whose truck has been released; its id is the unloading ticket's."""

    kind: Literal["ticket_to_settle.v1"] = "ticket_to_settle.v1"
    ticket_id: UUID
    order_no: Id
    plate: str = Field(min_length=1, max_length=16)
    cargo: str = Field(min_length=1, max_length=64)
    contract: ContractTerms
    loading: TwoPassWeighing
    unloading: TwoPassWeighing
    payee: Payee
    receipt_url: str = Field(max_length=500)
    """The driver's signed link, made by the gateway; settlement only passes it on."""

    @model_validator(mode="after")
    def _settles_the_unloading_ticket(self) -> "TicketToSettle":
        if self.ticket_id != self.unloading.ticket_id:
            raise ValueError("ticket_id must be the unloading ticket's id")
        return self

    @property
    def load(self) -> Load:
        """What is priced."""
        return Load(load_net_kg=self.loading.net_kg, unload_net_kg=self.unloading.net_kg)


# --- Out: the answer to PUT and GET, and the event posted to the gateway ------------------------


class PayoutState(StrEnum):
    """Where a payout stands. Only what the bank documents as final is final."""

    HELD = "held"
    """Waits for a reason that is stated: funds, limit, guard, rail paused."""
    READY = "ready"
    SENDING = "sending"
    ACCEPTED = "accepted"
    """The bank has it and has not decided."""
    UNKNOWN = "unknown"
    """An attempt without a trustworthy answer: the bank is asked, nothing is sent."""
    PAID = "paid"
    FAILED = "failed"
    """The bank refused for good; the debt to the driver stands."""
    RETURNED = "returned"
    """Paid, then sent back by the payee's bank."""
    MANUAL = "manual"
    """Only a person may decide: the books and the bank contradict each other."""


class Payout(_Form):
    payout_id: UUID
    provider_no: str
    """The number the bank knows it by, derived from the ticket."""
    amount_minor: MinorUnits
    state: PayoutState
    reason: str | None = None
    paid_at: AwareDatetime | None = None


class SettlementState(_Form):
    """A settlement as it stands now."""

    kind: Literal["settlement_state.v1"] = "settlement_state.v1"
    settlement_id: UUID
    ticket_id: UUID
    order_no: Id
    settled_at: AwareDatetime
    price: Price
    payout: Payout
    revision: int = Field(ge=1)
    """Grows with every change; an event that arrives late carries a smaller one and is ignored."""


class SettlementUpdated(_Form):
    """Webhook to the gateway (Standard Webhooks): the settlement or its payout changed."""

    type: Literal["settlement.updated"] = "settlement.updated"
    timestamp: AwareDatetime
    data: SettlementState
