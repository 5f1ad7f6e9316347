"""A ledger with years of payments, written past the triggers, and in balance all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid5

from sqlalchemy import Connection, Table, insert, text

from settlement.ledger import posting
from settlement.ledger.posting import Journal, Owed, account_kind
from settlement.messages import PayoutState
from settlement.payouts import identity
from settlement.pricing.price import price_load
from settlement.tables import (
    accounts,
    contracts,
    deposits,
    entries,
    journals,
    payouts,
    settlements,
)
from taigan.transactions import Database
from tests.unit.settlement.tickets import NAMESPACE, ticket

CONTRACT: Final = "C-BENCH"
DRIVERS: Final = 300
BEGAN_MS: Final = 1_700_000_000_000
DEPOSIT_MINOR: Final = 10**14


class Pages:
    """Rows of all tables, in the order in which the foreign keys want them."""

    def __init__(self) -> None:
        self.rows: dict[Table, list[dict[str, Any]]] = {
            table: []
            for table in (contracts, settlements, payouts, accounts, journals, entries, deposits)
        }
        self._positions: dict[str, tuple[int, int]] = {}

    def add(self, table: Table, **row: Any) -> None:
        self.rows[table].append(row)

    def post(self, journal: Journal, settlement: Any, posted_ms: int) -> None:
        self.add(
            journals,
            id=journal.id,
            kind=journal.kind.value,
            settlement_id=settlement,
            corrects=journal.corrects,
            posted_ms=posted_ms,
        )
        for entry in journal.entries:
            version, balance = self._positions.get(entry.account, (0, 0))
            version, balance = version + 1, balance + entry.amount_minor
            self._positions[entry.account] = (version, balance)
            self.add(
                entries,
                account_id=entry.account,
                account_version=version,
                journal_id=journal.id,
                amount_minor=entry.amount_minor,
                balance_after_minor=balance,
            )

    def close(self) -> None:
        for account, (version, balance) in self._positions.items():
            kind = account_kind(account)
            self.add(accounts, id=account, kind=kind, version=version, balance_minor=balance)


def write_ledger(database: Database, count: int) -> None:
    """Add a deposit and so many settlements, all paid, for 300 drivers of one contract."""
    with database.engine.begin() as connection, without_triggers(connection):
        for table, rows in _pages(count).rows.items():
            for start in range(0, len(rows), 5_000):
                connection.execute(insert(table), rows[start : start + 5_000])
    if not database.is_sqlite:
        with database.engine.connect() as plain:
            autocommit = plain.execution_options(isolation_level="AUTOCOMMIT")
            autocommit.execute(text("VACUUM ANALYZE"))


def _pages(count: int) -> Pages:
    pages = Pages()
    terms = ticket().contract.model_copy(update={"contract_id": CONTRACT})
    price = price_load(ticket().load, terms)
    pages.add(
        contracts,
        contract_id=CONTRACT,
        version=1,
        terms=terms.model_dump_json(),
        pinned_ms=BEGAN_MS,
    )
    deposit = posting.deposited(NAMESPACE, CONTRACT, "sandbox", DEPOSIT_MINOR)
    pages.post(deposit, None, BEGAN_MS)
    pages.add(
        deposits,
        id=NAMESPACE,
        idempotency_key="bench",
        contract_id=CONTRACT,
        amount_minor=DEPOSIT_MINOR,
        reference="",
        journal_id=deposit.id,
        received_ms=BEGAN_MS,
    )
    for number in range(count):
        _settlement(pages, number, price)
    pages.close()
    return pages


def _settlement(pages: Pages, number: int, price: Any) -> None:
    ticket_id = uuid5(NAMESPACE, f"bench:{number}")
    settlement, driver = identity.settlement_id(ticket_id), f"fleet-{number % DRIVERS}"
    owed = Owed(
        payout_id=identity.payout_id(settlement),
        generation=1,
        contract_id=CONTRACT,
        driver_id=driver,
        rail="sandbox",
        amount_minor=price.total_minor,
    )
    at_ms = BEGAN_MS + number * 96_000
    pages.add(
        settlements,
        id=settlement,
        ticket_id=ticket_id,
        order_no=f"B{number}",
        contract_id=CONTRACT,
        contract_version=1,
        driver_id=driver,
        plate="蒙K12345",
        phone="+8613800000000",
        receipt_url="http://gateway.example/r/1",
        ticket="{}",
        price=price.model_dump_json(),
        total_minor=price.total_minor,
        settled_ms=at_ms,
        revision=3,
    )
    pages.add(
        payouts,
        id=owed.payout_id,
        settlement_id=settlement,
        contract_id=CONTRACT,
        driver_id=driver,
        rail="sandbox",
        amount_minor=price.total_minor,
        state=PayoutState.PAID,
        generation=1,
        provider_no=f"B{number}",
        request_body="{}",
        fence=1,
        asks=0,
        paid_ms=at_ms,
        created_ms=at_ms,
    )
    settled = posting.settled(settlement, CONTRACT, driver, price)
    for journal in (settled, posting.reserved(owed), posting.paid(owed)):
        if journal is not None:
            pages.post(journal, settlement, at_ms)


@contextmanager
def without_triggers(connection: Connection) -> Iterator[None]:
    """Let entries be written that do not continue balances one by one."""
    if connection.dialect.name != "sqlite":
        for table in ("entries", "journals", "payouts"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # no event may be pending
        for table in ("entries", "journals", "payouts"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        return
    asked = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = connection.execute(asked).all()
    for trigger in triggers:
        connection.execute(text(f"DROP TRIGGER {trigger.name}"))
    yield
    for trigger in triggers:
        connection.exec_driver_sql(trigger.sql)
