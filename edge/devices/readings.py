"""What devices say, in one vocabulary. `None` means that the protocol does not say."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Mode = Literal["gross", "net", "tare"]
Unit = Literal["kg", "t", "g", "lb"]
State = Literal["overload", "underload", "out_of_range", "not_executable", "error"]
"""Why an indicator shows no weight. `out_of_range`: it does not say at which end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One weight as the indicator displayed it, decimals kept; or the state that it shows instead.

    `weight` is None exactly when `state` is set.
    """

    weight: Decimal | None
    unit: Unit | None = None
    stable: bool | None = None
    mode: Mode | None = None
    overload: bool | None = None
    underload: bool | None = None
    tare: Decimal | None = None
    state: State | None = None


def no_weight(
    state: State, *, unit: Unit | None = None, stable: bool | None = None, mode: Mode | None = None
) -> Reading:
    """Return the reading of an indicator that shows a state and no number."""
    known = {"overload", "underload"}
    return Reading(
        weight=None,
        unit=unit,
        stable=stable,
        mode=mode,
        overload=state == "overload" if state in known else None,
        underload=state == "underload" if state in known else None,
        state=state,
    )


@dataclass(frozen=True, slots=True)
class TagSeen:
    """A card or tag in the reader's field; `tag` is its number in upper-case hex."""

    tag: str
    decimal: int | None = None
    """The number as it is printed on the card, where the reader's family defines it."""
    rssi_dbm: int | None = None


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes that had the shape of a frame and must not be believed."""

    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class WrongLine:
    """The bytes are readable, but the line is set to something else than the device sends."""

    setting: str
    """What to set, such as `7E1`."""

    @property
    def text(self) -> str:
        """The warning, for people."""
        return f"bit 7 carries parity: set the line to {self.setting}"
