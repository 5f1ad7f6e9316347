"""One recorded example of every message: a change of the wire shows in the diff of these files."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from edge.messages import DOWNLINK, RECORD, CommandResult, LaneLive, LaneState, Sealed

HERE = Path(__file__).parent
OWN: dict[str, Any] = {
    "sealed.v1": TypeAdapter(Sealed),
    "command_result.v1": TypeAdapter(CommandResult),
    "lane_live.v1": TypeAdapter(LaneLive),
    "lane_state.v1": TypeAdapter(LaneState),
}
"""Forms that are read by themselves, and earlier versions of a form, in their own words."""

RECORDED = sorted(HERE.glob("*.json"))


def kinds(adapter: TypeAdapter[Any]) -> set[str]:
    """Return every kind and version that a program reads."""
    return set(adapter.json_schema()["discriminator"]["mapping"])


def reader(kind: str) -> Any:
    if kind in OWN:
        return OWN[kind]
    return DOWNLINK if kind in kinds(DOWNLINK) else RECORD


@pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])
def test_a_recorded_message_reads_and_writes_as_it_always_did(path: Path) -> None:
    text = path.read_text().rstrip("\n")
    kind = json.loads(text)["kind"]
    adapter = reader(kind)
    assert path.stem == kind
    assert adapter.dump_json(adapter.validate_json(text)).decode() == text


def test_every_message_has_a_recorded_example_and_every_example_a_reader() -> None:
    read = kinds(RECORD) | kinds(DOWNLINK) | OWN.keys()
    assert {path.stem for path in RECORDED} == read


@pytest.mark.parametrize("adapter", [RECORD, DOWNLINK], ids=["records", "downlink"])
def test_an_earlier_version_is_read_as_the_newest(adapter: TypeAdapter[Any]) -> None:
    newest: dict[str, int] = {}
    for name, version in (kind.split(".v") for kind in kinds(adapter)):
        newest[name] = max(newest.get(name, 0), int(version))
    for kind in kinds(adapter):
        name = kind.split(".v")[0]
        read = adapter.validate_json((HERE / f"{kind}.json").read_text())
        assert read.kind == f"{name}.v{newest[name]}"


@pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])
def test_an_unknown_field_is_refused(path: Path) -> None:
    message = {**json.loads(path.read_text()), "surprise": 1}
    with pytest.raises(ValueError, match="surprise"):
        reader(message["kind"]).validate_python(message)
