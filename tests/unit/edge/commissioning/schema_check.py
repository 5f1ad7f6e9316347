"""As much of JSON Schema as the lane's schema uses, so that the tests need no validator."""

import re
from typing import Any

Schema = dict[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
}


def faults(value: object, schema: Schema, root: Schema) -> list[str]:
    """Return what is wrong with a value, by keyword; nothing if it is valid."""
    if "$ref" in schema:
        return faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    found = [*_plain(value, schema), *_chosen(value, schema, root)]
    if isinstance(value, dict):
        found += _object(value, schema, root)
    if isinstance(value, list):
        found += [one for item in value for one in faults(item, schema.get("items", {}), root)]
        found += ["minItems"] if len(value) < schema.get("minItems", 0) else []
    return found


def _plain(value: object, schema: Schema) -> list[str]:
    kind = schema.get("type")
    if kind is not None:
        is_bool_for_int = kind == "integer" and isinstance(value, bool)
        if not isinstance(value, _TYPES[kind]) or is_bool_for_int:
            return ["type"]
    wrong = ["enum"] if "enum" in schema and value not in schema["enum"] else []
    wrong += ["const"] if "const" in schema and value != schema["const"] else []
    if isinstance(value, str):
        wrong += [] if re.search(schema.get("pattern", ""), value) else ["pattern"]
        wrong += ["minLength"] if len(value) < schema.get("minLength", 0) else []
    if isinstance(value, int) and not isinstance(value, bool):
        wrong += ["minimum"] if value < schema.get("minimum", value) else []
        wrong += ["minimum"] if value <= schema.get("exclusiveMinimum", value - 1) else []
        wrong += ["maximum"] if value > schema.get("maximum", value) else []
        wrong += ["multipleOf"] if value % schema.get("multipleOf", 1) else []
    return wrong


def _object(value: dict[str, object], schema: Schema, root: Schema) -> list[str]:
    known = schema.get("properties", {})
    found = [f"required {name}" for name in schema.get("required", []) if name not in value]
    more = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name in known:
            found += [f"{name}: {fault}" for fault in faults(item, known[name], root)]
        elif more is False:
            found.append(f"unknown {name}")
        elif isinstance(more, dict):
            found += [f"{name}: {fault}" for fault in faults(item, more, root)]
    return found


def _chosen(value: object, schema: Schema, root: Schema) -> list[str]:
    """Judge by anyOf, allOf, and if with then."""
    choices = schema.get("anyOf", [])
    found = ["anyOf"] if choices and all(faults(value, one, root) for one in choices) else []
    for one in schema.get("allOf", []):
        found += faults(value, one, root)
    if "if" in schema and not faults(value, schema["if"], root):
        found += faults(value, schema["then"], root)
    return found
