"""The recipes are followed to the letter, each in a copy of the program."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.docs.pages import DOCS, ROOT, Block, blocks
from tests.unit.docs.replay import steps

RECIPES = [DOCS / "recipes" / name for name in ("alarm.md", "console-page.md")]
COPIED = ("edge", "gateway", "settlement", "tests", "docs", "deploy", "simulators")


def copy_program(folder: Path) -> None:
    unneeded = shutil.ignore_patterns("__pycache__", "*.wav", "images")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=unneeded)
    for page in ROOT.glob("*.md"):
        shutil.copy(page, folder)
    shutil.copy(ROOT / "pyproject.toml", folder)


def follow(recipe: Path, folder: Path) -> None:
    """Put every block where the comment above it says."""
    todo = iter(blocks(recipe))
    for block in todo:
        what, _, where = block.note.partition(": ")
        if what == "file":
            (folder / where).write_text(block.text)
        elif what == "append":
            (folder / where).write_text((folder / where).read_text() + "\n\n" + block.text)
        elif what == "add":
            add(folder, where, block)
        elif what == "replace":
            old = (folder / where).read_text()
            count = old.count(block.text)
            assert count == 1, f"{where} has {count} times what the page quotes:\n{block.text}"
            (folder / where).write_text(old.replace(block.text, next(todo).text))


def add(folder: Path, where: str, block: Block) -> None:
    """Add a block below the one line that contains what the comment names."""
    name, _, after = where.partition(" after: ")
    lines = (folder / name).read_text().splitlines(keepends=True)
    places = [number for number, line in enumerate(lines, 1) if after in line]
    assert len(places) == 1, f"{name} has {len(places)} lines with what the page quotes: {after}"
    place = places[0]
    (folder / name).write_text("".join([*lines[:place], block.text, *lines[place:]]))


@pytest.mark.browser
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_a_recipe_leads_where_it_says(recipe: Path, tmp_path: Path) -> None:
    copy_program(tmp_path)
    follow(recipe, tmp_path)
    (commands,) = [block.text for block in blocks(recipe) if block.note == "commands"]
    for command, _ in steps(commands):
        done = run(tmp_path, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}"


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command.split()[1:]],
        cwd=folder,
        env={
            "PYTHONPATH": str(folder),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(folder),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=400,
    )
