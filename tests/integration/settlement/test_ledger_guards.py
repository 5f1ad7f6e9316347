"""Raw SQL against the ledger: the database itself refuses every way to make the books lie."""

# ruff: noqa: S608 - the attacks are raw SQL on purpose

from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from settlement.ledger.posting import Entry, Journal, JournalKind
from settlement.ledger.service import post
from tests.integration.settlement.conftest import Desk

JOURNAL, OTHER = UUID(int=1), UUID(int=2)


def sound(journal: UUID, amount: int = 500) -> Journal:
    return Journal(
        id=journal,
        kind=JournalKind.DEPOSITED,
        entries=(
            Entry(account="bank:sandbox", amount_minor=-amount),
            Entry(account="prefund:C1", amount_minor=amount),
        ),
    )


def written(desk: Desk, journal: UUID) -> str:
    """Return an id as this engine stores it."""
    return journal.hex if desk.database.is_sqlite else str(journal)


@pytest.fixture
def booked(desk: Desk) -> Desk:
    desk.database.run(lambda connection: post(connection, sound(JOURNAL), 1))
    return desk


def attack(desk: Desk, *statements: str) -> None:
    with desk.database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET amount_minor = amount_minor + 1",
        "UPDATE entries SET journal_id = journal_id",
        "DELETE FROM entries",
        "UPDATE journals SET posted_ms = 2",
        "DELETE FROM journals",
    ],
)
def test_no_row_of_the_ledger_can_be_changed_or_deleted(booked: Desk, statement: str) -> None:
    with pytest.raises(DBAPIError, match="only ever inserted"):
        attack(booked, statement)


def test_postgresql_refuses_to_empty_the_ledger(booked: Desk) -> None:
    statement = "DELETE FROM entries" if booked.database.is_sqlite else "TRUNCATE journals CASCADE"
    with pytest.raises(DBAPIError, match="only ever inserted"):
        attack(booked, statement)


def test_a_journal_that_does_not_balance_is_refused(desk: Desk) -> None:
    other = written(desk, OTHER)
    with pytest.raises(DBAPIError, match="does not balance"):
        attack(desk, *open_and_move("a", 5, other), *open_and_move("b", -4, other), close(other))


def test_a_journal_of_one_entry_or_none_is_refused(desk: Desk) -> None:
    other = written(desk, OTHER)
    with pytest.raises(DBAPIError, match="does not balance"):
        attack(desk, close(other))
    with pytest.raises(DBAPIError, match="does not balance"):
        attack(desk, *open_and_move("a", 5, other), close(other))


def test_an_entry_of_zero_is_refused(desk: Desk) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)amount_not_zero|CHECK"):
        attack(desk, *open_and_move("a", 0, written(desk, OTHER)))


def test_an_entry_without_a_journal_does_not_survive_the_commit(desk: Desk) -> None:
    other = written(desk, OTHER)
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        attack(desk, *open_and_move("a", 5, other), *open_and_move("b", -5, other))


def test_a_closed_journal_takes_no_further_entries(booked: Desk) -> None:
    with pytest.raises(DBAPIError, match="journal is closed"):
        attack(booked, *open_and_move("a", 5, written(booked, JOURNAL)))


def test_an_entry_must_continue_the_history_of_its_account(booked: Desk) -> None:
    other = written(booked, OTHER)
    with pytest.raises(DBAPIError, match="does not continue"):
        attack(booked, entry(other, "bank:sandbox", version=2, amount=-5, after=-999))
    with pytest.raises(DBAPIError, match="does not continue"):
        attack(booked, entry(other, "bank:sandbox", version=7, amount=-5, after=-505))


def test_an_entry_must_agree_with_the_balance_of_its_account(booked: Desk) -> None:
    with pytest.raises(DBAPIError, match="disagrees with the balance"):
        attack(
            booked,
            entry(written(booked, OTHER), "bank:sandbox", version=2, amount=-5, after=-505),
        )


def test_a_balance_changed_by_hand_stops_the_next_posting(booked: Desk) -> None:
    attack(
        booked,
        "UPDATE accounts SET balance_minor = 0, version = version + 1 WHERE id = 'bank:sandbox'",
    )
    with pytest.raises(DBAPIError, match="does not continue"):
        booked.database.run(lambda connection: post(connection, sound(OTHER), 1))


def test_replacing_rows_is_refused_on_sqlite_too(booked: Desk) -> None:
    verb = "INSERT OR REPLACE" if booked.database.is_sqlite else "INSERT"
    bad = entry(written(booked, OTHER), "bank:sandbox", version=1, amount=-400, after=-400)
    with pytest.raises(DBAPIError, match=r"entry exists|duplicate key|disagrees"):
        attack(booked, bad.replace("INSERT", verb, 1))
    with pytest.raises(DBAPIError, match=r"journal exists|duplicate key"):
        attack(booked, close(written(booked, JOURNAL)).replace("INSERT", verb, 1))


def test_a_journal_is_posted_only_once(booked: Desk) -> None:
    with pytest.raises(DBAPIError, match=r"journal is closed"):
        booked.database.run(lambda connection: post(connection, sound(JOURNAL), 1))


def test_a_deposit_cannot_be_overdrawn(booked: Desk) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)deposit_not_overdrawn"):
        booked.database.run(lambda connection: post(connection, sound(OTHER, -501), 1))


def test_a_refused_posting_leaves_every_balance_as_it_was(booked: Desk) -> None:
    before = balances(booked)
    with pytest.raises(DBAPIError):
        booked.database.run(lambda connection: post(connection, sound(OTHER, -501), 1))
    assert balances(booked) == before


def balances(desk: Desk) -> list[tuple[str, int, int]]:
    def read(connection: Connection) -> list[tuple[str, int, int]]:
        found = connection.execute(text("SELECT id, balance_minor, version FROM accounts"))
        return sorted((row.id, row.balance_minor, row.version) for row in found)

    return desk.database.run(read)


def open_and_move(account: str, amount: int, journal: str) -> tuple[str, str]:
    account_row = f"VALUES ('{account}', 'test', {amount}, 1)"
    return (
        f"INSERT INTO accounts (id, kind, balance_minor, version) {account_row}",
        entry(journal, account, version=1, amount=amount, after=amount),
    )


def entry(journal: str, account: str, *, version: int, amount: int, after: int) -> str:
    return (
        "INSERT INTO entries (journal_id, account_id, account_version, amount_minor, "
        f"balance_after_minor) VALUES ('{journal}', '{account}', {version}, {amount}, {after})"
    )


def close(journal: str) -> str:
    return f"INSERT INTO journals (id, kind, posted_ms) VALUES ('{journal}', 'deposited', 1)"
