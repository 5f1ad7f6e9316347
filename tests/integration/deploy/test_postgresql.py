"""The shipped roles and databases: each program in its own, where it may write rows and no more."""

# ruff: noqa: S608 - the attacks are raw SQL on purpose

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import MetaData
from sqlalchemy.exc import ProgrammingError

from gateway import migrations as gateway_migrations
from gateway.auth.people import add_user
from gateway.check import PROGRAM as GATEWAY
from gateway.outbox.tables import outbox
from gateway.trail.service import By
from gateway.witness import NEEDED as GATEWAY_NEEDS
from settlement import migrations as settlement_migrations
from settlement.check import PROGRAM as SETTLEMENT
from settlement.ledger.books import open_books
from settlement.messages import PayoutState
from settlement.notices.service import take_due
from settlement.payouts.controls import switches
from settlement.payouts.states import RailOutcome
from settlement.tables import metadata as settlement_tables
from settlement.witness import NEEDED as SETTLEMENT_NEEDS
from taigan.check_server import check_database
from taigan.check_witness import Program, check_witness
from taigan.engine import open_engine
from taigan.reachable import trouble
from taigan.transactions import Database
from tests.integration.gateway.driving import Gateway
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.payout_steps import answer, claim, make_due, sent
from tests.services.postgres import SERVER_USER, server_programs
from tests.unit.settlement.tickets import ticket

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


@pytest.fixture
def migrated(address: str) -> str:
    run_script(address)
    migrate(address, OWNER)
    migrate_settlement(address, OWNER)
    return address


def test_settlement_pays_with_the_rights_that_it_has(migrated: str) -> None:
    desk = Desk(Database(url(migrated, "taigan-settlement", "taigan_settlement")))
    desk.deposit(100_000_000)
    assert answer(desk, sent(desk, ticket()), RailOutcome.PAID) is PayoutState.PAID
    make_due(desk)
    (call,) = claim(desk)
    assert answer(desk, call, RailOutcome.FAILED) is PayoutState.RETURNED
    assert open_books(desk.database, everything=True).balanced
    notices = desk.database.run(lambda c: take_due(c, "webhook", 2**60, 1, 10))
    assert notices
    desk.database.close()


def test_the_gateway_works_with_the_rights_that_it_has(migrated: str) -> None:
    engine = open_engine(url(migrated, "taigan-gateway", "taigan_gateway"))
    gateway = Gateway(engine)
    gateway.deliver()
    assert gateway.rows(outbox)
    engine.dispose()


@pytest.mark.parametrize(
    ("role", "tables", "needed"),
    [
        ("taigan-settlement", settlement_tables, SETTLEMENT_NEEDS),
        ("taigan-gateway", gateway_migrations.metadata, GATEWAY_NEEDS),
    ],
)
def test_a_program_changes_and_deletes_only_what_it_must(
    migrated: str, role: str, tables: MetaData, needed: dict[str, str]
) -> None:
    assert set(needed) == set(tables.tables)
    with psycopg.connect(f"postgresql://{role}@{migrated}/{PROGRAMS[role]}") as own:
        for name, table in tables.tables.items():
            for verb, statement in {
                "UPDATE": f"UPDATE {name} SET {next(iter(table.columns)).name} = NULL WHERE false",
                "DELETE": f"DELETE FROM {name} WHERE false",
                "TRUNCATE": f"TRUNCATE {name} CASCADE",
            }.items():
                done = may(own, statement)
                assert done == (verb in needed[name].split()), (name, verb)
        assert not may(own, "INSERT INTO alembic_version VALUES ('9')")


def may(own: psycopg.Connection[tuple[object, ...]], statement: str) -> bool:
    try:
        with own.transaction(force_rollback=True):
            own.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


@pytest.mark.parametrize("program", [SETTLEMENT, GATEWAY], ids=lambda one: one.name)
def test_check_is_content_with_the_roles_as_shipped_and_with_no_others(
    migrated: str, program: Program
) -> None:
    role = f"taigan-{program.name}"
    own = url(migrated, role, PROGRAMS[role])
    assert told(own, program) == []
    (owns,) = told(url(migrated, OWNER, PROGRAMS[role]), program, "role")
    assert owns.startswith(f"{OWNER} owns tables: ")
    admin = url(migrated, SERVER_USER, PROGRAMS[role])
    assert told(admin, program, "role") == ["postgres is a superuser, whom no trigger stops"]
    (other,) = (one for one in PROGRAMS.values() if one != PROGRAMS[role])
    assert told(admin, program, "databases") == [f"postgres may open {other} too"]
    with psycopg.connect(f"postgresql://{OWNER}@{migrated}/{PROGRAMS[role]}") as owner:
        owner.execute(f'GRANT DELETE ON alembic_version TO "{role}"')
    (more,) = told(own, program)
    assert more == f"{role} may do what it need not: DELETE on alembic_version"


def told(own: str, program: Program, check: str | None = None) -> list[str]:
    """Return what fails, of one check or of all; who runs on this machine is not its database's."""
    return [
        one.detail
        for one in check_witness(own, program)
        if one.level == "fail" and one.check != "user" and check in {None, one.check}
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
