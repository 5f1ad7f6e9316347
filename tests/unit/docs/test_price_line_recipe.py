"""The recipe for a price line is followed to the letter, in a copy of the program.

It shows two lines; the second is added to the tree that already has the first.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from settlement.price_lines import LineCode
from tests.unit.docs.pages import DOCS, ROOT, blocks

PAGE = DOCS / "recipes" / "price-line.md"
WIRE = Path("tests", "wire", "settlement")
TESTS = Path("tests", "unit", "settlement")
FOLDERS = (Path("settlement"), WIRE, TESTS)
FILES = ("docs/money.md", "tests/unit/docs/pages.py")
LAWS = [
    *(
        str(TESTS / f"test_{name}.py")
        for name in ("arithmetic", "line_examples", "posting", "price", "price_lines", "terms")
    ),
    f"{WIRE}/test_recorded.py::test_the_recorded_ticket_names_every_term",
]
LINES = {"truck_fee", "full_load_bonus"}
TERMS = {"truck_fee_minor": 500, "full_load_bonus": {"amount_minor": 3000, "from_kg": 32_000}}
UNDOCUMENTED = {
    "docs/money.md: the table of accounts lacks truck_fee:<contract>",
    *(f"docs/money.md: no example of {code}: give contract.json its term" for code in LINES),
    *(f"docs/money.md: the table of terms lacks {name}" for name in TERMS),
    f"{WIRE}/ticket_to_settle.v1.json: the contract lacks {', '.join(sorted(TERMS))}",
}

_PLACE = re.compile(r"(?P<how>in|before) (?P<file>\S+): (?P<name>\w+)")
_FAILED = re.compile(r"^FAILED .*? - AssertionError: (?P<text>.*)$", re.MULTILINE)


def put(folder: Path, place: re.Match[str], text: str) -> None:
    """Put a block before what begins with a name, or at its end, above the closing bracket."""
    file = folder / place["file"]
    lines = file.read_text().splitlines(keepends=True)
    begins = re.compile(rf"(class )?{place['name']}\b")
    (start,) = [number for number, line in enumerate(lines) if begins.match(line)]
    if place["how"] == "before":
        lines[start:start] = [text, "\n\n"]
    else:
        end = next(n for n, line in enumerate(lines) if n > start and re.match(r"\S", line))
        while not lines[end - 1].strip():
            end -= 1
        lines[end:end] = [text]
    file.write_text("".join(lines))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do what the page says, all but the documentation."""
    folder = tmp_path_factory.mktemp("copy")
    for name in FOLDERS:
        unneeded = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=unneeded)
    for file in FILES:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, folder / file)
    for block in blocks(PAGE):
        place = _PLACE.fullmatch(block.note)
        assert place, f"{PAGE}: this block has no place: {block.text}"
        put(folder, place, block.text)
    return folder


def run(folder: Path, *arguments: str) -> str:
    path = os.pathsep.join((str(folder), str(ROOT)))
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": path, "PATH": "", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "500"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return done.stdout


def test_only_the_documentation_is_missing_then(copy: Path) -> None:
    words = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--tb=line")
    said = run(copy, "-m", "pytest", *words, *LAWS)
    assert set(_FAILED.findall(said)) == UNDOCUMENTED, said
    assert f"{len(UNDOCUMENTED)} failed" in said


def test_the_lines_are_added_to_the_price_of_the_documented_example(copy: Path) -> None:
    run(copy, "-m", "tests.unit.docs.pages", "docs/money.md", "example")
    before = priced(copy)
    contract = copy / "example" / "contract.json"
    contract.write_text(json.dumps(json.loads(contract.read_text()) | TERMS))
    after = priced(copy)
    added = [line for line in after["lines"] if line not in before["lines"]]
    assert {line["code"]: line["amount_minor"] for line in added} == {
        "truck_fee": -500,
        "full_load_bonus": 3000,
    }
    assert after["total_minor"] == before["total_minor"] - 500 + 3000


def priced(folder: Path) -> dict[str, Any]:
    words = ("--contract", "example/contract.json", "--load", "example/load.json")
    priced: dict[str, Any] = json.loads(run(folder, "-m", "settlement", "price", *words))
    return priced


def test_the_program_itself_does_not_know_the_lines() -> None:
    known = LINES & set(get_args(LineCode))
    assert not known, f"docs/recipes/price-line.md: give the example another name than {known}"
