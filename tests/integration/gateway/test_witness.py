"""Raw SQL against the gateway's tables: what leads to money cannot be changed or deleted."""

# ruff: noqa: S608 - the attacks are raw SQL on purpose

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Table, select, text

from edge.messages import Action
from gateway.audit.heads import keeper_of
from gateway.audit.tables import head_tables
from gateway.outbox.tables import outbox
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, close_alarm, raise_alarm
from gateway.records.tables import alarms, chains, records
from gateway.registry.tables import cards, contracts, drivers, lanes, orders, vehicles, yards
from gateway.tickets.commands import Times
from gateway.tickets.dispatch import Decision, command_stop
from gateway.tickets.tables import decisions, stops, tickets
from gateway.witness import OF_MIGRATIONS, RULES
from taigan.heads.settings import HeadSettings
from taigan.key_file import create_key
from taigan.witness import faults, hold
from tests.integration.gateway.driving import Gateway
from tests.raw_sql import deletions, replaced, said_to, updates

FREE: dict[str, set[str]] = {
    "tickets": {"settlement_revision", "settlement_error", "receipt_revoked_ms"},
    "stops": {"plate_read", "arrival_action", "weighing_action", "reason", "objection"},
    "orders": {"revision"},
    "outbox": {"attempts", "due_ms", "done_ms", "last_error"},
    "alarms": {"told_ms", "told_end_ms"},
    "chains": {"last_seq"},
}
"""What the gateway itself changes, as far as one column alone is concerned. A journal's end, an
order's status and a stop's state move with others beside them."""

WHERE = {"stops": "sealed_ms IS NOT NULL", "tickets": "sealed_ms IS NOT NULL"}
"""Rows that are over."""

GUARDED = (
    records, tickets, decisions, stops, orders, outbox, alarms, chains,
    head_tables.entries, head_tables.heads,
)  # fmt: skip
MASTER = (yards, lanes, vehicles, drivers, cards, contracts)


@pytest.fixture
def lived(gateway: Gateway, tmp_path: Path) -> Gateway:
    """Return a gateway with a trip sent, an alarm closed, a truck held by a person, a head."""
    gateway.deliver()
    held = uuid4()
    gateway.receive(gateway.lane("mine-in").arrived(held))
    decision = Decision(held, Action.HOLD, "wet", "li")
    with gateway.engine.begin() as connection:
        command_stop(connection, decision, Times(gateway.now_ms, 30_000))
        raise_alarm(connection, Alarm(AlarmKind.PAYOUT_FAILED, "", subject="x"), 1)
        paid = select(alarms.c.id).where(alarms.c.kind == AlarmKind.PAYOUT_FAILED)
        alarm_id = connection.execute(paid).scalar_one()
        close_alarm(connection, alarm_id, "li", "asked the bank", 2)
    heads = HeadSettings(key_file=tmp_path / "head.key", origin="a.example/gateway")
    create_key(heads.key_file)
    keeper_of(gateway.engine, heads, lambda: gateway.now_ms).head(heads)
    return gateway


@pytest.mark.parametrize("table", GUARDED, ids=lambda table: table.name)
def test_no_fact_can_be_changed_by_raw_sql(lived: Gateway, table: Table) -> None:
    is_sqlite = lived.engine.dialect.name == "sqlite"
    accepted: set[str] = set()
    where = WHERE.get(table.name, "1 = 1")
    for column, statement in updates(table, is_sqlite=is_sqlite, where=where):
        said = said_to(lived.engine, statement)
        if said is None:
            accepted.add(column)
        else:
            assert table.name in said, said
    assert accepted == FREE.get(table.name, set())
    for statement in deletions(table, is_sqlite=is_sqlite):
        assert said_to(lived.engine, statement) is not None, statement


@pytest.mark.parametrize("table", MASTER, ids=lambda table: table.name)
def test_nobody_deletes_master_data(lived: Gateway, table: Table) -> None:
    for statement in deletions(table, is_sqlite=lived.engine.dialect.name == "sqlite"):
        said = said_to(lived.engine, statement)
        assert said is not None
        assert "never deleted" in said or "evidence" in said


@pytest.mark.parametrize("table", [*GUARDED, *MASTER], ids=lambda table: table.name)
def test_replacing_a_row_of_sqlite_changes_nothing(lived: Gateway, table: Table) -> None:
    if lived.engine.dialect.name != "sqlite":
        statement = f"INSERT OR REPLACE INTO {table.name} SELECT * FROM {table.name}"
        assert "syntax" in (said_to(lived.engine, statement) or "")
        return
    with lived.engine.begin() as connection:
        connection.execute(text("PRAGMA recursive_triggers = OFF"))  # as a prompt of one's own
        assert not replaced(connection, table)


@pytest.mark.parametrize(
    "change",
    [
        "dispatcher = 'wang'",
        "dispatcher = NULL",
        "dispatcher_ms = dispatcher_ms + 1",
        "dispatcher_action = 'release'",
        "is_accepted = true, dispatcher = 'wang', dispatcher_ms = 5",
        "pinned_order_id = 'x', dispatcher_ms = 5",
    ],
)
def test_what_a_person_decided_is_not_rewritten(lived: Gateway, change: str) -> None:
    statement = f"UPDATE stops SET {change} WHERE dispatcher = 'li'"
    said = said_to(lived.engine, statement)
    if change == "dispatcher_action = 'release'":  # its row in decisions says what it was
        assert said is None
        return
    assert said is not None
    assert "needs its row in decisions" in said


def test_the_body_of_a_settled_ticket_is_not_told_anew(lived: Gateway) -> None:
    anew = "UPDATE outbox SET body = '{}', done_ms = NULL"
    done = "UPDATE outbox SET done_ms = 1"
    settled = (
        "UPDATE tickets SET settlement = '{}', settlement_revision = 1"
        " WHERE id IN (SELECT ticket_id FROM outbox)"
    )
    with lived.engine.begin() as connection:
        connection.execute(text(done))
    assert said_to(lived.engine, anew) is None  # as `ticket resend` does
    with lived.engine.begin() as connection:
        connection.execute(text(settled))
    said = said_to(lived.engine, anew)
    assert said is not None
    assert "what settlement is told stays" in said


def test_a_revoked_receipt_stays_revoked(lived: Gateway) -> None:
    with lived.engine.begin() as connection:
        connection.execute(text("UPDATE tickets SET receipt_revoked_ms = 1"))
    for later in ("NULL", "2"):
        said = said_to(lived.engine, f"UPDATE tickets SET receipt_revoked_ms = {later}")
        assert said is not None
        assert "revoked stays so" in said


def test_all_triggers_are_there_and_come_back(lived: Gateway) -> None:
    with lived.engine.begin() as connection:
        assert faults(connection, RULES, OF_MIGRATIONS) == []
        table = "" if lived.engine.dialect.name == "sqlite" else " ON outbox"
        connection.execute(text(f"DROP TRIGGER keep_outbox_rows{table}"))
        assert faults(connection, RULES, OF_MIGRATIONS) == ["keep_outbox_rows is missing"]
        assert hold(connection, RULES)
        assert faults(connection, RULES, OF_MIGRATIONS) == []
