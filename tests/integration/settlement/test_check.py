"""`taigan-settlement check`: fails when the database is no witness."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from settlement.check import PROGRAM, triggers
from settlement.migrations import upgrade
from taigan.check_witness import check_witness, users_of
from taigan.transactions import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a migrated database that only its user reaches."""
    path = tmp_path / "own" / "settlement.db"
    path.parent.mkdir(mode=0o700)
    upgrade(Database(f"sqlite:///{path}"))
    path.chmod(0o600)
    return path


def told(path: Path) -> dict[str, str]:
    """Return what fails, by check; who runs on this machine is not the database's."""
    found = check_witness(f"sqlite:///{path}", PROGRAM)
    return {one.check: one.detail for one in found if one.level == "fail" and one.check != "user"}


def edit(path: Path, statement: str) -> None:
    with create_engine(f"sqlite:///{path}").begin() as connection:
        connection.execute(text(statement))


def test_a_database_as_it_was_made_is_well(path: Path) -> None:
    assert told(path) == {}


def test_missing_triggers_are_named(path: Path) -> None:
    edit(path, "DROP TRIGGER keep_payouts_states")
    edit(path, "DROP TRIGGER journals_refuse_delete")
    missing = "journals_refuse_delete is missing, keep_payouts_states is missing"
    assert told(path) == {"triggers": missing}
    assert [one.level for one in triggers(f"sqlite:///{path}")] == ["fail"]


def test_a_file_that_others_reach_is_told(path: Path) -> None:
    path.chmod(0o644)
    assert told(path) == {}, "its folder keeps them out"
    path.parent.chmod(0o755)
    assert told(path) == {"file": f"{path}: mode 644, others reach it"}


def test_a_database_that_the_gateway_uses_too_is_told(path: Path) -> None:
    edit(path, "CREATE TABLE stops (stop_id TEXT)")
    assert told(path) == {"database": "gateway keeps its tables here too"}


def test_the_command_ends_with_1_when_something_is_wrong(path: Path, tmp_path: Path) -> None:
    """It needs no other setting than the database's address, and no secret."""
    config = tmp_path / "settlement.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{path}"\n')
    edit(path, "DROP TRIGGER keep_payouts_states")
    command = [sys.executable, "-m", "settlement", "check", "--config", str(config), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert found[0]["check"] == "triggers"
    assert "taigan-settlement migrate" in found[0]["fix"]


@pytest.mark.parametrize(
    ("words", "users"),
    [
        (
            ["/opt/taigan/bin/python3", "/opt/taigan/bin/taigan-settlement", "serve", "--config"],
            {7},
        ),
        (["python", "-m", "settlement", "worker", ""], {7}),
        (["python", "-m", "gateway", "serve"], set()),
        (["taigan-settlement", "doctor"], set()),
        (["vi", "/etc/taigan/settlement.toml"], set()),
        ([""], set()),
    ],
)
def test_a_program_is_known_by_its_command_line(words: list[str], users: set[int]) -> None:
    assert users_of([(7, words), (8, ["sh"])], "settlement") == users
