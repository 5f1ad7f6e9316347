"""What devices say, in one vocabulary. `None` means that the protocol does not say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from inspect import signature
from typing import Literal, Protocol, TypeVar, cast

from pydantic import ConfigDict, ValidationError, create_model

Mode = Literal["gross", "net", "tare"]
Unit = Literal["kg", "t", "g", "lb"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One weight as the indicator displayed it, decimals kept."""

    weight: Decimal
    unit: Unit | None = None
    stable: bool | None = None
    mode: Mode | None = None
    overload: bool | None = None
    underload: bool | None = None


@dataclass(frozen=True, slots=True)
class TagSeen:
    """A card or tag in the reader's field; `tag` is its number in upper-case hex."""

    tag: str


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes that had the shape of a frame and must not be believed."""

    reason: str
    raw: bytes


class ScaleDecoder(Protocol):
    """Bytes in, readings out."""

    def feed(self, data: bytes) -> list[Reading | BadFrame]:
        """Take the next bytes, in pieces of any size; return whatever they completed."""


class ReaderDecoder(Protocol):
    """Bytes in, tags out."""

    def feed(self, data: bytes) -> list[TagSeen | BadFrame]:
        """Take the next bytes, in pieces of any size; return whatever they completed."""


class BadOption(ValueError):
    """An unknown protocol, or an option that this protocol does not have or cannot take."""


Decoder = TypeVar("Decoder")


def build_decoder(
    table: Mapping[str, Callable[..., Decoder]], protocol: str, options: Mapping[str, object]
) -> Decoder:
    """Make the decoder of a protocol; its keyword arguments are its options, read from text."""
    if protocol not in table:
        raise BadOption(f"unknown protocol {protocol!r}; known: {', '.join(sorted(table))}")
    make = table[protocol]
    fields = {
        name: (parameter.annotation, parameter.default)
        for name, parameter in signature(make).parameters.items()
    }
    form = create_model("Options", __config__=ConfigDict(extra="forbid"), **cast("dict", fields))  # type: ignore[type-arg]
    try:
        checked = form.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = ".".join(str(part) for part in first["loc"])
        raise BadOption(f"{protocol}: option {option!r}: {first['msg']}") from error
    return make(**{name: getattr(checked, name) for name in fields})
