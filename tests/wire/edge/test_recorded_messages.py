"""One recorded example of every message: a change of the wire shows in the diff of these files."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from edge.messages import (
    DOWNLINK,
    RECORD,
    Command,
    CommandResult,
    LaneLive,
    LaneState,
    OfflineOrders,
    Receipt,
    Record,
    Sealed,
)

HERE = Path(__file__).parent
OTHERS: dict[str, Any] = {
    "sealed.v1": TypeAdapter(Sealed),
    "command_result.v1": TypeAdapter(CommandResult),
    "lane_live.v1": TypeAdapter(LaneLive),
    "lane_state.v1": TypeAdapter(LaneState),
}
RECORDED = sorted(HERE.glob("*.json"))


def reader(kind: str) -> Any:
    if kind in OTHERS:
        return OTHERS[kind]
    downlink = {"receipt.v1", "command.v1", "offline_orders.v1"}
    return DOWNLINK if kind in downlink else RECORD


@pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])
def test_a_recorded_message_reads_and_writes_as_it_always_did(path: Path) -> None:
    text = path.read_text().rstrip("\n")
    kind = json.loads(text)["kind"]
    adapter = reader(kind)
    assert path.stem == kind
    assert adapter.dump_json(adapter.validate_json(text)).decode() == text


def test_every_message_has_a_recorded_example() -> None:
    forms = [*Record.__origin__.__args__, Receipt, Command, OfflineOrders]  # type: ignore[attr-defined]
    kinds = {form.model_fields["kind"].default for form in forms} | OTHERS.keys()
    assert {path.stem for path in RECORDED} == kinds


@pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])
def test_an_unknown_field_is_refused(path: Path) -> None:
    message = {**json.loads(path.read_text()), "surprise": 1}
    with pytest.raises(ValueError, match="surprise"):
        reader(message["kind"]).validate_python(message)
