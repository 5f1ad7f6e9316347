"""The tutorial is followed to the letter, in a copy of the program."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.docs.pages import DOCS, ROOT, blocks, file_blocks
from tests.unit.docs.replay import steps
from tests.unit.docs.test_pages import as_pattern

PAGE = DOCS / "new-indicator.md"
SCAN = """
from edge.devices.scales import SCALES
from edge.devices.scan import candidates, judge, trials
identified = judge(candidates(trials(SCALES), b"\\x02S+001560AA\\x03\\x02S+001580AC\\x03" * 5))
print(identified.kind, identified.candidates[0].trial.protocol, identified.candidates[0].sure)
"""


def block(note: str) -> str:
    (found,) = [one.text for one in blocks(PAGE) if one.note == note]
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do what the page says: one file and one row."""
    folder = tmp_path_factory.mktemp("copy")
    unneeded = shutil.ignore_patterns("__pycache__", "*.wav")
    shutil.copytree(ROOT / "edge", folder / "edge", ignore=unneeded)
    for name, text in file_blocks(PAGE).items():
        (folder / name).write_text(text)
    table = folder / "edge" / "devices" / "scales" / "__init__.py"
    text = table.read_text().replace("\nSCALES: Final", f"{block('import')}\nSCALES: Final", 1)
    table.write_text(text.replace("\n}\n", f"\n{block('row')}}}\n", 1))
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_commands_say_what_the_page_shows(copy: Path) -> None:
    for command, expected in steps(block("commands")):
        done = run(copy, "-m", "edge", *command.split()[1:])
        assert re.fullmatch(as_pattern(expected), done.stdout.strip()), done.stdout


def test_the_tests_of_the_page_pass(copy: Path) -> None:
    done = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_northline.py")
    assert done.returncode == 0, done.stdout
    assert "17 passed" in done.stdout


def test_a_scan_finds_the_new_row(copy: Path) -> None:
    assert run(copy, "-c", SCAN).stdout.strip() == "found northline-n9 certain"


def test_the_schema_knows_its_options(copy: Path) -> None:
    assert '"northline-n9"' in run(copy, "-m", "edge", "schema").stdout


def test_the_program_itself_does_not_know_it() -> None:
    assert not (ROOT / "edge" / "devices" / "scales" / "northline.py").exists()
