"""`taigan-gateway alarm`: every kind can be seen and closed by a person who has no console."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from typer.testing import CliRunner, Result

from gateway.__main__ import cli
from gateway.migrations import upgrade
from gateway.records.alarm_kinds import ALARMS, AlarmKind
from gateway.records.alarms import Alarm, raise_alarm
from gateway.records.tables import alarms
from taigan.engine import open_engine
from taigan.witness import lift

NOW_MS = 1_795_000_000_000


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{tmp_path}/gateway.db")
    upgrade(made)
    (tmp_path / "gateway.toml").write_text(f'[database]\nurl = "{made.url}"\n')
    yield made
    made.dispose()


def alarm(engine: Engine, *words: str) -> Result:
    config = Path(str(engine.url.database)).with_name("gateway.toml")
    return CliRunner().invoke(cli, ["alarm", *words, "--config", str(config)])


def raise_all(engine: Engine) -> None:
    with engine.begin() as connection:
        for kind in AlarmKind:
            yard, lane = ("mine", "mine-in") if ALARMS[kind].is_of_lane else (None, None)
            raise_alarm(connection, Alarm(kind, "told", yard, lane, "plc"), NOW_MS)


def test_every_kind_is_listed_and_closed_by_its_id_with_a_reason(engine: Engine) -> None:
    raise_all(engine)
    lines = [line.split("\t") for line in alarm(engine, "list").stdout.splitlines()]
    assert {line[2] for line in lines} == set(AlarmKind)
    ranks = [ALARMS[AlarmKind(line[2])].severity.rank for line in lines]
    assert ranks == sorted(ranks, reverse=True)
    for number, severity, kind, lane, *rest in lines:
        row = ALARMS[AlarmKind(kind)]
        assert (severity, lane) == (row.severity, "mine/mine-in" if row.is_of_lane else "-")
        assert rest == ["plc", "1", "2026-11-18T11:06:40Z", "told"]
        assert (
            f"{number} {kind} closed by "
            in alarm(engine, "close", number, "--reason", " looked at it ").stdout
        )
    assert alarm(engine, "list").stdout == ""
    with engine.begin() as connection:
        rows = connection.execute(select(alarms)).all()
    assert {row.resolved_reason for row in rows} == {"looked at it"}
    assert all("@" in row.resolved_by for row in rows)  # no name that a person of the console has


def test_what_cannot_be_closed_says_why_and_changes_nothing(engine: Engine) -> None:
    raise_all(engine)
    number = alarm(engine, "list").stdout.partition("\t")[0]
    assert "Missing option '--reason'" in alarm(engine, "close", number).stderr
    empty = alarm(engine, "close", number, "--reason", " ")
    assert (empty.exit_code, "should have at least" in empty.stderr) == (2, True)
    assert "there is no alarm x" in alarm(engine, "close", "x", "--reason", "y").stderr
    assert alarm(engine, "close", number, "--reason", "first").exit_code == 0
    again = alarm(engine, "close", number, "--reason", "second")
    assert (again.exit_code, f"alarm {number} was closed by" in again.stderr) == (1, True)


def test_a_kind_of_another_version_is_listed_first(engine: Engine) -> None:
    raise_all(engine)
    with engine.begin() as connection:
        lift(connection)  # a later version's
        connection.exec_driver_sql("UPDATE alarms SET kind = 'newer' WHERE kind = 'zero_off'")
    assert alarm(engine, "list").stdout.splitlines()[0].split("\t")[1:3] == ["-", "newer"]
