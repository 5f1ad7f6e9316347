"""Tables of protocols: one row each, and how a codec is made from a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Generic, TypeVar, cast

from pydantic import ConfigDict, ValidationError, create_model

Made = TypeVar("Made")
Made_co = TypeVar("Made_co", covariant=True)


class BadOption(ValueError):
    """An unknown protocol, or an option that this protocol does not have or cannot take."""


@dataclass(frozen=True, slots=True)
class ProtocolRow(Generic[Made_co]):
    """One protocol of a family."""

    make: Callable[..., Made_co]
    """Its keyword arguments are the protocol's options."""
    lines: tuple[str, ...] = ("9600 8N1",)
    """Usual settings of the line, the most usual first, such as `2400 7E1`."""
    variants: tuple[Mapping[str, object], ...] = ({},)
    """Options under which `scan` tries this protocol. If two variants read the same
    bytes differently, list both, so that `scan` can call such a line ambiguous."""


def build(
    table: Mapping[str, ProtocolRow[Made]], protocol: str, options: Mapping[str, object]
) -> Made:
    """Make what a row describes, with options read from text; BadOption names what is wrong."""
    if protocol not in table:
        raise BadOption(f"unknown protocol {protocol!r}; known: {', '.join(sorted(table))}")
    make = table[protocol].make
    fields = {
        name: (parameter.annotation, parameter.default)
        for name, parameter in signature(make).parameters.items()
    }
    form = create_model("Options", __config__=ConfigDict(extra="forbid"), **cast("dict", fields))  # type: ignore[type-arg]
    try:
        checked = form.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadOption(f"{protocol}: option {first['loc'][0]!r}: {first['msg']}") from error
    try:
        return make(**{name: getattr(checked, name) for name in fields})
    except ValueError as error:
        raise BadOption(f"{protocol}: {error}") from error
