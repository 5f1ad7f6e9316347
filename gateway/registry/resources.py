"""Each kind of master data in one row: its table, its forms, its rules, who may change it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Connection, RowMapping, Table

from gateway.auth.roles import Permission
from gateway.http.paging import PageQuery
from gateway.http.times import CHINA_AHEAD_MS, at_of, ms_of
from gateway.registry import schemas, tables
from gateway.registry.same_card import refuse_same_card
from gateway.registry.same_key import lane_with_key
from gateway.registry.schemas import mask_account
from settlement.messages import ContractTerms
from taigan.problem import FieldError, Kind, Problem, invalid

Row = RowMapping
Values = dict[str, Any]
References = Mapping[str, Row]
"""The rows that a new row refers to, by the name of the referring column."""


class Stamp(NamedTuple):
    """What the server adds to a new row."""

    id: UUID
    now_ms: int


def _given(given: BaseModel, _stamp: Stamp, _references: References) -> Values:
    return given.model_dump()


def _given_with_id(given: BaseModel, stamp: Stamp, _references: References) -> Values:
    return {**given.model_dump(), "id": str(stamp.id)}


def _new_card(given: schemas.CardIn, stamp: Stamp, _references: References) -> Values:
    return {**given.model_dump(exclude={"is_another_card"}), "id": str(stamp.id)}


def _nothing(_connection: Connection, _given: BaseModel) -> None:
    """Refuse nothing."""


def _refuse_same_key(connection: Connection, given: schemas.LaneIn) -> None:
    _refuse_key_of_other(connection, given.public_key, given.yard_id, given.id)


def _refuse_other_key(connection: Connection, row: Row, change: schemas.LaneChange) -> None:
    if change.public_key is not None:
        _refuse_key_of_other(connection, change.public_key, row["yard_id"], row["id"])


def _refuse_key_of_other(connection: Connection, key: str, yard: str, lane: str) -> None:
    other = lane_with_key(connection, key, yard, lane)
    if other is not None:
        why = f"is the key of {other}: each lane has a key of its own"
        raise Problem(Kind.CONFLICT, f"public_key {why}", [FieldError("public_key", why)])


def _nothing_changed(_connection: Connection, _row: Row, _change: BaseModel) -> None:
    """Refuse nothing."""


def _as_changed(_row: Row, change: BaseModel) -> Values:
    return change.model_dump(exclude_unset=True)


def _as_stored(row: Row) -> Values:
    return {**row, "created_at": at_of(row["created_ms"])}


def _new_contract(given: schemas.ContractIn, _stamp: Stamp, _references: References) -> Values:
    values = given.model_dump(exclude={"valid_from", "valid_to", "terms"})
    return {
        **values,
        "version": 1,
        "valid_from_ms": ms_of(given.valid_from),
        "valid_to_ms": ms_of(given.valid_to),
        "terms": given.terms.versioned(given.id, 1).model_dump_json(),
    }


def _changed_contract(row: Row, change: schemas.ContractChange) -> Values:
    values = change.model_dump(exclude_unset=True, exclude={"valid_to", "terms"})
    if change.valid_to is not None:
        values["valid_to_ms"] = ms_of(change.valid_to)
        if values["valid_to_ms"] <= row["valid_from_ms"]:
            raise invalid("valid_to", "must be after valid_from")
    if change.terms is not None:
        version = row["version"] + 1
        terms = change.terms.versioned(row["id"], version)
        values |= {"version": version, "terms": terms.model_dump_json()}
    return values


def _contract_view(row: Row) -> Values:
    return {
        **_as_stored(row),
        "valid_from": at_of(row["valid_from_ms"]),
        "valid_to": at_of(row["valid_to_ms"]),
        "terms": ContractTerms.model_validate_json(row["terms"]),
    }


_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing that is mistaken when read over the phone."""


def order_number(stamp: Stamp) -> str:
    """Return a number people can say: the day in China and 8 characters of the order's id."""
    number = stamp.id.int
    letters = "".join(_DIGITS[number >> (5 * place) & 31] for place in range(8))
    return f"{at_of(stamp.now_ms + CHINA_AHEAD_MS):%Y%m%d}-{letters}"


