"""A lane's box asks to join: its request, read and checked, and what is registered of it.

The request is text that a person carries from the box: `NAME=value` lines, and a certificate
request for the broker. No secret is in it. `edge/joining.py` writes it.
"""

from enum import Enum

from cryptography import x509
from cryptography.x509.oid import NameOID
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, insert, select, update

from gateway.registry.fields import PlaceId
from gateway.registry.same_key import lane_with_key
from gateway.registry.schemas import LaneIn, YardIn
from gateway.registry.tables import lanes, yards
from gateway.trail.service import By, Deed, keep
from taigan.carried_lines import BadLine, read_lines, split_pem


class BadRequest(ValueError):
    """It is no request of a lane's box, or not a whole one."""


class LaneTaken(Exception):
    """The lane is registered already, for another box or another scale."""


class Joined(Enum):
    """What became of a request."""

    NEW = "registered"
    KNOWN = "is registered already"
    REPLACED = "has a new box"


class _Head(BaseModel):
    model_config = ConfigDict(extra="forbid")

    yard: PlaceId
    lane: PlaceId
    public_key: str
    e_kg: int
    max_kg: int


def read_request(text: str) -> LaneIn:
    """Return the lane that asks. BadRequest names the line and what is wrong with it."""
    head, pem = split_pem(text)
    if not pem:
        raise BadRequest("no certificate request in it: is it from `taigan-edge request`?")
    try:
        lines = read_lines(head)
        given = _Head.model_validate({name.lower(): value for name, value in lines.items()})
        lane = LaneIn(
            id=given.lane,
            yard_id=given.yard,
            name=given.lane,
            public_key=given.public_key,
            e_kg=given.e_kg,
            max_kg=given.max_kg,
        )
    except BadLine as error:
        raise BadRequest(str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = "".join(f"{part}: " for part in first["loc"]).upper()
        raise BadRequest(f"{field}{first['msg'].removeprefix('Value error, ')}") from error
    _refuse_other_name(pem, f"{lane.yard_id}/{lane.id}")
    return lane


def _refuse_other_name(pem: bytes, name: str) -> None:
    """Refuse a certificate request that its own key did not sign, or that is for another name."""
    try:
        asked = x509.load_pem_x509_csr(pem)
    except ValueError as error:
        raise BadRequest(f"certificate request: {error}") from error
    names = [str(one.value) for one in asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [name]:
        raise BadRequest(f"certificate request: for {' '.join(names) or 'nobody'}, not for {name}")
    if not asked.is_signature_valid:
        raise BadRequest("certificate request: its signature does not hold")


def join(connection: Connection, lane: LaneIn, by: By, *, replaces: bool) -> Joined:
    """Register a lane, and its yard if that is new; LaneTaken, changing nothing, if it is another.

    With `replaces` a registered lane gets the key of its new box. A repeat changes nothing.
    """
    place = f"{lane.yard_id}/{lane.id}"
    other = lane_with_key(connection, lane.public_key, lane.yard_id, lane.id)
    if other is not None:
        raise LaneTaken(f"its box has the key of {other}; give each lane a key file of its own")
    known = connection.execute(
        select(lanes).where(lanes.c.yard_id == lane.yard_id, lanes.c.id == lane.id)
    ).one_or_none()
    if known is None:
        _make_yard(connection, lane.yard_id, by)
        connection.execute(insert(lanes), {**lane.model_dump(), "created_ms": by.at_ms})
        keep(connection, by, Deed("lane.create", place, after=lane.model_dump()))
        return Joined.NEW
    if known.status == "retired":
        raise LaneTaken("it is retired; `taigan-gateway lane activate` lets it in again")
    if (known.e_kg, known.max_kg) != (lane.e_kg, lane.max_kg):
        told = f"its scale has e_kg {known.e_kg}, max_kg {known.max_kg} here"
        raise LaneTaken(f"{told}, {lane.e_kg}, {lane.max_kg} at its box")
    if known.public_key == lane.public_key:
        return Joined.KNOWN
    if not replaces:
        raise LaneTaken("it is registered with the key of another box; --replace lets this one in")
    connection.execute(
        update(lanes)
        .where(lanes.c.yard_id == lane.yard_id, lanes.c.id == lane.id)
        .values(public_key=lane.public_key, revision=lanes.c.revision + 1)
    )
    keys = ({"public_key": known.public_key}, {"public_key": lane.public_key})
    keep(connection, by, Deed("lane.change", place, *keys))
    return Joined.REPLACED


def _make_yard(connection: Connection, yard: str, by: By) -> None:
    if connection.execute(select(yards.c.id).where(yards.c.id == yard)).first() is None:
        row = YardIn(id=yard, name=yard).model_dump()
        connection.execute(insert(yards), {**row, "created_ms": by.at_ms})
        keep(connection, by, Deed("yard.create", yard, after=row))
