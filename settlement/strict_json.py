"""JSON from outside: every defect is named by its field, and money is never a float."""

import json
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from taigan.problem import FieldError

Model = TypeVar("Model", bound=BaseModel)

_INTEGER_BITS_MAX: Final = 63
"""And the sign."""


class BadInput(ValueError):
    """The input does not have the promised form; `defects` names each wrong field."""

    def __init__(self, defects: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{field}: {reason}" for field, reason in defects))
        self.defects = defects


class _Float(str):
    """A number with a point or an exponent, kept as its text until it is refused by name."""

    __slots__ = ()


def read_form(text: str | bytes, form: type[Model]) -> Model:
    """Return `text` as `form`; raise BadInput with every wrong field."""
    value = _parse(text)
    unfit = tuple(_unfit(value, ""))
    if unfit:
        raise BadInput(unfit)
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        raise BadInput(tuple(_defects(error))) from error


def _parse(text: str | bytes) -> Any:  # noqa: ANN401 - JSON is any of its types
    try:
        return json.loads(
            text, parse_float=_Float, parse_constant=_Float, object_pairs_hook=_object
        )
    except (ValueError, RecursionError) as error:
        raise BadInput((FieldError("", f"not JSON: {error}"),)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a key twice")
    return found


def _unfit(value: object, path: str) -> Iterator[FieldError]:
    """Name what JSON can say but no form here means and no database keeps."""
    if isinstance(value, _Float):
        yield FieldError(
            path, f'{value} is a float; fen and kg are integers, a share is a string like "0.3"'
        )
    elif isinstance(value, str) and "\x00" in value:
        yield FieldError(path, "holds a NUL character")
    elif isinstance(value, int) and value.bit_length() > _INTEGER_BITS_MAX:
        yield FieldError(path, "has more than 64 bits")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _unfit(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unfit(inner, f"{path}.{index}" if path else str(index))


def _defects(error: ValidationError) -> Iterator[FieldError]:
    for found in error.errors(include_url=False, include_input=False, include_context=False):
        yield FieldError(".".join(str(part) for part in found["loc"]), found["msg"])
