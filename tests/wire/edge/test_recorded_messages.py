"""One recorded example of every message: a change of the wire shows in the diff of these files."""

import json
from pathlib import Path

import pytest

from edge.messages import DOWNLINK, RECORD
from tests.wire.edge.forms import (
    HERE,
    SCHEMAS,
    every_kind,
    kinds,
    name_of,
    new_fields,
    newest_of,
    reader,
    schema,
    union_of,
    values,
    version,
)

RECORDED = sorted(HERE.glob("*.json"))
IN_UNIONS = sorted(kinds(RECORD) | kinds(DOWNLINK))
RECIPE = "docs/recipes/message-version.md"


@pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])
def test_a_recorded_message_reads_and_writes_as_it_always_did(path: Path) -> None:
    text = path.read_text().rstrip("\n")
    kind = json.loads(text)["kind"]
    adapter = reader(kind)
    assert path.stem == kind
    assert adapter.dump_json(adapter.validate_json(text)).decode() == text


def test_every_message_has_a_recorded_example_and_every_example_a_reader() -> None:
    recorded = {path.stem for path in RECORDED}
    unread = recorded - every_kind()
    assert not unread, f"{unread}: read it in RECORD or DOWNLINK, or add it to OWN in forms.py"
    assert recorded == every_kind()


@pytest.mark.parametrize("kind", sorted(every_kind()))
def test_the_schema_of_a_published_version_never_changes(kind: str) -> None:
    path = SCHEMAS / f"{kind}.json"
    assert path.exists(), f"freeze the schema of {kind}: python -m tests.wire.edge.forms"
    assert schema(kind) == json.loads(path.read_text()), (
        f"{kind} is published and its form changed: give it the next version ({RECIPE})."
        f" Only before the first release (DECISIONS 23): delete"
        f" tests/wire/edge/schemas/{kind}.json and run python -m tests.wire.edge.forms"
    )


def test_every_frozen_schema_has_a_reader() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == every_kind()


@pytest.mark.parametrize("kind", IN_UNIONS)
def test_an_earlier_version_is_read_as_the_newest(kind: str) -> None:
    union = union_of(kind)
    read = union.validate_json((HERE / f"{kind}.json").read_text())
    assert read.kind == newest_of(kind, kinds(union))


@pytest.mark.parametrize("kind", IN_UNIONS)
def test_what_an_earlier_version_lacks_is_none(kind: str) -> None:
    union = union_of(kind)
    read = union.validate_json((HERE / f"{kind}.json").read_text()).model_dump(mode="json")
    for path in new_fields(schema(kind), schema(read["kind"])):
        assert set(values(read, path)) <= {None}, f"{kind}: {path} is a guess, not None"


@pytest.mark.parametrize("kind", sorted(every_kind()))
def test_a_field_that_is_new_is_required(kind: str) -> None:
    before = f"{name_of(kind)}.v{version(kind) - 1}"
    old = schema(before if version(kind) > 1 else kind)
    for path, required in new_fields(old, schema(kind)).items():
        assert required, f"{kind}: {path} needs no default: `| None`, never `= None`"


@pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])
def test_an_unknown_field_is_refused(path: Path) -> None:
    message = {**json.loads(path.read_text()), "surprise": 1}
    with pytest.raises(ValueError, match="surprise"):
        reader(message["kind"]).validate_python(message)
