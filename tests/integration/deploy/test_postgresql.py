"""The shipped roles and databases: each program in its own, over the socket, and in no other."""

import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.services.postgres import SERVER_USER, server_programs

SCRIPT = Path(__file__).parents[3] / "deploy" / "postgresql.sql"
PROGRAMS = {"taigan-gateway": "taigan_gateway", "taigan-settlement": "taigan_settlement"}


def test_each_program_gets_a_database_that_the_other_cannot_open(postgres_address: str) -> None:
    host, _, port = postgres_address.partition(":")
    words: list[str | Path] = [
        server_programs() / "psql",
        "-q",
        "-h",
        host,
        "-p",
        port,
        "-U",
        SERVER_USER,
    ]
    admin = f"postgresql://{SERVER_USER}@{postgres_address}/postgres"
    try:
        for _ in range(2):
            done = subprocess.run(
                [*words, "-d", "postgres", "-f", SCRIPT],
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, "")
        for role, database in PROGRAMS.items():
            with psycopg.connect(f"postgresql://{role}@{postgres_address}/{database}") as own:
                own.execute("CREATE TABLE t (a int)")
            other = next(name for name in PROGRAMS.values() if name != database)
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(f"postgresql://{role}@{postgres_address}/{other}")
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            for role, database in PROGRAMS.items():
                connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
                connection.execute(f'DROP ROLE IF EXISTS "{role}"')
