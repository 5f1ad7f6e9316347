"""Only what has the proper form reaches the screens."""

from typing import Any

import pytest

from edge.messages import LaneState
from gateway.ingest.screens import Screens
from gateway.records.envelope import Envelope


def shown(name: str, payload: bytes) -> list[tuple[str, dict[str, Any]]]:
    told: list[tuple[str, dict[str, Any]]] = []
    screens = Screens(lambda event, data: told.append((event, data)))
    screens.show(name, Envelope("mine", "mine-in", payload))
    return told


def test_a_lanes_state_is_told_with_its_name() -> None:
    ((event, data),) = shown("state", b'{"kind":"lane_state.v1","online":false}')
    assert event == "lane_state"
    assert (data["yard"], data["lane"], data["online"]) == ("mine", "mine-in", False)


def test_a_lanes_state_is_heard_and_nothing_else() -> None:
    heard: list[tuple[str, str, LaneState]] = []
    screens = Screens(lambda *_: None, lambda *state: heard.append(state))
    place = ("mine", "mine-in")
    for payload in (b'{"kind":"lane_state.v1","online":true,"epoch":"aa","seq":7}', b"{}"):
        screens.show("state", Envelope(*place, payload))
    assert [(*one[:2], one[2].seq) for one in heard] == [(*place, 7)]


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"\xff", b'{"online":true,"yard":"x"}', b" " * 20_000 + b"{}"]
)
def test_anything_else_is_not_told(payload: bytes) -> None:
    assert shown("state", payload) == []
