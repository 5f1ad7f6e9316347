"""The recipe for a rail is followed to the letter, in a copy of the program."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.docs.pages import DOCS, ROOT, blocks, file_blocks
from tests.unit.docs.replay import steps
from tests.unit.docs.test_pages import as_pattern

PAGE = DOCS / "recipes" / "rail.md"
LAWS = ("tests/unit/settlement/test_rails.py", "tests/unit/settlement/tickets.py")


def block(note: str) -> str:
    (found,) = [one.text for one in blocks(PAGE) if one.note == note]
    return found


def put_before(file: Path, mark: str, text: str) -> None:
    old = file.read_text()
    assert old.count(mark) == 1, (file, mark)
    file.write_text(old.replace(mark, text + mark))


def put_after(file: Path, mark: str, text: str) -> None:
    old = file.read_text()
    assert old.count(mark) == 1, (file, mark)
    file.write_text(old.replace(mark, mark + text))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do what the page says."""
    folder = tmp_path_factory.mktemp("copy")
    unneeded = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "settlement", folder / "settlement", ignore=unneeded)
    for name, text in file_blocks(PAGE).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    settlement = folder / "settlement"
    put_before(settlement / "config.py", "class GatewaySettings(", block("section") + "\n\n")
    put_after(settlement / "config.py", "    bank: BankSettings\n", block("field"))
    rails = settlement / "payouts" / "rails" / "__init__.py"
    put_before(rails, "from settlement.payouts.rails.rail import", block("import"))
    put_after(rails, '    "sandbox": SANDBOX,\n', block("row"))
    readers = settlement / "verify" / "rails.py"
    put_before(readers, "READERS: Final", block("reader") + "\n\n")
    put_after(readers, '    "sandbox": read_sandbox,\n', block("reader-row"))
    for name in LAWS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={
            "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))),
            "PATH": "",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_laws_of_all_rails_hold_for_the_new_one(copy: Path) -> None:
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", LAWS[0])
    done = run(copy, *words, "-k", "meridian or every or default")
    assert done.returncode == 0, done.stdout
    assert "7 passed" in done.stdout, done.stdout


def test_the_commands_say_what_the_page_shows(copy: Path) -> None:
    example = (ROOT / "deploy" / "settlement.example.toml").read_text()
    config = example.replace("/var/lib/taigan/settlement.db", f"{copy}/s.db")
    section = '[meridian]\nbase_url = "http://127.0.0.1:9"\ntoken = "0123456789abcdef"\n'
    (copy / "settlement.toml").write_text(config + section)
    for command, expected in steps(block("commands")):
        done = run(copy, "-m", "settlement", *_words(command))
        assert re.fullmatch(as_pattern(expected), done.stdout.strip()), done.stdout


def _words(command: str) -> list[str]:
    return [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', command)][1:]


@pytest.mark.parametrize(
    ("asked", "status", "answer", "outcome"),
    [
        ("TO_SEND", 200, b'{"ref":"P1","state":"DONE"}', "paid"),
        ("TO_SEND", 422, b"", "conflict"),
        ("TO_SEND", 404, b"", "unknown"),
        ("TO_ASK", 404, b"", "not_found"),
        ("TO_ASK", 200, b'{"ref":"P2","state":"DONE"}', "unknown"),
        ("TO_ASK", 200, b'{"ref":"P1","state":"NEW"}', "unknown"),
        ("TO_ASK", 500, b'{"ref":"P1","state":"DONE"}', "unknown"),
    ],
)
def test_its_answers_prove_what_the_page_says(
    copy: Path, asked: str, status: int, answer: bytes, outcome: str
) -> None:
    code = (
        "from settlement.payouts.rails.meridian import wire; "
        f"print(wire.read_answer(wire.{asked}, {status}, {answer!r}, 'P1').outcome)"
    )
    assert run(copy, "-c", code).stdout.strip() == outcome


def test_the_program_itself_does_not_know_it() -> None:
    assert not (ROOT / "settlement" / "payouts" / "rails" / "meridian").exists()
