"""`taigan-edge init`: a lane's settings with every key, its default and what it means.

Written from the schema alone, so that a key of the program cannot be missing from it. Prose begins
with `# `; a key at its default value begins with `#` without the blank.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import wrap
from typing import Final

from pydantic import TypeAdapter, ValidationError

from edge.commissioning.schema import Schema, lane_schema
from edge.commissioning.toml_text import toml_value
from edge.messages import Name
from taigan.exit_codes import WRONG_USAGE
from taigan.terminal import fail, say

WIDTH: Final = 96
UNSET: Final = "# Not set; an example:"
SCHEMA_FILE: Final = "lane.schema.json"

_HEAD: Final = f"""\
#:schema ./{SCHEMA_FILE}
# Settings of one lane box: `taigan-edge run --config` this file.
# `taigan-edge schema > {SCHEMA_FILE}` beside it lets editors check it while it is written.
# A line that is commented out shows the default, or an example if nothing is set.
# Any key can come from the environment instead: TAIGAN_MQTT__PASSWORD is mqtt.password.
# Times are in milliseconds, weights in kilograms.

"""


def write_lane_file(path: Path, *, yard: str, lane: str) -> None:
    """Write the file; ends with 1 if there is one already, with 2 for a bad name."""
    for option, name in (("--yard", yard), ("--lane", lane)):
        try:
            TypeAdapter(Name).validate_python(name)
        except ValidationError:
            fail(f"{option} {name!r}: a name is [a-z0-9-], at most 32", WRONG_USAGE)
    try:
        with path.open("x") as file:
            file.write(lane_file(yard=yard, lane=lane))
    except FileExistsError:
        fail(f"{path}: exists, and is not overwritten")
    except OSError as error:
        fail(str(error))
    say(f"{path} written; next: taigan-edge scan PORT, then request and doctor --config {path}")


def lane_file(*, yard: str, lane: str) -> str:
    """Return the text; it can be loaded as it is."""
    chosen = {
        "yard": yard,
        "lane": lane,
        "mqtt.username": f"{yard}/{lane}",
        "journal.path": f"/var/lib/taigan/{lane}.db",
        "signing.key_file": f"/var/lib/taigan/{lane}.key",
    }
    writer = _Writer(lane_schema(), chosen)
    return _HEAD + "".join(f"{line}\n" for line in writer.lines())


class _Writer:
    """Walks through a schema, section by section."""

    def __init__(self, schema: Schema, chosen: Mapping[str, str]) -> None:
        self._schema = schema
        self._chosen = chosen

    def lines(self) -> Iterator[str]:
        yield from self._section(self._schema, path=(), mark="")

    def _section(self, section: Schema, path: tuple[str, ...], mark: str) -> Iterator[str]:
        """Yield a section's own keys, then its sections; `mark` is what comments it out."""
        nested = []
        for key, field in section["properties"].items():
            inner, is_list = self._inner(field)
            if inner is not None:
                nested.append((key, field, inner, is_list))
            else:
                yield from self._key(section, (*path, key), field, mark)
        for key, field, inner, is_list in nested:
            optional = key not in section["required"] if "required" in section else True
            absent = optional and ("default" not in field or field["default"] == [])
            inner_mark = mark or ("#" if absent else "")
            name = ".".join((*path, key))
            yield ""
            yield from _prose(field.get("description", "") or inner.get("description", ""))
            yield f"{inner_mark}[[{name}]]" if is_list else f"{inner_mark}[{name}]"
            yield from self._section(inner, (*path, key), inner_mark)

    def _inner(self, field: Schema) -> tuple[Schema | None, bool]:
        """Return the section that a field holds, and whether there may be several of it."""
        is_list = "$ref" in field.get("items", {})
        reference = field.get("$ref") or field.get("items", {}).get("$ref")
        if reference is None:
            return None, False
        return self._schema["$defs"][reference.removeprefix("#/$defs/")], is_list

    def _key(
        self, section: Schema, path: tuple[str, ...], field: Schema, mark: str
    ) -> Iterator[str]:
        key = path[-1]
        is_required = key in section.get("required", ())
        notes = [field.get("description", ""), _limits(field)]
        if is_required and mark:
            notes.append("Required.")
        yield from _prose(" ".join(note for note in notes if note))
        if not is_required and "default" not in field:
            yield UNSET
        own_mark = mark or ("" if is_required else "#")
        yield f"{own_mark}{key} = {toml_value(self._chosen.get('.'.join(path), _shown(field)))}"


def _shown(field: Schema) -> object:
    """Return the default, an example, or a value that is allowed."""
    if "default" in field:
        return field["default"]
    for name in ("examples", "enum"):
        if name in field:
            return field[name][0]
    return {"integer": field.get("minimum", 1), "boolean": False}.get(field.get("type", ""), "…")


def _limits(field: Schema) -> str:
    """Return what values may be, in short."""
    if "enum" in field:
        return "One of: " + ", ".join(map(toml_value, field["enum"])) + "."
    low, high = field.get("minimum"), field.get("maximum")
    step = f", in steps of {field['multipleOf']}" if "multipleOf" in field else ""
    if low is not None and high is not None:
        return f"{low} to {high}{step}."
    return ""


def _prose(text: str) -> Iterator[str]:
    yield from (f"# {line}" for line in wrap(text, WIDTH, break_on_hyphens=False))
