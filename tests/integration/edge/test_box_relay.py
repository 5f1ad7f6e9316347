"""A real box at a relay board that does not know the command for a pulse."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.edge.test_box import USERS, Site, wait_for
from tests.services.mosquitto import private_mosquitto

LONGER_THAN_A_BARRIER_IS_TRIED_S = 10


class OtherBoard(Site):
    """Its settings name a pulse that the board there does not have."""

    def _settings(self, yard: str, lane: str) -> dict[str, object]:
        settings: dict[str, Any] = super()._settings(yard, lane)
        return {**settings, "plc": {**settings["plc"], "pulse": "fc16"}}

    def states(self) -> list[str]:
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line["state"] for line in lines if line.get("event") == "lane"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[OtherBoard]:
    with private_mosquitto(USERS) as broker:
        made = OtherBoard(tmp_path, broker, "mine", "mine-in")
        yield made
        made.stop()


def test_the_lane_goes_out_of_service_once_and_stays_there(site: OtherBoard) -> None:
    wait_for(lambda: site.states()[-1:] == ["out_of_service"])
    threading.Event().wait(LONGER_THAN_A_BARRIER_IS_TRIED_S)
    assert site.states() == ["idle", "out_of_service"]
    assert site.lane.display.text == "道闸无响应 暂停服务"
    faults = [one for one in site.gateway.records if one.kind == "lane_fault.v1"]
    assert [(one.device, one.reason) for one in faults] == [("plc", "pulse_refused")]
    assert '"plc lost"' not in site.log()
