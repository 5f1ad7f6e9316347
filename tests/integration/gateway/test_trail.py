"""The audit trail: only ever added to, and a change of it shows."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from gateway.trail import checking
from gateway.trail.chain import GENESIS
from gateway.trail.checking import Head, check_trail, read_head
from gateway.trail.service import By, Deed, change_of, keep
from taigan.transactions import run
from taigan.witness import lift
from tests.integration.gateway.test_program import CONFIG
from tests.integration.gateway.test_program import run as run_gateway

LI = By("li", 1_000)


def add(engine: Engine, *names: str) -> None:
    for name in names:
        run(engine, lambda connection, name=name: keep(connection, LI, Deed("yard.create", name)))  # type: ignore[misc]


def change(engine: Engine, statement: str) -> None:
    """Do what only the database's owner can: take the triggers off first."""
    with engine.begin() as connection:
        lift(connection)
        connection.execute(text(statement))


def test_an_empty_trail_is_whole(engine: Engine) -> None:
    assert check_trail(engine) == (Head(0, GENESIS), [])
    assert check_trail(engine, Head(0, GENESIS)).defects == []


def test_what_was_kept_is_whole_and_an_earlier_head_is_found_in_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_ROWS_AT_ONCE", 2)
    add(engine, "mine")
    noted = check_trail(engine).head
    add(engine, "plant", "port", "pier")
    checked = check_trail(engine, read_head(str(noted)))
    assert (checked.head.seq, checked.defects) == (4, [])


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE trail SET who = 'wang' WHERE seq = 1", "only ever inserted"),
        ("DELETE FROM trail WHERE seq = 1", "never deleted"),
    ],
)
def test_the_database_refuses_every_change(engine: Engine, statement: str, says: str) -> None:
    add(engine, "mine")
    with pytest.raises(IntegrityError, match=says), engine.begin() as connection:
        connection.execute(text(statement))


def test_it_cannot_be_emptied(postgres_engine: Engine) -> None:
    add(postgres_engine, "mine")
    with pytest.raises(IntegrityError), postgres_engine.begin() as connection:
        connection.execute(text("TRUNCATE trail"))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE trail SET who = 'wang' WHERE seq = 2", ["2: was changed"]),
        ("UPDATE trail SET reason = '' WHERE seq = 2", ["2: was changed"]),
        ("DELETE FROM trail WHERE seq = 2", ["3: follows 1, what stood between is gone"]),
        (
            "UPDATE trail SET previous_sha256 = sha256 WHERE seq = 2",
            ["2: does not follow from the row before it", "2: was changed"],
        ),
    ],
)
def test_what_the_owner_changed_is_found(engine: Engine, statement: str, found: list[str]) -> None:
    add(engine, "mine", "plant", "port")
    change(engine, statement)
    assert check_trail(engine).defects == found


def test_a_trail_that_was_cut_shows_beside_a_head_that_was_noted(engine: Engine) -> None:
    add(engine, "mine", "plant")
    noted = check_trail(engine).head
    change(engine, "DELETE FROM trail WHERE seq = 2")
    assert check_trail(engine).defects == []
    assert "not in the trail" in check_trail(engine, noted).defects[0]


def test_many_who_write_at_once_make_one_chain(engine: Engine) -> None:
    with ThreadPoolExecutor(6) as pool:
        for _ in pool.map(lambda name: add(engine, str(name)), range(30)):
            pass
    checked = check_trail(engine)
    assert (checked.head.seq, checked.defects) == (30, [])


def test_secrets_are_left_out_and_accounts_masked(engine: Engine) -> None:
    before = {"account": "6222020200001234567", "password_hash": "x", "name": "Li", "nul": 1}
    after = {"account": "6222020200009994567", "password_hash": "y", "name": "Li", "nul": 2}
    with engine.begin() as connection:
        keep(connection, By("a\x00b" * 40, 5), change_of("driver.change", "1", before, after))
        row = connection.execute(text("SELECT who, before, after FROM trail")).one()
    assert row.before == '{"account":"***************4567","nul":1}'
    assert row.after == '{"account":"***************4567","nul":2}'
    assert len(row.who) == 80
    assert check_trail(engine).defects == []


def test_a_head_that_is_none_is_refused() -> None:
    for wrong in ("", "5", "x:" + GENESIS, "5:abc"):
        with pytest.raises(ValueError, match="SEQ:SHA256"):
            read_head(wrong)


def test_the_command_prints_the_head_and_names_what_is_wrong(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG.format(folder=tmp_path, http_port=1, mqtt_port=1))
    run_gateway("init", "--config", config)
    verify = ("audit", "verify", "--config", config)
    head = run_gateway(*verify).stdout.strip()
    assert head.startswith("1:")  # the user admin was added
    run_gateway(*verify, "--known", head)
    done = run_gateway(*verify, "--known", f"2:{GENESIS}", fails=True)
    assert "not in the trail" in done.stderr
    assert "SEQ:SHA256" in run_gateway(*verify, "--known", "2", fails=True).stderr
