"""The schema refuses what the program refuses, explains every key, and is published."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from edge.commissioning.schema import lane_schema, schema_text
from edge.commissioning.words import DESCRIPTIONS, EXAMPLES
from edge.config import Settings
from tests.unit.edge.commissioning.schema_check import Schema, faults

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "deploy" / "lane.example.toml"


def sections(schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield "Settings", schema
    yield from schema["$defs"].items()


def document() -> dict[str, Any]:
    return tomllib.loads(EXAMPLE.read_text())


def program_refuses(settings: dict[str, Any]) -> bool:
    try:
        Settings(**settings)
    except ValidationError:
        return True
    return False


def test_the_published_schema_is_current() -> None:
    published = ROOT / "docs" / "lane.schema.json"
    assert published.read_text() == schema_text(), "run taigan-edge schema > docs/lane.schema.json"


def test_every_section_refuses_keys_that_it_does_not_know() -> None:
    closed = {
        name: section.get("additionalProperties") for name, section in sections(lane_schema())
    }
    assert set(closed.values()) == {False}


def test_every_key_is_explained() -> None:
    silent = [
        f"{name}.{key}"
        for name, section in sections(lane_schema())
        for key, field in section["properties"].items()
        if not field.get("description")
    ]
    assert silent == [], "a docstring in edge/config/, or a line in edge/commissioning/words.py"


def test_every_required_key_has_an_example() -> None:
    whole = lane_schema()
    bare = [
        f"{name}.{key}"
        for name, section in sections(whole)
        for key in section.get("required", [])
        for field in [section["properties"][key]]
        if not {"examples", "$ref", "items"} & field.keys()
    ]
    assert bare == [], "a line in edge/commissioning/words.py"


def test_no_word_is_about_a_key_that_is_gone_or_explains_itself() -> None:
    fields = {
        f"{name}.{key}": field
        for name, section in sections(Settings.model_json_schema())
        for key, field in section["properties"].items()
    }
    assert set(EXAMPLES) - set(fields) == set()
    assert {
        name for name in DESCRIPTIONS if "description" in fields.get(name, {"description": ""})
    } == set()


def test_toml_has_no_null_and_neither_has_the_schema() -> None:
    assert "null" not in schema_text()


def test_the_shipped_example_is_valid() -> None:
    assert faults(document(), lane_schema(), lane_schema()) == []


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("scale", "speed", 1),
        ("scale", "e_kg", "twenty"),
        ("scale", "e_kg", 0),
        ("scale", "unit", "lb"),
        ("plc", "pulse_ms", 450),
        ("mqtt", "port", 65_536),
        ("journal", "path", 7),
        ("rules", "frames_min", 4),
        ("offline", "allowed", "perhaps"),
    ],
)
def test_the_schema_refuses_what_the_program_refuses(section: str, key: str, value: object) -> None:
    changed = document()
    changed[section][key] = value
    assert program_refuses(changed)
    assert len(faults(changed, lane_schema(), lane_schema())) == 1


@pytest.mark.parametrize("key", ["yard", "scale", "readers", "signing"])
def test_the_schema_misses_what_the_program_misses(key: str) -> None:
    changed = document()
    del changed[key]
    assert program_refuses(changed)
    assert faults(changed, lane_schema(), lane_schema()) == [f"required {key}"]


def test_a_limit_that_is_not_wired_is_allowed() -> None:
    changed = document()
    changed["plc"]["inputs"]["entry_open_limit"] = "none"
    assert not program_refuses(changed)
    assert faults(changed, lane_schema(), lane_schema()) == []


@pytest.mark.parametrize(
    ("protocol", "options", "fault"),
    [
        ("yaohua-eq", {"format": "2"}, None),
        ("yaohua-eq", {"format": "3"}, "scale: options: format: enum"),
        ("yaohua-continuous", {"format": "2"}, "scale: options: unknown format"),
        ("keli", {}, "scale: protocol: enum"),
    ],
)
def test_protocols_and_their_options_are_those_of_the_tables(
    protocol: str, options: dict[str, str], fault: str | None
) -> None:
    changed = document()
    changed["scale"] |= {"protocol": protocol, "options": options}
    assert faults(changed, lane_schema(), lane_schema()) == ([fault] if fault else [])


def test_the_options_of_a_protocol_that_is_the_default_are_checked_too() -> None:
    changed = document()
    changed["scale"]["options"] = {"speed": 1}
    assert faults(changed, lane_schema(), lane_schema()) == ["scale: options: unknown speed"]


def test_it_is_json() -> None:
    assert json.loads(schema_text())["title"] == "Settings of one lane box"
