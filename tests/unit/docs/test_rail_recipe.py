"""The recipe for a rail is followed to the letter, in a copy of the program."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.secrets import make_secrets
from tests.unit.docs.pages import DOCS, ROOT, blocks, file_blocks
from tests.unit.docs.replay import steps
from tests.unit.docs.test_pages import as_pattern

PAGE = DOCS / "recipes" / "rail.md"
TESTS = Path("tests/unit/settlement")
LAWS = (TESTS / "test_rails.py", TESTS / "test_rail_faults.py")
WITH_THE_LAWS = (*LAWS, TESTS / "rail_examples.py", TESTS / "tickets.py")


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
    for path in WITH_THE_LAWS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)
    shutil.copytree(ROOT / "tests" / "wire", folder / "tests" / "wire", ignore=unneeded)
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
    put_before(readers, "from collections.abc import", block("harbour-imports"))
    put_before(readers, "READERS: Final", block("harbour-reader") + "\n\n")
    put_after(
        folder / TESTS / "rail_examples.py",
        "EXAMPLES: Final[dict[str, RailExample]] = {\n",
        block("example"),
    )
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
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib")
    done = run(copy, *words, *map(str, LAWS), "-k", "meridian or left_over or default")
    assert done.returncode == 0, done.stdout
    (passed,) = re.findall(r"(\d+) passed", done.stdout)
    assert int(passed) > 30, done.stdout


def test_the_commands_say_what_the_page_shows(copy: Path) -> None:
    make_secrets(copy)
    example = (ROOT / "deploy" / "settlement.example.toml").read_text()
    config = example.replace("/var/lib/taigan-settlement", str(copy))
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


FORM = (
    b"no=PZX2S43TDIDW6LE7PW01&yuan=5748.00&name=%E7%8E%8B%E5%B8%88%E5%82%85"
    b"&account=622200000001&bank=ICBC"
)


def test_the_second_bank_gets_the_form_that_its_reader_reads(copy: Path) -> None:
    code = (
        "from settlement.payouts.rails.harbour.wire import instruction; "
        "from settlement.verify.rails import read_harbour; "
        "from tests.unit.settlement.rail_examples import recorded_ticket; "
        "sent = instruction(recorded_ticket(), 'PZX2S43TDIDW6LE7PW01', 574_800); "
        f"assert sent.encode() == {FORM!r}, sent; "
        "print(*read_harbour(sent.encode()))"
    )
    meant = "{'name': '王师傅', 'account': '622200000001', 'bank_code': 'ICBC'}"
    assert run(copy, "-c", code).stdout.strip() == f"PZX2S43TDIDW6LE7PW01 574800 CNY {meant}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"bank=ICBC", b"bank=ICBC&bank=ABC"),
        (b"bank=ICBC", b"bank=ICBC&urgent=1"),
        (b"&bank=ICBC", b""),
        (b"5748.00", b"5748"),
        (b"5748.00", b"5748.0"),
        (b"5748.00", b"05748.00"),
        (b"5748.00", b"\xd9\xa5748.00"),
        (b"5748.00", b"%D9%A5748.00"),
        (b"%E7%8E%8B", b"%E7%8E"),
        (b"%E7%8E%8B", b"\xe7\x8e\x8b"),
        (FORM, b""),
    ],
)
def test_a_form_that_could_mean_two_things_is_unreadable(
    copy: Path, old: bytes, new: bytes
) -> None:
    assert old in FORM
    form = FORM.replace(old, new)
    code = f"from settlement.verify.rails import read_harbour; read_harbour({form!r})"
    assert "settlement.verify.rails.Unreadable: " in run(copy, "-c", code).stdout


@pytest.mark.parametrize(
    ("status", "answer", "outcome"),
    [
        (200, b"PAID P1", "paid"),
        (200, b"WAIT P1", "accepted"),
        (200, b"REFUSED P1", "failed"),
        (200, b"KNOWN P1", "unknown"),
        (200, b"PAID P11", "unknown"),
        (200, b"not PAID P1", "unknown"),
        (500, b"PAID P1", "unknown"),
    ],
)
def test_the_second_banks_answers_prove_what_the_page_says(
    copy: Path, status: int, answer: bytes, outcome: str
) -> None:
    code = (
        "from settlement.payouts.rails.harbour.wire import read_answer; "
        f"print(read_answer({status}, {answer!r}, 'P1').outcome)"
    )
    assert run(copy, "-c", code).stdout.strip() == outcome


@pytest.mark.parametrize("name", ["meridian", "harbour"])
def test_the_program_itself_does_not_know_them(name: str) -> None:
    assert not (ROOT / "settlement" / "payouts" / "rails" / name).exists()
