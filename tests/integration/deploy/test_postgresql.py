"""The shipped roles and databases: each program in its own, where it may write rows and no more."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import ProgrammingError

from gateway import migrations as gateway_migrations
from gateway.auth.people import add_user
from gateway.trail.service import By
from settlement import migrations as settlement_migrations
from settlement.payouts.controls import switches
from taigan.check_server import check_database
from taigan.engine import open_engine
from taigan.reachable import trouble
from taigan.transactions import Database
from tests.services.postgres import SERVER_USER, server_programs

SCRIPT = Path(__file__).parents[3] / "deploy" / "postgresql.sql"
PROGRAMS = {"taigan-gateway": "taigan_gateway", "taigan-settlement": "taigan_settlement"}
OWNER = "taigan-owner"


@pytest.fixture
def address(postgres_address: str) -> Iterator[str]:
    """Yield `host:port` of a server that lets the script's roles in without a password."""
    yield postgres_address
    admin = f"postgresql://{SERVER_USER}@{postgres_address}/postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        for database in PROGRAMS.values():
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        for role in (*PROGRAMS, OWNER):
            connection.execute(f'DROP ROLE IF EXISTS "{role}"')


def run_script(address: str) -> None:
    host, _, port = address.partition(":")
    words: list[str | Path] = [server_programs() / "psql", "-q", "-h", host, "-p", port]
    words += ["-U", SERVER_USER, "-d", "postgres", "-f", SCRIPT]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def url(address: str, role: str, database: str) -> str:
    return f"postgresql+psycopg://{role}@{address}/{database}"


def migrate(address: str, role: str) -> None:
    """Do what `migrate` and the start of `serve` do, as a role."""
    engine = open_engine(url(address, role, "taigan_gateway"))
    try:
        gateway_migrations.upgrade(engine)
    finally:
        engine.dispose()


def migrate_settlement(address: str, role: str) -> None:
    database = Database(url(address, role, "taigan_settlement"))
    settlement_migrations.upgrade(database)
    database.close()


def test_a_program_writes_rows_in_its_own_database_and_changes_no_table(address: str) -> None:
    run_script(address)
    migrate(address, OWNER)
    migrate_settlement(address, OWNER)
    run_script(address)

    migrate(address, "taigan-gateway")  # all is there: nothing is left to make
    migrate_settlement(address, "taigan-settlement")
    engine = open_engine(url(address, "taigan-gateway", "taigan_gateway"))
    with engine.begin() as connection:
        assert add_user(connection, "li", "admin", "long enough", By("root@server", 0))
    engine.dispose()
    settlement = Database(url(address, "taigan-settlement", "taigan_settlement"))
    with settlement.snapshot() as connection:
        assert switches(connection)
    settlement.close()

    for role, database in PROGRAMS.items():
        refused = [
            "CREATE TABLE t (a int)",
            "CREATE FUNCTION f() RETURNS int AS 'SELECT 1' LANGUAGE sql",
            f'SET ROLE "{OWNER}"',
            *drops(address, database),
        ]
        for statement in refused:
            with (
                psycopg.connect(f"postgresql://{role}@{address}/{database}") as own,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                own.execute(statement)
        other = next(name for name in PROGRAMS.values() if name != database)
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(f"postgresql://{role}@{address}/{other}")


def drops(address: str, database: str) -> list[str]:
    """Return a statement for each trigger that would take it off, and one that empties a table."""
    with psycopg.connect(f"postgresql://{OWNER}@{address}/{database}") as own:
        triggers = own.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        ).fetchall()
    assert triggers
    return [f'DROP TRIGGER "{name}" ON {table}' for name, table in triggers] + [
        f"TRUNCATE {triggers[0][1]}",
        f"ALTER TABLE {triggers[0][1]} DISABLE TRIGGER ALL",
    ]


def test_a_program_that_may_not_make_tables_says_who_may(address: str) -> None:
    run_script(address)
    with pytest.raises(ProgrammingError) as refused:
        migrate(address, "taigan-gateway")
    engine = open_engine(url(address, "taigan-gateway", "taigan_gateway"))
    assert "its owner may: `migrate` as taigan-owner" in trouble(engine.url, refused.value)
    engine.dispose()


def test_a_database_that_its_program_owned_is_handed_over(address: str) -> None:
    """As the script made them before there was an owner."""
    admin = f"postgresql://{SERVER_USER}@{address}/postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute('CREATE ROLE "taigan-gateway" LOGIN')
        connection.execute('CREATE DATABASE taigan_gateway OWNER "taigan-gateway"')
    migrate(address, "taigan-gateway")
    assert levels(address) == ["warn", "ok"]
    run_script(address)
    assert levels(address) == ["ok"]
    migrate(address, OWNER)
    with (
        psycopg.connect(f"postgresql://taigan-gateway@{address}/taigan_gateway") as own,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        own.execute("ALTER TABLE users ADD COLUMN a int")


def levels(address: str) -> list[str]:
    """Return what the doctor says of the gateway's own way to its database."""
    own = url(address, "taigan-gateway", "taigan_gateway")
    engine = open_engine(own)
    found: list[str] = [
        one.level
        for one in check_database(own, lambda _: gateway_migrations.schema(engine), "migrate")
    ]
    engine.dispose()
    return found
