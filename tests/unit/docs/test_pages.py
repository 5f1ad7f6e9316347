"""The documentation is true: commands run, tables are generated, links lead somewhere."""

import configparser
import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer

from tests.unit.docs import generated, replay
from tests.unit.docs.pages import DOCS, ROOT, anchors, blocks, links, pages
from tests.unit.docs.pages import generated as parts_of

MOSQUITTO = ROOT / "deploy" / "systemd" / "taigan-mosquitto.service"
"""Starts a program that is not ours."""

UNITS = sorted({*(ROOT / "deploy" / "systemd").glob("*.service")} - {MOSQUITTO})
WITH_COMMANDS = [
    page for page in pages() if any(block.language == "console" for block in blocks(page))
]


REPLAYED_AFTERWARDS = {"replace-a-box.md", "restore.md"}
"""Typed by tests/install, once docs/first-yard.md has been."""

Replays = dict[str, list[tuple[str, str, str]]]
"""(command, expected, said) by page."""


def as_pattern(expected: str) -> str:
    """Return a pattern in which `…` stands for anything within a line, alone for any lines."""
    lines = (
        "(?s:.*)" if line == "…" else "[^\n]*".join(map(re.escape, line.split("…")))
        for line in expected.split("\n")
    )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def replays(tmp_path_factory: pytest.TempPathFactory) -> Replays:
    """Type all pages' commands, each page's in a folder of its own."""
    folder = tmp_path_factory.mktemp("pages")
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.docs.replay", *map(str, WITH_COMMANDS)],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: Replays = json.loads((folder / replay.REPORT).read_text())
    return found


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_every_command_says_what_its_page_shows(page: Path, replays: Replays) -> None:
    for command, expected, found in replays[str(page)]:
        assert re.fullmatch(as_pattern(expected), found), f"{command}\n{found}"


def test_the_pages_that_promise_commands_have_some() -> None:
    assert {page.name for page in WITH_COMMANDS} == {
        "api.md",
        "commissioning.md",
        "devices.md",
        "lane.md",
        "money.md",
        "operations.md",
        "simulators.md",
    }


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_what_no_test_runs_is_marked_as_installation(page: Path) -> None:
    shell = [block for block in blocks(page) if block.language in {"sh", "bash", "shell"}]
    replayed = [block for block in shell if "first yard" in block.note]
    installs = [block for block in shell if block.note == "installation"]
    assert len(shell) == len(installs) + len(replayed)
    assert not replayed or page.name in REPLAYED_AFTERWARDS | {"first-yard.md"}


def test_generated_parts_are_current() -> None:
    found = {name: text for page in pages() for name, text in parts_of(page).items()}
    assert found == generated.texts(), "run python -m tests.unit.docs.generated"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in links(page):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_unit_starts_a_command_that_exists(unit: Path) -> None:
    parsed = configparser.ConfigParser(interpolation=None, strict=False)
    parsed.read(unit)
    program, command, option, settings = parsed["Service"]["ExecStart"].split()
    (script,) = entry_points(group="console_scripts", name=Path(program).name)
    module = sys.modules.get(script.module) or __import__(script.module, fromlist=["app"])
    app = getattr(module, "app", None) or module.cli
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert command in known
    assert option == "--config"
    assert settings.startswith("/etc/taigan/")


def test_a_dots_pattern_stays_within_its_line() -> None:
    assert re.fullmatch(as_pattern("a…b"), "a123b")
    assert not re.fullmatch(as_pattern("a…b"), "a\nb")
    assert re.fullmatch(as_pattern("a\n…\nb"), "a\n1\n2\nb")


def test_console_blocks_are_cut_at_their_prompts() -> None:
    assert replay.steps("$ one\n1\n2\n$ two\n") == [("one", "1\n2"), ("two", "")]