def _new_order(given: schemas.OrderIn, stamp: Stamp, references: References) -> Values:
    contract = references["contract_id"]
    _refuse_idle("contract_id", contract)
    _refuse_idle("vehicle_id", references["vehicle_id"])
    _refuse_idle("driver_id", references["driver_id"])
    if contract["valid_to_ms"] <= stamp.now_ms:
        raise invalid("contract_id", "this contract has expired")
    return {
        **given.model_dump(),
        "id": str(stamp.id),
        "order_no": order_number(stamp),
        "contract_version": contract["version"],
        "terms": contract["terms"],
    }


def _refuse_idle(field: str, row: Row) -> None:
    if row["status"] != "active":
        raise invalid(field, f"is {row['status']}")


def _changed_order(row: Row, change: schemas.OrderChange) -> Values:
    if row["status"] != "open":
        raise Problem(Kind.CONFLICT, f"an order that is {row['status']} cannot be cancelled")
    return change.model_dump(exclude_unset=True)


def _order_view(row: Row) -> Values:
    return {**_as_stored(row), "terms": ContractTerms.model_validate_json(row["terms"])}


@dataclass(frozen=True)
class Resource:
    """One kind of master data; the routes, the service and the tests all read this."""

    name: str
    """Plural, as in its address."""
    noun: str
    table: Table
    create: type[BaseModel]
    change: type[BaseModel]
    view: type[BaseModel]
    edit: Permission
    query: type[PageQuery] = PageQuery
    key: tuple[str, ...] = ("id",)
    """Columns of the primary key, in the order of the address."""
    refuse: Callable[[Connection, Any], None] = _nothing
    """Raise Problem for a new row that fits, and contradicts another."""
    refuse_change: Callable[[Connection, Row, Any], None] = _nothing_changed
    """Raise Problem for a change that fits, and contradicts another row."""
    new_row: Callable[[Any, Stamp, References], Values] = _given_with_id
    changed: Callable[[Row, Any], Values] = _as_changed
    values: Callable[[Row], Values] = _as_stored

    def show(self, row: Row, *, accounts: bool) -> BaseModel:
        """Return the row as the API gives it, with bank accounts only if `accounts`."""
        values = self.values(row)
        if "account" in values and not accounts:
            values["account"] = mask_account(values["account"])
        return self.view.model_validate({n: values[n] for n in self.view.model_fields})


RESOURCES: Final = (
    Resource(
        name="yards",
        noun="yard",
        table=tables.yards,
        create=schemas.YardIn,
        change=schemas.YardChange,
        view=schemas.Yard,
        edit=Permission.EDIT_SITE,
        new_row=_given,
    ),
    Resource(
        name="lanes",
        noun="lane",
        table=tables.lanes,
        create=schemas.LaneIn,
        change=schemas.LaneChange,
        view=schemas.Lane,
        edit=Permission.EDIT_SITE,
        query=schemas.LaneQuery,
        key=("yard_id", "id"),
        new_row=_given,
        refuse=_refuse_same_key,
        refuse_change=_refuse_other_key,
    ),
    Resource(
        name="vehicles",
        noun="vehicle",
        table=tables.vehicles,
        create=schemas.VehicleIn,
        change=schemas.VehicleChange,
        view=schemas.Vehicle,
        edit=Permission.EDIT_FLEET,
        query=schemas.VehicleQuery,
    ),
    Resource(
        name="drivers",
        noun="driver",
        table=tables.drivers,
        create=schemas.DriverIn,
        change=schemas.DriverChange,
        view=schemas.Driver,
        edit=Permission.EDIT_MONEY,
        query=schemas.DriverQuery,
    ),
    Resource(
        name="cards",
        noun="card",
        table=tables.cards,
        create=schemas.CardIn,
        change=schemas.CardChange,
        view=schemas.Card,
        edit=Permission.EDIT_MONEY,
        query=schemas.CardQuery,
        new_row=_new_card,
        refuse=refuse_same_card,
    ),
    Resource(
        name="contracts",
        noun="contract",
        table=tables.contracts,
        create=schemas.ContractIn,
        change=schemas.ContractChange,
        view=schemas.Contract,
        edit=Permission.EDIT_MONEY,
        query=schemas.ContractQuery,
        new_row=_new_contract,
        changed=_changed_contract,
        values=_contract_view,
    ),
    Resource(
        name="orders",
        noun="order",
        table=tables.orders,
        create=schemas.OrderIn,
        change=schemas.OrderChange,
        view=schemas.Order,
        edit=Permission.EDIT_FLEET,
        query=schemas.OrderQuery,
        new_row=_new_order,
        changed=_changed_order,
        values=_order_view,
    ),
)
