"""The books: checked once, flat for ever after, and red as soon as anything does not fit."""

from threading import Thread

import pytest
from sqlalchemy import delete, func, insert, select, update

from settlement.ledger import books as books_module
from settlement.ledger import checkpoints
from settlement.ledger.books import Books, open_books
from settlement.ledger.checking import Checkpoint, check_on
from settlement.messages import PayoutState
from settlement.payouts.states import RailOutcome
from settlement.tables import accounts, deposits, entries, journals, payouts, settlements
from tests.fakes_bank import eventually
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.payout_steps import answer, answer_due, claim, make_due, sent
from tests.integration.settlement.program import Program
from tests.integration.settlement.tampering import without_triggers
from tests.plans import watched
from tests.unit.settlement.tickets import ticket

HISTORY = {"settlements", "payouts", "entries", "journals", "notices", "attempts", "deposits"}
OF_THE_UNFINISHED = {"ix_payouts_stopped", "ix_payouts_unpaid", "ix_payouts_due", "ix_notices_due"}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books_module, "_PIECE_ENTRIES", 3)
    monkeypatch.setattr(books_module, "_STORED_FROM_ENTRIES", 1)


@pytest.fixture
def lived(funded: Desk) -> Desk:
    """A ledger with every kind of end: paid, failed, returned, paid after all, on its way, held."""
    for number, outcome in ((1, RailOutcome.PAID), (2, RailOutcome.FAILED), (3, RailOutcome.PAID)):
        answer(funded, sent(funded, ticket(number)), outcome)
    make_due(funded, (PayoutState.PAID,))
    for call in claim(funded):
        answer(funded, call, RailOutcome.FAILED)
    make_due(funded, (PayoutState.FAILED,))
    answer_due(funded, RailOutcome.PAID)
    answer(funded, sent(funded, ticket(4)), RailOutcome.PAID)
    sent(funded, ticket(5))
    funded.settle(ticket(6))
    return funded


def look(desk: Desk, *, everything: bool = False) -> Books:
    return open_books(desk.database, everything=everything)


def test_a_second_look_checks_only_what_is_new_and_says_the_same(lived: Desk) -> None:
    first = look(lived)
    again = look(lived)
    assert (first.checked_entries, again.checked_entries) == (first.entries, 0)
    assert first.model_copy(update={"checked_entries": 0}) == again
    lived.settle(ticket(7))
    newest = look(lived)
    assert 0 < newest.checked_entries < 10
    whole = look(lived, everything=True)
    assert whole.model_copy(update={"checked_entries": newest.checked_entries}) == newest


def test_the_totals_are_those_of_the_tables(lived: Desk) -> None:
    found = look(lived)
    with lived.database.snapshot() as connection:

        def total(query: object) -> int:
            return int(connection.execute(select(query)).scalar() or 0)  # type: ignore[call-overload]

        counted = connection.execute(
            select(payouts.c.state, func.count(), func.sum(payouts.c.amount_minor)).group_by(
                payouts.c.state
            )
        )
        by_state = {state: (number, int(amount)) for state, number, amount in counted}
        assert found.journals == total(func.count(journals.c.id))
        assert found.entries == total(func.count(entries.c.journal_id))
        assert found.deposited_minor == total(func.sum(deposits.c.amount_minor))
        assert found.settled_minor == total(func.sum(settlements.c.total_minor))
    shown: dict[str, tuple[int, int]] = {}
    for one in found.payouts:
        number, amount = shown.get(one.state, (0, 0))
        shown[one.state] = (number + one.count, amount + one.amount_minor)
    assert shown == by_state
    assert found.paid_minor == by_state[PayoutState.PAID][1]
    assert found.balanced


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (update(accounts).where(accounts.c.kind == "bank").values(balance_minor=-1), "BALANCES"),
        (update(accounts).where(accounts.c.kind == "bank").values(version=1), "BALANCES"),
        (update(entries).where(entries.c.account_version == 3).values(amount_minor=7), "BALANCES"),
        (
            update(entries).where(entries.c.account_version == 3).values(amount_minor=7),
            "JOURNAL_SUMS",
        ),
        (delete(entries).where(entries.c.account_version == 2), "BALANCES"),
        (update(payouts).values(amount_minor=payouts.c.amount_minor + 1), "PAYOUTS"),
        (
            insert(journals).values(
                id=ticket(99).ticket_id, kind="paid", settlement_id=None, posted_ms=1
            ),
            "NO_ENTRIES",
        ),
    ],
)
def test_whatever_does_not_fit_is_red_and_stays_red(
    lived: Desk, damage: object, check: str
) -> None:
    without_triggers(lived)
    with lived.database.write() as connection:
        connection.execute(damage)  # type: ignore[call-overload]
    name = getattr(books_module, check)
    for _ in range(2):
        found = look(lived, everything=True)
        assert not found.balanced
        assert not found.checks[name]
    if check != "NO_ENTRIES":
        for _ in range(2):
            assert not look(lived).checks[name]


