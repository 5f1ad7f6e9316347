"""Every kind and version of a message, who reads it, and its frozen schema.

`python -m tests.wire.edge.forms` freezes the schema of each kind that has none.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from edge.messages import (
    DOWNLINK,
    RECORD,
    CommandResult,
    LaneLive,
    LaneState,
    Sealed,
    WeighingCompletedV1,
)

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas"
OWN: dict[str, Any] = {
    "sealed.v1": TypeAdapter(Sealed),
    "command_result.v1": TypeAdapter(CommandResult),
    "lane_live.v1": TypeAdapter(LaneLive),
    "lane_state.v1": TypeAdapter(LaneState),
    "weighing_completed.v1": TypeAdapter(WeighingCompletedV1),
}
"""Forms that are read by themselves, and earlier versions of a form, in their own words."""

SPOKEN = {"title", "description", "$defs", "$ref"}
"""What may change: the names of classes and what is said about them."""

Fields = dict[tuple[str, ...], bool]


def kinds(adapter: TypeAdapter[Any]) -> set[str]:
    """Return every kind and version that a program reads."""
    return set(adapter.json_schema()["discriminator"]["mapping"])


def every_kind() -> set[str]:
    return kinds(RECORD) | kinds(DOWNLINK) | OWN.keys()


def newest_of(kind: str, among: set[str]) -> str:
    """Return the newest version of a kind's form."""
    return max((one for one in among if name_of(one) == name_of(kind)), key=version)


def name_of(kind: str) -> str:
    return kind.partition(".")[0]


def version(kind: str) -> int:
    return int(kind.split(".v")[1])


def union_of(kind: str) -> TypeAdapter[Any]:
    return DOWNLINK if kind in kinds(DOWNLINK) else RECORD


def reader(kind: str) -> Any:
    """Return what reads a kind and writes it in its own words."""
    if kind in OWN:
        return OWN[kind]
    union = union_of(kind)
    assert kind == newest_of(kind, kinds(union)), (
        f"{kind} is an earlier version: add it to OWN in forms.py"
    )
    return union


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON schema of one kind without names and descriptions."""
    if kind in OWN:
        whole = OWN[kind].json_schema()
        return flat(whole)
    whole = union_of(kind).json_schema()
    name = whole["discriminator"]["mapping"][kind].rsplit("/", 1)[1]
    return flat({**whole["$defs"][name], "$defs": whole["$defs"]})


def flat(whole: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its parts in place, without names and descriptions."""
    one: dict[str, Any] = _inlined(whole, whole.get("$defs", {}))
    return one


def _inlined(part: Any, defs: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(one, defs) for one in part]
    if not isinstance(part, dict):
        return part
    whole = {**defs[part["$ref"].rsplit("/", 1)[1]], **part} if "$ref" in part else part
    told = {key: one for key, one in whole.items() if key not in SPOKEN}
    return {
        key: {name: _inlined(one, defs) for name, one in value.items()}
        if key == "properties"
        else _inlined(value, defs)
        for key, value in told.items()
    }


def fields(part: dict[str, Any], at: tuple[str, ...] = ()) -> Fields:
    """Return the path of every field, and whether it is required."""
    found: Fields = {}
    for one in part.get("anyOf", []):
        found |= fields(one, at)
    for one in [part["items"]] if isinstance(part.get("items"), dict) else []:
        found |= fields(one, (*at, "[]"))
    for name, one in part.get("properties", {}).items():
        found |= {(*at, name): name in part.get("required", [])} | fields(one, (*at, name))
    return found


def new_fields(old: dict[str, Any], new: dict[str, Any]) -> Fields:
    """Return the fields that a later version added, outermost only."""
    before, after = fields(old), fields(new)
    added = after.keys() - before.keys()
    return {
        path: after[path]
        for path in added
        if not any(path[:length] in added for length in range(1, len(path)))
    }


def values(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Return what a message says at a path; nothing where it has no such part."""
    if not path:
        yield data
    elif path[0] == "[]":
        for one in data or ():
            yield from values(one, path[1:])
    elif data is not None:
        yield from values(data[path[0]], path[1:])


if __name__ == "__main__":
    for kind in every_kind():
        frozen = SCHEMAS / f"{kind}.json"
        if not frozen.exists():
            frozen.write_text(json.dumps(schema(kind), indent=1) + "\n")
