"""The settlement on both engines, with a virtual clock where a test needs one."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from settlement.config import ApprovalSettings
from settlement.messages import SettlementState, TicketToSettle
from settlement.migrations import upgrade
from settlement.notices.service import Channels
from settlement.payouts.funding import Deposit, DepositReceipt, deposit
from settlement.payouts.limits import Limits
from settlement.payouts.money_transaction import LimitsInForce, MoneyTransaction, Policy
from settlement.payouts.states import RailPolicy
from settlement.settle import settle_ticket
from taigan.sql import database_clock
from taigan.transactions import Database
from tests.integration.settlement.program import Program, running_program
from tests.people import agree_on
from tests.services.postgres import fresh_database
from tests.unit.settlement.tickets import LANE_KEYS

RAIL_POLICY = RailPolicy(lease_ms=30_000, quarantine_ms=900_000, window_ms=86_400_000)


def limits(**maxima: int) -> LimitsInForce:
    """Return limits with China's business day, wide but for those that are given."""
    wide = {
        "payout_minor_max": 10**15,
        "day_minor_max": 10**15,
        "payee_day_minor_max": 10**15,
        "hour_payouts_max": 10**6,
        "burst_payouts_max": 10**6,
    }
    return LimitsInForce(Limits(day_offset_ms=8 * 3_600_000, **(wide | maxima)))


POLICY = Policy(
    rails={"sandbox": RAIL_POLICY},
    default_rail="sandbox",
    lane_keys=LANE_KEYS,
    channels=Channels(webhook=True, sms_language="zh"),
    limits=limits(payout_minor_max=3_000_000),
    approvals=ApprovalSettings(cooling_off_s=0).in_force(),
)


@dataclass
class Desk:
    """A migrated database and a clock that a test may move."""

    database: Database
    policy: Policy = POLICY
    ahead_ms: int = 0

    def clock(self, connection: Connection) -> int:
        return database_clock(connection) + self.ahead_ms

    def transaction(self, connection: Connection) -> MoneyTransaction:
        return MoneyTransaction(connection, self.database.now_ms(connection), self.policy)

    def deposit(
        self, amount_minor: int, key: str = "deposit-1", contract: str = "C1"
    ) -> DepositReceipt:
        paid_in = Deposit(contract_id=contract, amount_minor=amount_minor, reference="")
        return self.database.run(
            lambda c: deposit(self.transaction(c), key, paid_in, opens_contract=True)
        )

    def settle(self, one: TicketToSettle) -> tuple[SettlementState, bool]:
        """Settle a ticket whose payee and contract two people have entered before."""
        self.database.run(lambda c: agree_on(self.transaction(c), one))
        return self.settle_unknown(one)

    def settle_unknown(self, one: TicketToSettle) -> tuple[SettlementState, bool]:
        """Settle a ticket; the registers know of it what they know."""
        return self.database.run(lambda c: settle_ticket(self.transaction(c), one))

    def rules(self, **changes: object) -> None:
        self.policy = replace(self.policy, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated database, to be copied: to migrate one takes many times as long."""
    file = tmp_path_factory.mktemp("migrated") / "settlement.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_database(postgres_address: str) -> Iterator[str]:
    """Yield the URL of the same on PostgreSQL."""
    with fresh_database(postgres_address) as url:
        migrate(url)
        yield url


def migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


def agree_beforehand(database_url: str, one: TicketToSettle) -> None:
    """Enter what a ticket names into the registers of a database, before a program serves it."""
    found = Desk(Database(database_url))
    upgrade(found.database)
    found.database.run(lambda c: agree_on(found.transaction(c), one))
    found.database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a migrated database, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_file'), tmp_path)}"
        return
    address = request.getfixturevalue("postgres_address")
    migrated = request.getfixturevalue("migrated_database")
    with fresh_database(address, copy_of=migrated) as url:
        yield url


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """Yield a migrated database with a clock that can be moved ahead."""
    found = Desk(Database(database_url))
    found.database.now_ms = found.clock
    yield found
    found.database.close()


@pytest.fixture
def program(database_url: str) -> Iterator[Program]:
    """Yield the running program with a bank, a gateway and a phone provider around it."""
    with running_program(database_url) as running:
        yield running


@pytest.fixture
def funded(desk: Desk) -> Desk:
    desk.deposit(100_000_000)
    return desk
