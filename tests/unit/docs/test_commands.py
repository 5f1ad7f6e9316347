"""Every command that a page names exists, with the options that the page gives it."""

import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.unit.docs.pages import ROOT, pages

PROGRAMS = ("taigan-edge", "taigan-gateway", "taigan-settlement", "taigan-sim")
NAMED = re.compile(rf"(?<![\w./-])({'|'.join(PROGRAMS)})((?: +[^\s`|;&<>)]+)+)")
SERVER = re.compile(r"`?taigan-server ([a-z]+)")
WORDY = re.compile(r"[a-z][a-z-]*")
CODE = re.compile(r"```(\w+)\n(.*?)```|`([^`\n]+)`", re.DOTALL)
TYPED = re.compile(r"^\$ .*$", re.MULTILINE)
PAGES = [page for page in pages() if page.name not in {"CHANGELOG.md", "DECISIONS.md"}]


def app_of(program: str) -> Any:
    (script,) = entry_points(group="console_scripts", name=program)
    module = __import__(script.module, fromlist=["app"])
    return typer.main.get_command(getattr(module, "app", None) or module.cli)


APPS = {program: app_of(program) for program in PROGRAMS}


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (program, words) for each command in the code of a page."""
    for language, block, inline in CODE.findall(text):
        typed = "\n".join(TYPED.findall(block)) if language == "console" else block
        for program, words in NAMED.findall(typed or inline):
            given = [word.strip("\"',.:") for word in words.split()]
            if not given[0].startswith(("taigan-", "/", "--")):  # a unit, or a user who runs one
                yield program, given


def defects(program: str, words: list[str]) -> Iterator[str]:
    command, rest = APPS[program], list(words)
    while hasattr(command, "commands") and rest and WORDY.fullmatch(rest[0]):
        name = rest.pop(0)
        if name not in command.commands:
            yield f"{program} {' '.join(words)}: no command {name}"
            return
        command = command.commands[name]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    for word in rest:
        option = word.partition("=")[0]
        if re.fullmatch(r"--[a-z][a-z-]+", option) and option not in options | {"--help"}:
            yield f"{program} {' '.join(words)}: no option {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    wrong = [line for program, words in commands(text) for line in defects(program, words)]
    assert wrong == []
    script = (ROOT / "deploy" / "server.sh").read_text()
    unknown = [name for name in SERVER.findall(text) if f"\n{name}() {{" not in script]
    assert unknown == []


def test_a_command_that_is_not_there_is_found() -> None:
    said = "`taigan-gateway alarm shut` and\n```sh\ntaigan-settlement payout list --stat x\n```\n"
    wrong = [line for program, words in commands(said) for line in defects(program, words)]
    assert [line.rpartition(": ")[2] for line in wrong] == ["no command shut", "no option --stat"]
