"""The bank's camt.053."""

from datetime import UTC, date, datetime
from xml.etree.ElementTree import fromstring

from simulators.bank.forms import Movement, MovementKind
from simulators.bank.statement import NAMESPACE, Statement, to_camt053

NS = {"c": NAMESPACE}
AT_MS = 1_790_000_000_123


def a_movement(number: int, kind: MovementKind, amount_minor: int) -> Movement:
    return Movement(
        number=number,
        kind=kind,
        reference_id=f"P{number}",
        amount_minor=amount_minor,
        text="freight & <more>",
        at_ms=AT_MS,
    )


def a_statement(*movements: Movement) -> Statement:
    at = datetime(2026, 9, 22, 3, tzinfo=UTC)
    return Statement("6220", date(2026, 9, 21), 1_000_005, movements, at)


def texts(statement: Statement, path: str) -> list[str | None]:
    root = fromstring(to_camt053(statement))  # noqa: S314  our own text
    return [found.text for found in root.findall(path, NS)]


def test_money_that_left_is_a_debit_with_its_transfers_id() -> None:
    statement = a_statement(a_movement(1, MovementKind.TRANSFER, -250_007))
    assert texts(statement, ".//c:Ntry/c:Amt") == ["2500.07"]
    assert texts(statement, ".//c:Ntry/c:CdtDbtInd") == ["DBIT"]
    assert texts(statement, ".//c:EndToEndId") == ["P1"]
    assert texts(statement, ".//c:Ustrd") == ["freight & <more>"]


def test_money_that_came_back_is_a_credit_with_its_reason() -> None:
    statement = a_statement(a_movement(2, MovementKind.RETURN, 250_007))
    assert texts(statement, ".//c:Ntry/c:CdtDbtInd") == ["CRDT"]
    assert texts(statement, ".//c:RtrInf/c:AddtlInf") == ["freight & <more>"]


def test_the_closing_balance_is_the_opening_one_and_all_entries() -> None:
    statement = a_statement(
        a_movement(1, MovementKind.DEPOSIT, 5), a_movement(2, MovementKind.TRANSFER, -1_000_030)
    )
    assert texts(statement, ".//c:Bal/c:Amt") == ["10000.05", "0.20"]
    assert texts(statement, ".//c:Bal/c:CdtDbtInd") == ["CRDT", "DBIT"]
    assert texts(statement, ".//c:Bal/c:Tp/c:CdOrPrtry/c:Cd") == ["OPBD", "CLBD"]


def test_a_day_without_movements_has_balances_and_no_entry() -> None:
    assert texts(a_statement(), ".//c:Ntry") == []
    assert texts(a_statement(), ".//c:Bal/c:Amt") == ["10000.05", "10000.05"]
