"""The account's statement of one day as ISO 20022 camt.053.001.02. Pure.

Amounts are yuan with two decimals and no sign; `DBIT` left the account, `CRDT` came in. The
transfer's id is the EndToEndId; a payment that came back is a credit with its return reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from simulators.bank.forms import Movement, MovementKind

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
_CODES: Final = {
    MovementKind.TRANSFER: "PMNT-ICDT",
    MovementKind.DEPOSIT: "PMNT-RCDT",
    MovementKind.RETURN: "PMNT-RRTN",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One day of one account."""

    account: str
    day: date
    opening_minor: int
    movements: Sequence[Movement]
    created_at: datetime


def to_camt053(statement: Statement) -> str:
    """Return the XML document."""
    root = Element("Document", xmlns=NAMESPACE)
    body = SubElement(root, "BkToCstmrStmt")
    number = f"{statement.account}-{statement.day.isoformat()}"
    header = SubElement(body, "GrpHdr")
    _text(header, "MsgId", number)
    _text(header, "CreDtTm", statement.created_at.isoformat())
    stmt = SubElement(body, "Stmt")
    _text(stmt, "Id", number)
    _text(stmt, "CreDtTm", statement.created_at.isoformat())
    account = SubElement(stmt, "Acct")
    _text(account, "Id/Othr/Id", statement.account)
    _text(account, "Ccy", "CNY")
    closing_minor = statement.opening_minor + sum(m.amount_minor for m in statement.movements)
    _balance(stmt, "OPBD", statement.opening_minor, statement.day)
    _balance(stmt, "CLBD", closing_minor, statement.day)
    for movement in statement.movements:
        _entry(stmt, movement, statement.day)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _balance(stmt: Element, code: str, amount_minor: int, day: date) -> None:
    balance = SubElement(stmt, "Bal")
    _text(balance, "Tp/CdOrPrtry/Cd", code)
    _amount(balance, amount_minor)
    _text(balance, "Dt/Dt", day.isoformat())


def _entry(stmt: Element, movement: Movement, day: date) -> None:
    entry = SubElement(stmt, "Ntry")
    _amount(entry, movement.amount_minor)
    _text(entry, "Sts", "BOOK")
    booked_at = datetime.fromtimestamp(movement.at_ms / 1000, tz=UTC)
    _text(entry, "BookgDt/DtTm", booked_at.isoformat())
    _text(entry, "ValDt/Dt", day.isoformat())
    _text(entry, "AcctSvcrRef", str(movement.number))
    _text(entry, "BkTxCd/Prtry/Cd", _CODES[movement.kind])
    details = SubElement(SubElement(entry, "NtryDtls"), "TxDtls")
    _text(details, "Refs/EndToEndId", movement.reference_id)
    if movement.kind is MovementKind.RETURN:
        _text(details, "RtrInf/AddtlInf", movement.text)
    else:
        _text(details, "RmtInf/Ustrd", movement.text)


def _amount(parent: Element, amount_minor: int) -> None:
    """Write the amount and its direction; fen become yuan without passing through a float."""
    yuan, fen = divmod(abs(amount_minor), 100)
    SubElement(parent, "Amt", Ccy="CNY").text = f"{yuan}.{fen:02d}"
    _text(parent, "CdtDbtInd", "DBIT" if amount_minor < 0 else "CRDT")


def _text(parent: Element, path: str, text: str) -> None:
    for tag in path.split("/"):
        parent = SubElement(parent, tag)
    parent.text = text
