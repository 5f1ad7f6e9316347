"""Facts that stand beside weights, and states that stand instead, as they are combined in data."""

from collections.abc import Sequence
from typing import Final

from edge.devices.readings import Reading, State, no_weight
from tests.unit.edge.shown import Facts

UNITS: Final = ("kg", "t", "g", "lb")
GROSS_NET: Final = ("gross", "net")
ALL_MODES: Final = ("gross", "net", "tare")
MOTION: Final = (True, False)
IN_RANGE: Final[dict[str, tuple[object, ...]]] = {"overload": (False,), "underload": (False,)}
NO_OVERLOAD: Final[dict[str, tuple[object, ...]]] = {"overload": (False,)}


def facts(**choices: Sequence[object]) -> tuple[Facts, ...]:
    """Every combination of the given facts."""
    combined: list[dict[str, object]] = [{}]
    for name, values in choices.items():
        combined = [{**one, name: value} for one in combined for value in values]
    return tuple(combined)


def states(*names: State) -> tuple[Reading, ...]:
    return tuple(map(no_weight, names))


def with_mode(given: tuple[Facts, ...], mode: str) -> tuple[Facts, ...]:
    return tuple({**one, "mode": mode} for one in given)
