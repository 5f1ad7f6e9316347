"""Master data in the database, the same way for every kind. The caller holds the transaction."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import BaseModel
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    UniqueConstraint,
    and_,
    insert,
    select,
    update,
)

from gateway.http.paging import Page, PageQuery, fetch_page, matches
from gateway.http.revision import require_revision
from gateway.registry.resources import Resource, Stamp, Values
from gateway.trail.service import By, Deed, change_of, keep
from taigan.problem import FieldError, Kind, Problem

Key = Mapping[str, str]


def list_rows(
    connection: Connection,
    resource: Resource,
    query: PageQuery,
    view: Callable[[RowMapping], BaseModel],
) -> Page[BaseModel]:
    """Return a page, newest first."""
    table = resource.table
    wanted = select(table).where(*matches(dict(table.c.items()), query))
    key = (table.c.created_ms, *(table.c[name] for name in resource.key))
    return fetch_page(connection, wanted, key, query, view)


def find_row(connection: Connection, resource: Resource, key: Key) -> RowMapping:
    """Return the row; raise Problem if there is none."""
    return _find(connection, resource, key, lock=False)


def insert_row(
    connection: Connection, resource: Resource, given: BaseModel, stamp: Stamp, who: str
) -> RowMapping:
    """Insert a row; raise Problem naming a field that refers to nothing or is taken.

    It is on the trail, with the name of who does it: nothing may be locked after it.
    """
    references = _references(connection, resource, given)
    values = {**resource.new_row(given, stamp, references), "created_ms": stamp.now_ms}
    _refuse_taken(connection, resource, values)
    resource.refuse(connection, given)
    connection.execute(insert(resource.table), values)
    key = {name: values[name] for name in resource.key}
    row = find_row(connection, resource, key)
    deed = Deed(f"{resource.noun}.create", "/".join(key.values()), after=row)
    keep(connection, By(who, stamp.now_ms), deed)
    return row


class Edit(NamedTuple):
    """A change of one row, by somebody who has seen it."""

    key: Key
    change: BaseModel
    if_match: str | None
    """The ETag of the revision that was seen."""


def change_row(connection: Connection, resource: Resource, edit: Edit, by: By) -> RowMapping:
    """Apply the change to the revision that the caller has seen; raise Problem otherwise.

    It is on the trail: nothing may be locked after it.
    """
    key, change = edit.key, edit.change
    row = _find(connection, resource, key, lock=True)
    require_revision(edit.if_match, row["revision"])
    resource.refuse_change(connection, row, change)
    values = {**resource.changed(row, change), "revision": row["revision"] + 1}
    connection.execute(update(resource.table).where(_is(resource, key)).values(values))
    changed = find_row(connection, resource, key)
    deed = change_of(f"{resource.noun}.change", "/".join(key.values()), row, changed)
    keep(connection, by, deed)
    return changed


def _find(connection: Connection, resource: Resource, key: Key, *, lock: bool) -> RowMapping:
    query = select(resource.table).where(_is(resource, key))
    # The row is locked before its revision is compared: of two writers one waits, and is refused.
    locked = query.with_for_update() if lock else query
    row = connection.execute(locked).mappings().one_or_none()
    if row is None:
        raise Problem(Kind.NOT_FOUND, f"there is no {resource.noun} {'/'.join(key.values())}")
    return row


def _is(resource: Resource, key: Key) -> ColumnElement[bool]:
    return and_(*(resource.table.c[name] == key[name] for name in resource.key))


def _references(
    connection: Connection, resource: Resource, given: BaseModel
) -> dict[str, RowMapping]:
    found: dict[str, RowMapping] = {}
    missing: list[FieldError] = []
    for foreign in sorted(resource.table.foreign_keys, key=lambda f: f.parent.name):
        field = foreign.parent.name
        target = foreign.column
        query = select(target.table).where(target == getattr(given, field))
        row = connection.execute(query).mappings().one_or_none()
        if row is None:
            missing.append(FieldError(field, f"there is none in {target.table.name} with this id"))
        else:
            found[field] = row
    if missing:
        raise Problem(Kind.VALIDATION, "it refers to something unknown", missing)
    return found


def _refuse_taken(connection: Connection, resource: Resource, values: Values) -> None:
    for columns in _unique_columns(resource):
        same = and_(*(column == values[column.name] for column in columns))
        if connection.execute(select(*columns).where(same)).first() is not None:
            names = [column.name for column in columns]
            taken = [FieldError(name, "is taken") for name in names]
            raise Problem(Kind.CONFLICT, f"{', '.join(names)} is taken", taken)


def _unique_columns(resource: Resource) -> list[list[Column[object]]]:
    constraints = [
        list(constraint.columns)
        for constraint in resource.table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    return [list(resource.table.primary_key.columns), *constraints]
