"""Lines from real yards and manuals that were not read at first: whole, and byte by byte."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from edge.devices.readings import BadFrame, Reading
from edge.devices.scales import scale_decoder
from edge.terminal import reading_json
from tests.unit.edge.lines import fed, one_by_one

CASES: Final[list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "frames" / "field_indicators.json").read_text()
)["frames"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_line_from_the_field_is_read_or_refused(case: dict[str, Any], whole: bool) -> None:  # noqa: FBT001  # the way it comes
    data = bytes.fromhex(case["hex"])
    codec = scale_decoder(case["protocol"], case["options"])
    found = [*fed(codec, [data] if whole else one_by_one(data)), *codec.finish()]
    readings = [reading_json(one) for one in found if isinstance(one, Reading)]
    if case["expect"] is None:
        assert (readings, [type(one) for one in found]) == ([], [BadFrame])
        return
    assert readings
    for said in readings:
        assert {name: said.get(name) for name in case["expect"]} == case["expect"]
