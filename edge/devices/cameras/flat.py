"""JSON as flat names and texts: `TrafficCar.DrivingDirection[0]`, as another stream spells it."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

DEPTH_MAX: Final = 8


def flat_json(text: str) -> Mapping[str, str]:
    """Return the value of every name, `null` left out; ValueError if it is not JSON."""
    try:
        return dict(_flat("", json.loads(text, strict=False), DEPTH_MAX))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _flat(path: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else name, inner, depth - 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flat(f"{path}[{place}]", inner, depth - 1)
    elif value is not None:
        yield path, str(value)