def test_an_entry_without_its_journal_is_red(lived: Desk) -> None:
    without_triggers(lived)
    with lived.database.engine.connect() as connection:
        if lived.database.is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        connection.execute(delete(journals).where(journals.c.kind == "voided"))
        connection.commit()
        connection.invalidate()
    assert not look(lived).checks["every_entry_has_a_journal"]


def test_a_balance_moved_behind_the_checkpoint_shows_in_the_next_look(lived: Desk) -> None:
    assert look(lived).balanced
    without_triggers(lived)
    with lived.database.write() as connection:
        connection.execute(
            update(accounts)
            .where(accounts.c.kind == "prefund")
            .values(balance_minor=accounts.c.balance_minor + 1)
        )
    found = look(lived)
    assert not found.checks["every_balance_is_its_entries"]
    assert not found.checks["entries_sum_to_zero"]


def test_history_edited_behind_the_checkpoint_shows_when_everything_is_checked(lived: Desk) -> None:
    assert look(lived).balanced
    without_triggers(lived)
    with lived.database.write() as connection:
        connection.execute(
            update(entries).where(entries.c.account_version == 2).values(amount_minor=5)
        )
    assert look(lived).balanced
    assert not look(lived, everything=True).balanced
    assert look(lived).balanced  # a check of everything leaves the checkpoint alone


def test_a_checkpoint_with_defects_is_never_kept_and_the_slower_of_two_is_dropped(
    lived: Desk,
) -> None:
    with lived.database.snapshot() as connection:
        mine, turn = checkpoints.load(connection)
        check_on(connection, mine, 1_000)
    with lived.database.write() as connection:
        assert checkpoints.store(connection, mine, turn)
    with lived.database.write() as connection:
        assert not checkpoints.store(connection, mine, turn)
        with pytest.raises(ValueError, match="not sound"):
            checkpoints.store(connection, Checkpoint(defects={"x"}), turn + 1)
    assert look(lived).checked_entries == 0


def test_tickets_are_settled_between_any_two_pieces_of_a_look(
    lived: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def and_settle(connection: object, checkpoint: Checkpoint, most: int) -> bool:
        before = checkpoint.fresh_entries
        is_all = check_on(connection, checkpoint, most)  # type: ignore[arg-type]
        read.append(checkpoint.fresh_entries - before)
        if len(read) == 2:
            threads.append(Thread(target=lived.settle, args=(ticket(8),), daemon=True))
            threads[0].start()
        return is_all

    threads: list[Thread] = []
    monkeypatch.setattr(books_module, "check_on", and_settle)
    found = look(lived, everything=True)
    threads[0].join(10)
    assert not threads[0].is_alive()
    assert max(read) <= 3
    assert len(read) > 10
    assert found.balanced


def test_neither_books_nor_probes_nor_idle_workers_read_the_whole_history(
    program: Program,
) -> None:
    program.deposit(100_000_000)
    program.put(ticket(1))
    program.put(ticket(2))
    eventually(lambda: program.payout(ticket(2))["state"] == "paid")
    program.books()
    with watched(program.services.database.engine) as seen:
        for path in (
            "/readyz",
            "/metrics",
            "/api/v1/books",
            "/api/v1/payouts?state=held",
            f"/api/v1/settlements/{ticket(1).ticket_id}",
        ):
            assert program.client.get(path).status_code == 200, path
        program.put(ticket(3))
        eventually(lambda: program.payout(ticket(3))["state"] == "paid")
    read = {access for access in seen.accesses() if access.table in HISTORY}
    assert {access.table for access in read} >= {"payouts", "notices", "settlements"}
    for access in read:
        assert access.narrowed or access.index in OF_THE_UNFINISHED, access
