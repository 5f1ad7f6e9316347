"""Keyset pages: newest first, stable while rows are added, without counting or offsets."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, literal, tuple_

from taigan.problem import invalid

LIMIT_MAX: Final = 200
LIMIT_DEFAULT: Final = 50
_CURSOR_LENGTH_MAX: Final = 400

_INT64_MAX: Final = 2**63 - 1

Item = TypeVar("Item", bound=BaseModel)
Key = tuple[int | str, ...]


class Page(BaseModel, Generic[Item]):
    """Part of a list; `next_cursor` fetches what follows and is null on the last page."""

    items: list[Item]
    next_cursor: str | None


class PageQuery(BaseModel):
    """The parameters that every list takes; a list adds its filters by inheriting from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=LIMIT_DEFAULT, ge=1, le=LIMIT_MAX)
    cursor: str | None = Field(default=None, max_length=_CURSOR_LENGTH_MAX)

    @property
    def filters(self) -> dict[str, Any]:
        """Return the filters that were given: name → value."""
        given = self.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
        return {name: value for name, value in given.items() if value != []}


def encode_cursor(key: Sequence[int | str]) -> str:
    """Return an opaque name for the place after the row with `key`."""
    text = json.dumps(list(key), separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, like: Sequence[type]) -> Key:
    """Return the key in `cursor`; raise Problem unless it has the types of `like`."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise invalid("cursor", "not a cursor of this list") from error
    if not isinstance(key, list) or not _fits(key, like):
        raise invalid("cursor", "not a cursor of this list")
    return tuple(key)


def _fits(key: list[Any], like: Sequence[type]) -> bool:
    right_types = [type(part) for part in key] == list(like)
    return right_types and all(abs(part) <= _INT64_MAX for part in key if isinstance(part, int))


def matches(
    columns: Mapping[str, ColumnElement[Any]], query: PageQuery
) -> list[ColumnElement[bool]]:
    """Return the conditions of the filters in `query`; a list means any of its values."""
    return [
        columns[name].in_(value) if isinstance(value, list) else columns[name] == value
        for name, value in query.filters.items()
    ]


def fetch_page(
    connection: Connection,
    query: Select[Any],
    key: Sequence[ColumnElement[Any]],
    wanted: PageQuery,
    view: Callable[[RowMapping], Item],
) -> Page[Item]:
    """Return one page of `query`, ordered by `key` descending; `key` must be unique per row."""
    names = [f"key_{index}" for index in range(len(key))]
    query = query.add_columns(*(c.label(n) for c, n in zip(key, names, strict=True)))
    if wanted.cursor is not None:
        place = decode_cursor(wanted.cursor, [column.type.python_type for column in key])
        after = [literal(part, column.type) for part, column in zip(place, key, strict=True)]
        query = query.where(tuple_(*key) < tuple_(*after))
    ordered = query.order_by(*(column.desc() for column in key)).limit(wanted.limit + 1)
    rows = connection.execute(ordered).mappings().all()
    page = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    cursor = encode_cursor([page[-1][name] for name in names]) if more else None
    return Page(items=[view(row) for row in page], next_cursor=cursor)
