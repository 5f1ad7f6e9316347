"""What a display is given, what can be read on it, and what every display protocol is made of."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

Lamp = Literal["red", "green", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything a display may show at one moment; each protocol takes what it has room for."""

    text: str
    weight_kg: int | None = None
    """None while the scale shows no weight."""
    stable: bool = False
    green: bool = False
    """Whether the driver has a green light, at either barrier."""


@dataclass(frozen=True, slots=True)
class Readback:
    """What one command changed on a display: the other side of the line, for simulators."""

    text: str | None = None
    lamp: Lamp | None = None


class DisplayCodec(ABC):
    """One protocol with its options. Keyword arguments of `__init__` are the options."""

    chinese: ClassVar[bool] = False
    """Whether the display has Chinese characters; one without is given English texts."""

    repeat_s: float | None = None
    """Time after which the same bytes are repeated, for a display that may have been switched off
    or that takes silence for a fault; None if once is enough."""

    @abstractmethod
    def encode(self, shown: Shown) -> bytes:
        """Return the bytes that make the display show it; none where there is nothing to show.

        A text never becomes a command: it is cleaned and cut.
        """

    @abstractmethod
    def feed(self, data: bytes) -> list[Readback]:
        """Take the next bytes as the display does, in pieces of any size; skip what is damaged."""


def cleaned(text: str, commands: str = "") -> str:
    """Return `text` with blanks for control characters and for those that open or end commands."""
    return "".join(char if char.isprintable() and char not in commands else " " for char in text)


def ascii_text(text: str, commands: str) -> str:
    """Return `cleaned` text for a display with ASCII characters only; `?` for all others."""
    return "".join(char if char.isascii() else "?" for char in cleaned(text, commands))


def digits(weight_kg: int | None, width: int) -> str:
    """Return a weight in kg, right-aligned; dashes when there is none or it does not fit."""
    number = "" if weight_kg is None else f"{weight_kg:>{width}}"
    return number if number and len(number) <= width else "-" * width
