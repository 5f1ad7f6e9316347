"""Two people at the command line: keys with passphrases, what one proposes, the other approves."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes_bank import eventually
from tests.integration.settlement.program import Program
from tests.unit.settlement.tickets import terms, ticket


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'settlement.db'}"


class Desk:
    """A folder with two people's key files, beside the running program."""

    def __init__(self, folder: Path, program: Program) -> None:
        made = program.services.settings
        self.config = folder / "settlement.toml"
        self.folder = folder
        lines = [
            f'database.url = "{made.database.url}"',
            f"http.port = {program.client.base_url.port}",
            f'api.token = "{made.api.token.get_secret_value()}"',
            'bank.base_url = "http://127.0.0.1:9"',
            f'bank.callback_secret = "{made.bank.callback_secret.get_secret_value()}"',
        ]
        self.config.write_text("\n".join(lines))

    def run(self, *words: str, typed: str = "", code: int = 0) -> str:
        command = [sys.executable, "-m", "settlement", *words]
        if words[:2] != ("person", "key"):
            command += ["--config", str(self.config)]
        done = subprocess.run(
            command, input=f"{typed}\n", capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return (done.stdout if code == 0 else done.stderr).strip()

    def key(self, name: str) -> str:
        return str(self.folder / f"{name}.key")

    def enter(self, name: str) -> None:
        public = self.run("person", "key", self.key(name), typed=f"word of {name}")
        self.run("person", "add", name, "--public", public)

    def says(self, verdict: str, name: str, *ids: str, code: int = 0) -> str:
        words = ("proposal", verdict, *ids, "--key", self.key(name), "--why", "seen")
        return self.run(*words, typed=f"word of {name}", code=code)


@pytest.fixture
def desk(tmp_path: Path, program: Program) -> Desk:
    made = Desk(tmp_path, program)
    made.enter("wang")
    made.enter("zhou")
    return made


def test_a_truck_waits_for_two_people_and_is_then_paid(desk: Desk, program: Program) -> None:
    program.deposit(100_000_000)
    one = ticket()
    program.put_unknown(one)
    eventually(lambda: program.payout(one)["reason"] == "payee_unknown")
    listed = desk.run("proposal", "list").splitlines()
    ids = [line.split("\t")[0] for line in listed]
    assert sorted(line.split("\t")[2] for line in listed) == ["card", "contract", "payee"]
    shown = "".join(desk.run("proposal", "show", one_id) for one_id in ids)
    assert f'* account: - -> "{one.payee.account}"' in shown
    assert "signed: 0 of 2" in shown
    assert "1 of 2 signed" in desk.says("approve", "wang", *ids)
    assert program.payout(one)["reason"] == "payee_unknown"
    assert "\tin_effect\t" in desk.says("approve", "zhou", *ids)
    eventually(lambda: program.payout(one)["state"] == "paid")
    assert desk.run("proposal", "list") == ""
    assert len(desk.run("proposal", "list", "--all").splitlines()) == 3


def test_what_one_has_proposed_another_decides(desk: Desk, tmp_path: Path) -> None:
    agreed = tmp_path / "terms.json"
    agreed.write_text(terms().model_dump_json())
    key = ("--key", desk.key("wang"), "--why", "as agreed")
    made = desk.run("propose", "contract", str(agreed), *key, typed="word of wang")
    assert "needs another person" in desk.says("approve", "wang", made, code=1)
    assert "\trefused\t" in desk.says("refuse", "zhou", made)
    account = ("--name", "Li", "--account", "6222000000001", "--bank-code", "102100099996")
    words = ("propose", "payee", "D1", *account, "--phone", "13800000000", *key)
    again = desk.run(*words, typed="word of wang")
    card = ("propose", "card", "0A1B2C3D4E", "--driver", "D1", "--plate", "蒙K12345", *key)
    assert "\trefused\t" in desk.says("refuse", "zhou", desk.run(*card, typed="word of wang"))
    assert "\twithdrawn\t" in desk.says("withdraw", "wang", again)
    assert "account" in desk.run(
        *[word.replace("6222000000001", "?") for word in words], typed="word of wang", code=1
    )


def test_one_payout_is_let_go_by_two(desk: Desk, program: Program) -> None:
    program.deposit(100_000_000)
    one = ticket()
    program.put_unknown(one)
    eventually(lambda: program.payout(one)["reason"] == "payee_unknown")
    words = ("payout", program.payout(one)["payout_id"], "--key", desk.key("wang"), "--why", "ok")
    made = desk.run("propose", *words, typed="word of wang")
    assert one.payee.account in desk.run("proposal", "show", made)
    desk.says("approve", "zhou", made)
    eventually(lambda: program.payout(one)["state"] == "paid")


def test_people_are_entered_changed_and_leave(desk: Desk) -> None:
    refused = desk.run("person", "add", "li", "--public", "A" * 43 + "=", code=1)
    assert "propose person" in refused
    public = desk.run("person", "key", desk.key("li"), typed="word of li")
    key = ("--key", desk.key("wang"), "--why", "joins us")
    made = desk.run("propose", "person", "li", "--public", public, *key, typed="word of wang")
    desk.says("approve", "zhou", made)
    assert [line.split("\t")[0] for line in desk.run("person", "list").splitlines()] == [
        "li",
        "wang",
        "zhou",
    ]
    gone = desk.run("propose", "end", "person", "li", *key, typed="word of wang")
    desk.says("approve", "zhou", gone)
    assert "may not sign" in desk.says("approve", "li", made, code=1)


def test_a_key_opens_with_its_passphrase_alone(desk: Desk) -> None:
    words = ("proposal", "approve", "00000000-0000-0000-0000-000000000000", "--why", "x")
    said = desk.run(*words, "--key", desk.key("wang"), typed="word of zhou", code=1)
    assert "not with this passphrase" in said
    assert "No such file" in desk.run(*words, "--key", "none.key", typed="x", code=1)
    assert "at least 8" in desk.run("person", "key", desk.key("ma"), typed="short", code=1)
    assert "exists" in desk.run("person", "key", desk.key("wang"), typed="word of wang", code=1)
    assert Path(desk.key("wang")).stat().st_mode & 0o077 == 0
