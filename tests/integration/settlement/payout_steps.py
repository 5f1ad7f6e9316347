"""Steps of the payout stories: the real service, a bank whose answers the test decides."""

from sqlalchemy import Table, func, select, update

from settlement.ledger.books import Books, read_books
from settlement.messages import PayoutState, SettlementState, TicketToSettle
from settlement.payouts.changes import find_settlement
from settlement.payouts.identity import settlement_id
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.service import RailCall, claim_due, record
from settlement.payouts.states import RailOutcome
from settlement.tables import payouts
from tests.integration.settlement.conftest import Desk

S = PayoutState


def settle(desk: Desk, one: TicketToSettle) -> tuple[SettlementState, bool]:
    return desk.settle(one)


def claim(desk: Desk) -> list[RailCall]:
    return desk.database.run(lambda connection: claim_due(desk.transaction(connection), 10)).calls


def answer(desk: Desk, call: RailCall, outcome: RailOutcome, reason: str | None = None) -> S | None:
    said = RailAnswer(outcome=outcome, reason=reason, evidence="test")
    return desk.database.run(lambda connection: record(desk.transaction(connection), call, said))


def now(desk: Desk, one: TicketToSettle) -> SettlementState:
    with desk.database.snapshot() as connection:
        state = find_settlement(connection, settlement_id(one.ticket_id))
    assert state is not None
    return state


def books(desk: Desk) -> Books:
    with desk.database.snapshot() as connection:
        found = read_books(connection)
    assert found.balanced, found.checks
    return found


def balance(desk: Desk, account: str) -> int:
    return next((a.balance_minor for a in books(desk).accounts if a.id == account), 0)


def rows(desk: Desk, table: Table) -> int:
    with desk.database.snapshot() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def sent(desk: Desk, one: TicketToSettle) -> RailCall:
    settle(desk, one)
    (call,) = claim(desk)
    assert call.kind == "send"
    return call


def make_due(desk: Desk, states: tuple[S, ...] = (S.PAID, S.FAILED, S.RETURNED)) -> None:
    """Do what a callback does: ask about payouts now."""
    with desk.database.write() as connection:
        connection.execute(
            update(payouts)
            .where(payouts.c.state.in_(states))
            .values(due_ms=desk.database.now_ms(connection))
        )


def answer_due(desk: Desk, outcome: RailOutcome) -> None:
    desk.ahead_ms += 250
    (call,) = claim(desk)
    answer(desk, call, outcome)
