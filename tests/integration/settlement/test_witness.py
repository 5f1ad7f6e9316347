"""Raw SQL against every table of money: what explains money cannot be changed or deleted."""

# ruff: noqa: S608 - the attacks are raw SQL on purpose

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Table, select, text, update
from sqlalchemy.exc import DBAPIError

from settlement.facts import SOURCE
from settlement.messages import PayoutState
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.states import TRANSITIONS, RailOutcome
from settlement.tables import (
    accounts,
    approvals,
    attempts,
    callbacks,
    contracts,
    deposits,
    entries,
    founders,
    head_tables,
    journals,
    notices,
    payouts,
    rails,
    settlements,
    spent,
    used_weighings,
)
from settlement.witness import MOVES, OF_MIGRATIONS, RULES
from taigan.heads.keeper import Keeper
from taigan.heads.settings import HeadSettings
from taigan.key_file import create_key
from taigan.sql import insert_if_absent
from taigan.witness import faults, hold, lift
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.payout_steps import answer, claim, make_due, sent
from tests.integration.settlement.tampering import without_triggers, write
from tests.raw_sql import deletions, replaced, said_to, updates
from tests.unit.settlement.tickets import ticket

FREE: dict[str, set[str]] = {
    "payouts": {"asks", "due_ms", "fence"},
    "settlements": {"revision"},
    "accounts": {"version"},
    "rails": {"paused", "reason", "changed_ms"},
    "spent": {"payouts"},
    "notices": {"tries", "due_ms", "delivered_ms", "last_error"},
}
"""What the programs themselves change, as far as one column alone is concerned. None of it says who
is paid, how much, or under which number; fence, version, revision and the day's sum only grow."""

GUARDED = (
    contracts, settlements, accounts, journals, entries, rails, spent, payouts, attempts,
    callbacks, used_weighings, deposits, notices, approvals.proposals, approvals.decisions,
    founders, head_tables.entries, head_tables.heads,
)  # fmt: skip


@pytest.fixture
def lived(funded: Desk, tmp_path: Path) -> Desk:
    """Return a desk with a row in every table: a paid payout, a hint of the bank, a head."""
    answer(funded, sent(funded, ticket()), RailOutcome.PAID)
    hint = {"event_id": "e1", "provider_no": "P1", "body": "{}", "received_ms": 1}
    write(funded, insert_if_absent(callbacks).values(hint))
    heads = HeadSettings(key_file=tmp_path / "head.key", origin="a.example/settlement")
    create_key(heads.key_file)
    Keeper(SOURCE, funded.database.run, heads, funded.database.now_ms).head(heads)
    return funded


@pytest.mark.parametrize("table", GUARDED, ids=lambda table: table.name)
def test_no_fact_of_money_can_be_changed_by_raw_sql(lived: Desk, table: Table) -> None:
    is_sqlite, free = lived.database.is_sqlite, FREE.get(table.name, set())
    accepted: set[str] = set()
    for column, statement in updates(table, is_sqlite=is_sqlite, where="1 = 1"):
        said = said_to(lived.database.engine, statement)
        if said is None:
            accepted.add(column)
        else:
            assert table.name in said, said
    assert accepted == free
    for statement in deletions(table, is_sqlite=is_sqlite):
        said = said_to(lived.database.engine, statement)
        assert said is not None, statement
        assert "are never deleted" in said or "are only ever inserted" in said


@pytest.mark.parametrize("table", GUARDED, ids=lambda table: table.name)
def test_replacing_a_row_of_sqlite_changes_nothing(lived: Desk, table: Table) -> None:
    if not lived.database.is_sqlite:
        with pytest.raises(DBAPIError, match="syntax"):
            write(lived, text(f"INSERT OR REPLACE INTO {table.name} SELECT * FROM {table.name}"))
        return
    with lived.database.write() as connection:
        connection.execute(text("PRAGMA recursive_triggers = OFF"))  # as a prompt of one's own
        assert not replaced(connection, table)


