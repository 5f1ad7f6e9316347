"""The systemd units agree with the exit codes of the programs."""

import configparser

import pytest

from taigan.exit_codes import WRONG_SETTINGS, WRONG_USAGE
from tests.unit.docs.pages import ROOT

UNITS = [
    path
    for path in sorted((ROOT / "deploy" / "systemd").glob("*.service"))
    if "bin/taigan-" in path.read_text()
]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_program_is_started_again_unless_that_cannot_help(path: object) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(str(path))
    assert unit["Service"]["Restart"] == "always"
    never = {int(code) for code in unit["Service"]["RestartPreventExitStatus"].split()}
    assert never == {WRONG_USAGE, WRONG_SETTINGS}
