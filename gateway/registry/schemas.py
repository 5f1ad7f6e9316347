"""Master data as the API takes and gives it. Unknown fields are refused."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, model_validator

from gateway.http.paging import PageQuery
from gateway.registry.fields import (
    AccountNo,
    Axles,
    BankCode,
    ContractId,
    Phone,
    PlaceId,
    Plate,
    PublicKey,
    RowId,
    Tag,
    Text64,
    WholeKg,
)
from settlement.messages import ContractTerms, FreightTerms

Blockable = Literal["active", "blocked"]
Retirable = Literal["active", "retired"]
Suspendable = Literal["active", "suspended"]
OrderStatus = Literal["open", "loading", "loaded", "unloading", "delivered", "cancelled"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(_In):
    """Fields left out stay as they are."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        nulls = [name for name in self.model_fields_set if getattr(self, name) is None]
        if nulls or not self.model_fields_set:
            raise ValueError("give at least one field, and no null")
        return self


class _Out(BaseModel):
    created_at: AwareDatetime
    revision: int


class YardIn(_In):
    id: PlaceId
    name: Text64


class YardChange(Change):
    name: Text64 | None = None


class Yard(_Out):
    id: str
    name: str


class LaneIn(_In):
    id: PlaceId
    yard_id: PlaceId
    name: Text64
    public_key: PublicKey
    e_kg: Annotated[int, Field(strict=True, ge=1, le=1000)]
    max_kg: WholeKg

    @model_validator(mode="after")
    def _range_is_whole_intervals(self) -> Self:
        if self.max_kg <= self.e_kg or self.max_kg % self.e_kg:
            raise ValueError("max_kg must be a multiple of e_kg and exceed it")
        return self


class LaneChange(Change):
    name: Text64 | None = None
    public_key: PublicKey | None = None
    status: Retirable | None = None
    """`retired`: nothing is expected of it any more, and its records are refused."""


class Lane(_Out):
    id: str
    yard_id: str
    name: str
    public_key: str
    e_kg: int
    max_kg: int
    status: Retirable


class VehicleIn(_In):
    plate: Plate
    axles: Axles
    gross_max_kg: WholeKg


class VehicleChange(Change):
    axles: Axles | None = None
    gross_max_kg: WholeKg | None = None
    status: Blockable | None = None


class Vehicle(_Out):
    id: str
    plate: str
    axles: int
    gross_max_kg: int
    status: Blockable


class DriverIn(_In):
    name: Text64
    phone: Phone
    account_name: Text64
    account: AccountNo
    bank_code: BankCode


class DriverChange(Change):
    """Not the account: a new account is a new driver record and a new card, seen by everyone."""

    phone: Phone | None = None
    status: Blockable | None = None


class Driver(_Out):
    id: str
    name: str
    phone: str
    account_name: str
    account: str
    """All but the last four characters are hidden from roles that do not handle money."""
    bank_code: str
    status: Blockable


class CardIn(_In):
    tag: Tag
    vehicle_id: RowId
    driver_id: RowId
    is_another_card: StrictBool = False
    """Both cards were compared: this is another one, although it ends like a registered one."""


class CardChange(Change):
    status: Blockable | None = None


class Card(_Out):
    id: str
    tag: str
    vehicle_id: str
    driver_id: str
    status: Blockable


class Terms(FreightTerms):
    """The priced part of a contract, without the id and version that the gateway adds."""

    def versioned(self, contract_id: str, version: int) -> ContractTerms:
        """Return the terms as settlement gets them."""
        named: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        return ContractTerms(contract_id=contract_id, version=version, **named)


class ContractIn(_In):
    id: ContractId
    consignor: Text64
    cargo: Text64
    origin_yard_id: PlaceId
    destination_yard_id: PlaceId
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    """Exclusive."""
    terms: Terms

    @model_validator(mode="after")
    def _leads_somewhere_for_some_time(self) -> Self:
        if self.origin_yard_id == self.destination_yard_id:
            raise ValueError("destination_yard_id must differ from origin_yard_id")
        if self.valid_from >= self.valid_to:
            raise ValueError("valid_to must be after valid_from")
        return self


class ContractChange(Change):
    status: Suspendable | None = None
    valid_to: AwareDatetime | None = None
    terms: Terms | None = None
    """For orders placed from now on; earlier orders keep the terms they were placed under."""


class Contract(_Out):
    id: str
    version: int
    consignor: str
    cargo: str
    origin_yard_id: str
    destination_yard_id: str
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    terms: ContractTerms
    status: Suspendable


class OrderIn(_In):
    contract_id: ContractId
    vehicle_id: RowId
    driver_id: RowId


class OrderChange(Change):
    status: Literal["cancelled"] | None = None


class Order(_Out):
    id: str
    order_no: str
    contract_id: str
    contract_version: int
    terms: ContractTerms
    vehicle_id: str
    driver_id: str
    status: OrderStatus


class LaneQuery(PageQuery):
    yard_id: PlaceId | None = None
    status: Retirable | None = None


class VehicleQuery(PageQuery):
    plate: Plate | None = None
    status: Blockable | None = None


class DriverQuery(PageQuery):
    phone: Phone | None = None
    status: Blockable | None = None


class CardQuery(PageQuery):
    tag: Tag | None = None
    vehicle_id: RowId | None = None
    driver_id: RowId | None = None


class ContractQuery(PageQuery):
    status: Suspendable | None = None


class OrderQuery(PageQuery):
    order_no: RowId | None = None
    contract_id: ContractId | None = None
    vehicle_id: RowId | None = None
    driver_id: RowId | None = None
    status: OrderStatus | None = None


VISIBLE_DIGITS: Final = 4


def mask_account(account: str) -> str:
    """Return the account with all but its last four characters hidden."""
    hidden = max(0, len(account) - VISIBLE_DIGITS)
    return "*" * hidden + account[hidden:]