def test_a_state_moves_only_along_the_table_of_states(lived: Desk) -> None:
    """Every pair of states, by raw SQL: the database and the code have one table."""
    for number in range(2, 2 + len(PayoutState)):
        lived.settle(ticket(number))
    with lived.database.snapshot() as connection:
        found = select(payouts.c.id).order_by(payouts.c.created_ms, payouts.c.id)
        ids = connection.execute(found).scalars().all()
    rows = dict(zip(PayoutState, ids, strict=False))
    with lived.database.write() as connection:
        lift(connection)
        for state, one in rows.items():
            connection.execute(update(payouts).where(payouts.c.id == one).values(state=state))
        hold(connection, RULES)
    allowed = {
        (old, new)
        for old, one in rows.items()
        for new in PayoutState
        if said_to(lived.database.engine, moved(lived, one, new)) is None
    }
    runs = {(old, row.state) for (old, _), row in TRANSITIONS.items()}
    assert allowed == runs | {(state, state) for state in PayoutState}
    assert runs == MOVES


def moved(desk: Desk, one: UUID, new: PayoutState) -> str:
    written = one.hex if desk.database.is_sqlite else str(one)
    return f"UPDATE payouts SET state = '{new}' WHERE id = '{written}'"


@pytest.mark.parametrize(
    "changes",
    [
        "state = 'paid', paid_ms = 1",
        "state = 'sending', first_sent_ms = 1, last_sent_ms = 1, fence = 5",
        "state = 'manual'",
    ],
)
def test_a_payout_cannot_begin_in_the_middle(lived: Desk, changes: str) -> None:
    lived.settle(ticket(2))
    fresh = dict(pair.split(" = ") for pair in changes.split(", "))
    names = [column.name for column in payouts.columns]
    id_of = f"'{'0' * 32}'" if lived.database.is_sqlite else f"'{'0' * 32}'::uuid"
    fresh |= {"id": id_of, "settlement_id": id_of, "provider_no": "'P1'"}
    values = ", ".join(fresh.get(name, name) for name in names)
    inserted = (
        f"INSERT INTO payouts ({', '.join(names)}) SELECT {values} FROM payouts"
        " WHERE state = 'ready'"
    )
    said = said_to(lived.database.engine, inserted)
    assert said is not None
    assert "payouts begin as held or ready, and unsent" in said


def test_an_attempt_is_finished_once(lived: Desk) -> None:
    make_due(lived)
    lived.ahead_ms += 86_400_000
    (call,) = claim(lived)
    late = RailAnswer(outcome=RailOutcome.PAID, evidence="first")
    assert call.kind == "ask"
    finished = "UPDATE attempts SET finished_ms = 1, outcome = 'paid' WHERE finished_ms IS NULL"
    assert said_to(lived.database.engine, finished) is None
    answer(lived, call, late.outcome)
    again = finished.replace("IS NULL", "IS NOT NULL")
    said = said_to(lived.database.engine, again)
    assert said is not None
    assert "finished once" in said


def test_triggers_that_are_missing_or_off_are_told_and_come_back(lived: Desk) -> None:
    with lived.database.write() as connection:
        assert faults(connection, RULES, OF_MIGRATIONS) == []
        assert not hold(connection, RULES)
    without_triggers(lived)
    with lived.database.write() as connection:
        told = faults(connection, RULES, OF_MIGRATIONS)
        word = "missing" if lived.database.is_sqlite else "disabled"
        assert f"keep_payouts_states is {word}" in told
        assert f"journals_refuse_update is {word}" in told
        assert hold(connection, RULES)
        assert not any("keep_" in line for line in faults(connection, RULES, OF_MIGRATIONS))


def test_a_trigger_that_was_changed_is_told(lived: Desk) -> None:
    with lived.database.write() as connection:
        if lived.database.is_sqlite:
            connection.execute(text("DROP TRIGGER keep_payouts_states"))
            soft = "CREATE TRIGGER keep_payouts_states BEFORE UPDATE ON payouts BEGIN SELECT 1; END"
        else:
            soft = (
                "CREATE OR REPLACE FUNCTION keep_payouts_states() RETURNS trigger"
                " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
            )
        connection.execute(text(soft))
        assert faults(connection, RULES) == ["keep_payouts_states is not as this version makes it"]
        assert hold(connection, RULES)
        assert faults(connection, RULES) == []
