"""The display's lines: there is one for everything that the lane can say."""

import re
from pathlib import Path

import pytest

from edge.devices.displays.plain import LINE_CHARS_MAX
from edge.lane import texts

LANE = Path(texts.__file__).parent


@pytest.mark.parametrize("line", [*texts.STATE_TEXTS.values(), *texts.REASON_TEXTS.values()])
def test_every_line_is_there_in_both_languages_and_fits(line: dict[str, str]) -> None:
    assert set(line) == {"zh", "en"}
    assert all(0 < len(text) <= LINE_CHARS_MAX for text in line.values())


def test_every_reason_that_the_offline_rules_give_has_a_line() -> None:
    reasons = re.findall(r'Denied\("(\w+)"\)', (LANE / "offline.py").read_text())
    assert set(reasons) <= texts.REASON_TEXTS.keys()
    assert len(reasons) >= 5
