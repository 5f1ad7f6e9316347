"""What an owner without the lanes' keys may do to exports, and what the verifier finds of it.

A small seeded version of `make bench ARGS="tamper"`, over the exports of real programs.
"""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from settlement.verify.reading import Question
from settlement.verify.report import answers, remarks
from tests.bench.tamper import Auditor, judge_change, judge_rewriting
from tests.bench.tamper_changes import Books, copied, of
from tests.bench.tamper_rewritings import REWRITINGS
from tests.bench.tamper_world import Kept, honest

ROOT = Path(__file__).parents[3]
UNFOUND = "## What only a head finds"
"""The heading in docs/money.md."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return honest(tmp_path_factory.mktemp("day"), trucks=4)


@pytest.fixture(scope="module")
def auditor(day: Kept) -> Auditor:
    return Auditor(day)


def test_an_honest_day_is_genuine_complete_and_payable(auditor: Auditor) -> None:
    assert auditor.defects(auditor.books, anchored=True) == []
    answered = answers(auditor.lines(auditor.books), [], auditor.heads)
    assert {answer.verdict for answer in answered.values()} == {"yes"}
    assert remarks(auditor.lines(auditor.books), auditor.heads) == []


@pytest.mark.parametrize("rebuild", [False, True])
def test_every_single_change_is_found_and_located_with_a_head(
    auditor: Auditor, *, rebuild: bool
) -> None:
    random = Random(11)
    judged = [judge_change(auditor, random, rebuild=rebuild, anchored=True) for _ in range(150)]
    assert [verdict for verdict in judged if not verdict.is_located] == []


def test_without_a_head_a_change_is_found_unless_the_list_was_made_anew(auditor: Auditor) -> None:
    random = Random(12)
    judged = [judge_change(auditor, random, rebuild=False, anchored=False) for _ in range(60)]
    missed = {verdict.what for verdict in judged if not verdict.is_found}
    assert missed <= {"head removed"}


@pytest.mark.parametrize("name", REWRITINGS)
def test_a_rewriting_that_hangs_together_is_found_and_located_with_a_head(
    auditor: Auditor, name: str
) -> None:
    verdict = judge_rewriting(auditor, name, Random(13), anchored=True)
    assert (verdict.is_found, verdict.is_located) == (True, True)


def test_the_guide_names_every_rewriting_that_only_a_head_finds(auditor: Auditor) -> None:
    guide = (ROOT / "docs" / "money.md").read_text().partition(UNFOUND)[2].partition("\n## ")[0]
    named = set(re.findall(r"^- (.+?)\.?$", guide, flags=re.MULTILINE))
    unfound = {
        name
        for name in REWRITINGS
        if not judge_rewriting(auditor, name, Random(14), anchored=False).is_found
    }
    assert unfound == named


# --- one side alone -----------------------------------------------------------------------------


def _told_another_payee(books: Books) -> None:
    next(of(books.settlement, "settlement"))["ticket"]["payee"]["account"] = "62220000"


def _settled_another_plate(books: Books) -> None:
    settlement = next(of(books.settlement, "settlement"))
    settlement["plate"] = settlement["ticket"]["plate"] = "京A00000"


def _remove(kind: str, side: str) -> Callable[[Books], None]:
    def remove(books: Books) -> None:
        lines = getattr(books, side)
        lines.remove(next(of(lines, kind)))

    return remove


def _believe_paid(books: Books) -> None:
    state = next(
        line["state"]
        for line in of(books.gateway, "settlement_state")
        if line["state"]["payout"]["state"] == "failed"
    )
    state["payout"]["state"] = "paid"


def _other_terms(books: Books) -> None:
    next(of(books.gateway, "ticket"))["terms"]["rate_per_tonne_minor"] += 1


def _deposit_alone(books: Books) -> None:
    next(of(books.settlement, "deposit"))["amount_minor"] *= 2


def _no_release(books: Books) -> None:
    for line in list(of(books.gateway, "record")):
        if "truck_released.v1" in line["body"]:
            books.gateway.remove(line)


def _no_attempt(books: Books) -> None:
    books.settlement.remove(list(of(books.settlement, "attempt"))[-1])


def _denied_callback(books: Books) -> None:
    callback = next(of(books.settlement, "callback"))
    callback["provider_no"] = next(
        p["provider_no"] for p in of(books.settlement, "payout") if p["state"] == "failed"
    )
    callback["body"] = json.dumps({"data": {"id": callback["provider_no"], "status": "paid"}})


@pytest.mark.parametrize(
    ("change", "question", "named"),
    [
        (_told_another_payee, Question.PAYABLE, "payee is not what the gateway told"),
        (_settled_another_plate, Question.PAYABLE, "plate is not what the gateway told"),
        (_remove("ticket", "gateway"), Question.COMPLETE, "the gateway has no ticket"),
        (_remove("told", "gateway"), Question.COMPLETE, "does not say that it told"),
        (_remove("settlement_state", "gateway"), Question.COMPLETE, "not know that it was settled"),
        (_remove("settlement", "settlement"), Question.COMPLETE, "settlement does not know"),
        (_remove("deposit", "settlement"), Question.COMPLETE, "no deposit explains"),
        (_remove("chain", "gateway"), Question.COMPLETE, "has no number of its last record"),
        (_believe_paid, Question.PAYABLE, "the gateway believes that it is paid"),
        (_other_terms, Question.PAYABLE, "the gateway's ticket has another terms"),
        (_deposit_alone, Question.PAYABLE, "the deposit is not what was booked"),
        (_no_release, Question.PAYABLE, "no record says that the truck was let go"),
        (_no_attempt, Question.COMPLETE, "its attempts are not numbered without a gap"),
        (_denied_callback, Question.PAYABLE, "but a callback says that it was paid"),
    ],
)
def test_what_one_side_changed_alone_is_named_without_a_head(
    auditor: Auditor, change: Callable[[Books], None], question: Question, named: str
) -> None:
    books = copied(auditor.books)
    change(books)
    found = auditor.defects(books, anchored=False)
    assert [one for one in found if one.question is question and named in one.what]


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def files(day: Kept, tmp_path: Path) -> Path:
    write(Books(day.gateway, day.settlement), tmp_path)
    keys = {lane: base64.b64encode(key).decode() for lane, key in day.keys.items()}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    return tmp_path


def write(books: Books, folder: Path) -> None:
    for name in Books._fields:
        lines = (
            json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n"
            for line in getattr(books, name)
        )
        (folder / f"{name}.ndjson").write_text("".join(lines))


def verify(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    exports = ("gateway.ndjson", "settlement.ndjson", "--keys", "keys.json")
    command = [sys.executable, "-m", "settlement.verify", *exports, *options]
    return subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_answers_three_questions(files: Path, day: Kept) -> None:
    keys = [word for key in day.head_keys for word in ("--head-key", key)]
    done = verify(files, "--anchor", str(day.heads), *keys)
    assert done.stdout == "genuine: yes\ncomplete: yes\ngood enough to pay: yes\n"
    assert done.returncode == 0
    alone = verify(files)
    assert "complete: unproven: no head of the gateway" in alone.stdout
    assert alone.returncode == 0


def test_a_single_note_proves_as_much_as_it_covers(files: Path, day: Kept) -> None:
    document = json.loads(min(day.heads.glob("*_settlement-*")).read_text())
    (files / "head.txt").write_text(document["note"])
    done = verify(files, "--anchor", "head.txt", "--json")
    said = json.loads(done.stdout)
    assert said["answers"]["genuine"]["verdict"] == "yes"
    assert any("are newer than the head of" in remark for remark in said["remarks"])
    assert any("signatures were not checked" in remark for remark in said["remarks"])


def test_a_head_of_somebody_else_is_named(files: Path, day: Kept) -> None:
    first = min(day.heads.glob("*_settlement-*"))
    (files / "head.txt").write_text(json.loads(first.read_text())["note"].replace("\nA", "\nB", 1))
    other = day.head_keys[0].replace("/gateway+", "/settlement+")
    assert verify(files, "--anchor", "head.txt", "--head-key", other).returncode == 2
    assert verify(files, "--anchor", "nowhere").returncode == 2
    (files / "head.txt").write_text("no head\n")
    assert "head.txt is no head" in verify(files, "--anchor", "head.txt").stderr


def test_an_older_export_does_not_pass_for_the_newest(
    files: Path, day: Kept, auditor: Auditor
) -> None:
    """An owner who cuts the list where he likes is found by the head that says how long it was."""
    books = copied(auditor.books)
    entries = list(of(books.settlement, "entry"))
    books.settlement[:] = [line for line in books.settlement if line not in entries[-3:]]
    found = auditor.defects(books, anchored=True)
    assert any(one.question is Question.COMPLETE and "is cut off" in one.what for one in found)
    assert day.heads.is_dir()
    assert files.is_dir()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda books: next(of(books.gateway, "record")).update(signature="AA=="), 5),
        (_remove("chain", "gateway"), 5),
        (_believe_paid, 5),
    ],
)
def test_a_change_without_a_new_chain_is_not_genuine(
    files: Path, auditor: Auditor, change: Callable[[Books], None], code: int
) -> None:
    books = copied(auditor.books)
    change(books)
    write(books, files)
    assert verify(files).returncode == code


def test_the_exit_code_says_which_answer_is_no(files: Path, auditor: Auditor) -> None:
    for change, code in ((_last_number_only, 6), (_rechained(_reason_only), 7)):
        change(copied(auditor.books), files)
        done = verify(files, *(("--last", "last.json") if code == 6 else ()))
        assert done.returncode == code, done.stdout


def _last_number_only(books: Books, folder: Path) -> None:
    """What a lane says of itself shows the record that is missing at the end."""
    write(books, folder)
    chain = next(of(books.gateway, "chain"))
    lane = f"{chain['yard']}/{chain['lane']}"
    (folder / "last.json").write_text(json.dumps({lane: {chain["epoch"]: chain["last_seq"] + 1}}))


def _reason_only(books: Books) -> None:
    """The gateway's export alone, made anew: only what it believes is another state."""
    _believe_paid(books)


def _rechained(change: Callable[[Books], None]) -> Callable[[Books, Path], None]:
    def write_again(books: Books, folder: Path) -> None:
        from taigan.heads.facts import Chain  # noqa: PLC0415 - the forger's own tool

        change(books)
        for name in Books._fields:
            chain, lines = Chain(), getattr(books, name)
            kept: list[dict[str, Any]] = [
                {k: v for k, v in line.items() if k != "previous_sha256"}
                for line in lines
                if line["type"] not in {"end", "entry", "head"}
            ]
            encoded = [chain.line(line) for line in kept]
            (folder / f"{name}.ndjson").write_bytes(b"\n".join([*encoded, chain.end(), b""]))

    return write_again
