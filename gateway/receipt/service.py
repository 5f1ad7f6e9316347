"""What a driver's receipt says, gathered from both tickets of the order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, select

from gateway.api.v1.tickets import find_curves
from gateway.http.times import at_of
from gateway.receipt.formula import FormulaLine, Text, explain
from gateway.registry.schemas import mask_account
from gateway.registry.tables import contracts, drivers, orders, vehicles, yards
from gateway.tickets.tables import tickets
from settlement.messages import ContractTerms, Payout, SettlementState

_HEAD: Final = (
    select(
        tickets.c.id,
        tickets.c.order_id,
        orders.c.order_no,
        orders.c.terms,
        vehicles.c.plate,
        drivers.c.name.label("driver_name"),
        drivers.c.account,
        contracts.c.cargo,
        contracts.c.consignor,
    )
    .join_from(tickets, orders)
    .join(vehicles, orders.c.vehicle_id == vehicles.c.id)
    .join(drivers, orders.c.driver_id == drivers.c.id)
    .join(contracts, orders.c.contract_id == contracts.c.id)
    .where(tickets.c.id == bindparam("of_id"))
)
_TICKETS: Final = (
    select(tickets, yards.c.name.label("yard_name"))
    .join_from(tickets, yards)
    .where(tickets.c.order_id == bindparam("of_order"))
)


@dataclass(frozen=True, slots=True)
class YardWeighing:
    """The truck at one yard: the heavier weighing is gross, the lighter tare."""

    yard_name: str
    gross_kg: int
    tare_kg: int
    net_kg: int
    gross_at: datetime
    tare_at: datetime
    curve: list[tuple[int, int]]
    """Of the gross weighing; empty if none came with it."""


@dataclass(frozen=True, slots=True)
class DriverReceipt:
    """Everything on the page; parts that have not happened yet are None."""

    order_no: str
    plate: str
    driver_name: str
    cargo: str
    consignor: str
    account: str
    """All but the last four characters hidden."""
    loading: YardWeighing | None
    unloading: YardWeighing | None
    terms: ContractTerms
    settlement: SettlementState | None
    refused: bool
    """Settlement would not take the ticket; people are looking into it."""

    @property
    def payout(self) -> Payout | None:
        return self.settlement.payout if self.settlement else None

    def formula(self, text: Text) -> list[FormulaLine]:
        """Return the calculation line by line, empty until the load is priced."""
        if self.settlement is None or self.loading is None or self.unloading is None:
            return []
        nets = (self.loading.net_kg, self.unloading.net_kg)
        return explain(self.settlement.price, self.terms, *nets, text)


def find_receipt(connection: Connection, ticket_id: str) -> DriverReceipt | None:
    """Return the receipt of a ticket, if there is such a ticket."""
    head = connection.execute(_HEAD, {"of_id": ticket_id}).mappings().one_or_none()
    if head is None:
        return None
    of_order = {"of_order": head["order_id"]}
    both = {row["purpose"]: row for row in connection.execute(_TICKETS, of_order).mappings()}
    unloading = both.get("unloading")
    return DriverReceipt(
        order_no=head["order_no"],
        plate=head["plate"],
        driver_name=head["driver_name"],
        cargo=head["cargo"],
        consignor=head["consignor"],
        account=mask_account(head["account"]),
        loading=_yard_weighing(connection, both.get("loading")),
        unloading=_yard_weighing(connection, unloading),
        terms=ContractTerms.model_validate_json(head["terms"]),
        settlement=_settlement(unloading),
        refused=bool(unloading and unloading["settlement_error"]),
    )


def _settlement(unloading: RowMapping | None) -> SettlementState | None:
    if unloading is None or unloading["settlement"] is None:
        return None
    return SettlementState.model_validate_json(unloading["settlement"])


def _yard_weighing(connection: Connection, row: RowMapping | None) -> YardWeighing | None:
    if row is None or row["status"] != "closed":
        return None
    heavy, light = (
        ("first", "second") if row["first_kg"] > row["second_kg"] else ("second", "first")
    )
    curves: dict[str, Any] = {c.event_id: c.points for c in find_curves(connection, row)}
    return YardWeighing(
        yard_name=row["yard_name"],
        gross_kg=row["gross_kg"],
        tare_kg=row["tare_kg"],
        net_kg=row["net_kg"],
        gross_at=at_of(row[f"{heavy}_ms"]),
        tare_at=at_of(row[f"{light}_ms"]),
        curve=curves.get(row[f"{heavy}_event_id"], []),
    )
