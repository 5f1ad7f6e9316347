"""The JSON Schema of a lane's settings: from the model that reads them, with words for people.

TOML has no null, so the schema has none; protocols and their options are those of the tables.
"""

import json
from collections.abc import Mapping
from inspect import signature
from typing import Any, Final, cast

from pydantic import ConfigDict, create_model

from edge.commissioning.words import DESCRIPTIONS, EXAMPLES
from edge.config import Settings
from edge.devices.readers import READERS
from edge.devices.rows import ProtocolRow
from edge.devices.scales import SCALES

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_NULL: Final = {"type": "null"}
_TABLES: Final[Mapping[str, Mapping[str, ProtocolRow[Any]]]] = {
    "ScaleSettings": SCALES,
    "ReaderSettings": READERS,
}


def lane_schema() -> Schema:
    """Return the schema of a whole settings file."""
    whole: Schema = Settings.model_json_schema()
    sections: dict[str, Schema] = {"Settings": whole, **whole["$defs"]}
    for name, section in sections.items():
        for key, field in section["properties"].items():
            section["properties"][key] = _explained(f"{name}.{key}", _without_null(field))
    for name, table in _TABLES.items():
        _name_protocols(sections[name], table)
    return {"$schema": DIALECT, **whole, "title": "Settings of one lane box"}


def schema_text() -> str:
    """Return it as it is published."""
    return json.dumps(lane_schema(), indent=1, ensure_ascii=False) + "\n"


def _without_null(field: Schema) -> Schema:
    """Drop null as a choice and as a default; a single choice replaces the list."""
    rest = {name: value for name, value in field.items() if name not in {"title", "anyOf"}}
    if rest.get("default", "") is None:
        del rest["default"]
    if isinstance(rest.get("default"), dict):
        rest["default"] = {key: one for key, one in rest["default"].items() if one is not None}
    choices = [choice for choice in field.get("anyOf", []) if choice != _NULL]
    if len(choices) == 1:
        return {**choices[0], **rest}
    return {"anyOf": choices, **rest} if choices else rest


def _explained(name: str, field: Schema) -> Schema:
    meaning = {"description": DESCRIPTIONS[name]} if name in DESCRIPTIONS else {}
    example = {"examples": [EXAMPLES[name]]} if name in EXAMPLES else {}
    told = {"description": " ".join(field["description"].split())} if "description" in field else {}
    return {**field, **meaning, **told, **example}


def _name_protocols(section: Schema, table: Mapping[str, ProtocolRow[Any]]) -> None:
    """Let the schema refuse the protocols and options that the program refuses."""
    protocol = section["properties"]["protocol"]
    protocol["enum"] = sorted(table)
    section["allOf"] = [
        {
            "if": {"properties": {"protocol": {"const": name}}, **_said(name, protocol)},
            "then": {"properties": {"options": _options_schema(row)}},
        }
        for name, row in sorted(table.items())
    ]


def _said(name: str, protocol: Schema) -> Schema:
    """Return what a condition also needs: a protocol that is not the default must be named."""
    return {} if protocol["default"] == name else {"required": ["protocol"]}


def _options_schema(row: ProtocolRow[Any]) -> Schema:
    fields = {
        name: (parameter.annotation, parameter.default)
        for name, parameter in signature(row.make).parameters.items()
    }
    form = create_model("Options", __config__=ConfigDict(extra="forbid"), **cast("Any", fields))
    schema: Schema = form.model_json_schema()
    options = {name: _without_null(field) for name, field in schema["properties"].items()}
    return {"type": "object", "properties": options, "additionalProperties": False}
