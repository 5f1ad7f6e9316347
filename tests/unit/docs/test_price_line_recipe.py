"""The recipe for a price line is followed to the letter, in a copy of the program."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.docs.pages import DOCS, ROOT, blocks, file_blocks

PAGE = DOCS / "recipes" / "price-line.md"
TESTS = Path("tests", "unit", "settlement")
LAWS = ("test_price.py", "test_arithmetic.py", "test_posting.py", "test_price_lines.py")

NEEDED = ("docs/money.md", "tests/unit/docs/pages.py")


def block(note: str) -> str:
    (found,) = [one.text for one in blocks(PAGE) if one.note == note]
    return found


def put_before(file: Path, mark: str, text: str) -> None:
    old = file.read_text()
    assert old.count(mark) == 1, (file, mark)
    file.write_text(old.replace(mark, text + mark))


def put_after(file: Path, mark: str, text: str) -> None:
    put_before(file, mark, "")
    file.write_text(file.read_text().replace(mark, mark + text))


def put_for(file: Path, start: str, text: str) -> None:
    """Replace the one line that begins like this."""
    old = file.read_text()
    (line,) = [line for line in old.splitlines(keepends=True) if line.startswith(start)]
    file.write_text(old.replace(line, text))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do what the page says, all but the documentation."""
    folder = tmp_path_factory.mktemp("copy")
    unneeded = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "settlement", folder / "settlement", ignore=unneeded)
    shutil.copytree(ROOT / TESTS, folder / TESTS, ignore=unneeded)
    for name in NEEDED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    settlement = folder / "settlement"
    put_after(settlement / "messages.py", "    rounding: Rounding\n", block("term"))
    put_for(settlement / "price_lines.py", "LineCode = ", block("code"))
    put_before(settlement / "price_lines.py", '}\n"""In the order', block("row"))
    entry = '    "loss_deduction": _loss_deduction,\n'
    price = settlement / "pricing" / "price.py"
    put_before(price, "RULES: Final[", block("rule") + "\n\n")
    put_after(price, entry, block("entry"))
    arithmetic = settlement / "verify" / "arithmetic.py"
    put_for(arithmetic, "DEFAULTS: Final", block("default"))
    put_before(arithmetic, "LINES: Final", block("second") + "\n\n")
    put_after(arithmetic, entry, block("entry"))
    drawn = '    "rounding": st.sampled_from(Rounding),\n'
    put_after(folder / TESTS / "test_price.py", drawn, block("drawn"))
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(folder), str(ROOT)))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": path, "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )


def test_only_the_documentation_is_missing_then(copy: Path) -> None:
    laws = (str(TESTS / name) for name in LAWS)
    done = run(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", *laws
    )
    assert "2 failed" in done.stdout, done.stdout
    assert "docs/money.md: the table of accounts lacks truck_fee:<contract>" in done.stdout
    assert "docs/money.md: no example of truck_fee" in done.stdout


def test_the_fee_is_kept_from_the_driver(copy: Path) -> None:
    files = file_blocks(DOCS / "money.md")
    terms = json.loads(files["contract.json"]) | {"truck_fee_minor": 500}
    (copy / "contract.json").write_text(json.dumps(terms))
    (copy / "load.json").write_text(files["load.json"])
    words = ("price", "--contract", "contract.json", "--load", "load.json")
    price = json.loads(run(copy, "-m", "settlement", *words).stdout)
    assert price["lines"][-1] == {
        "code": "truck_fee",
        "quantity_kg": None,
        "rate_per_tonne_minor": None,
        "amount_minor": -500,
    }
    assert price["total_minor"] == 147_870 - 2_460 - 500


def test_the_program_itself_does_not_know_it() -> None:
    assert "truck_fee" not in (ROOT / "settlement" / "price_lines.py").read_text()
