"""Displays, loudspeakers and printers as the settings name them."""

from typing import Any

import pytest

from edge.box.box import Box
from edge.box.outputs import make_display, make_printer, make_speaker
from edge.box.parts import CannotStart
from edge.io.speaker import Speaker
from tests.integration.edge.conftest import MakeSettings


def ignore(_: object) -> None:
    """Take no interest."""


def test_a_lane_needs_no_output(make_settings: MakeSettings) -> None:
    settings = make_settings()
    made = [make(settings, ignore) for make in (make_display, make_speaker, make_printer)]
    assert made == [None, None, None]


def test_all_outputs_are_made_from_their_sections(make_settings: MakeSettings) -> None:
    settings = make_settings(
        display={"source": "/dev/x", "protocol": "sb500", "language": "en"},
        voice={"languages": ["zh", "en"]},
        printer={"source": "socket://127.0.0.1:9100", "dots": 576},
    )
    made = [make(settings, ignore) for make in (make_display, make_speaker, make_printer)]
    assert None not in made
    assert isinstance(made[1], Speaker)
    assert len(made[1]._narrators) == 2


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({"display": {"source": "/dev/x", "protocol": "led"}}, "display: unknown protocol 'led'"),
        (
            {"display": {"source": "/dev/x", "protocol": "sb500"}},
            "display: sb500 has no Chinese characters: set display.language to en",
        ),
        ({"display": {"source": "udp://x"}}, "display: source 'udp://x'"),
        ({"printer": {"source": "mqtt://x"}}, "printer: source 'mqtt://x'"),
    ],
)
def test_a_section_that_cannot_be_used_is_named(
    make_settings: MakeSettings, section: dict[str, Any], named: str
) -> None:
    with pytest.raises(CannotStart, match=named):
        Box(make_settings(**section))
