"""The bytes that the sandbox bank takes and what its answers prove: pure."""

import json
from typing import Any, Final

from settlement.messages import TicketToSettle
from settlement.payouts.rails.answers import evidence_of, json_object, reason_of
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.states import RailOutcome

_STATUSES: Final = {
    "accepted": RailOutcome.ACCEPTED,
    "paid": RailOutcome.PAID,
    "failed": RailOutcome.FAILED,
}


def instruction(ticket: TicketToSettle, number: str, amount_minor: int) -> str:
    """Return the JSON that every send of this payout repeats byte for byte."""
    payee = ticket.payee
    transfer = {
        "id": number,
        "amount_minor": amount_minor,
        "currency": ticket.contract.currency,
        "payee": {"name": payee.name, "account": payee.account, "bank_code": payee.bank_code},
        "reference": ticket.order_no,
    }
    return json.dumps(transfer, ensure_ascii=False, separators=(",", ":"))


def read_answer(method: str, status: int, body: bytes, expected: tuple[str, int]) -> RailAnswer:
    """Return what an HTTP answer about (number, amount) proves."""
    evidence = evidence_of(status, body)
    if status == 409 and method == "POST":
        return RailAnswer(outcome=RailOutcome.CONFLICT, evidence=evidence)
    if status == 404 and method == "GET":
        return RailAnswer(outcome=RailOutcome.NOT_FOUND, evidence=evidence)
    documented = {"POST": (200, 201), "GET": (200,)}[method]
    transfer = json_object(body) if status in documented else None
    if transfer is None:
        return RailAnswer(outcome=RailOutcome.UNKNOWN, evidence=evidence)
    return _read_transfer(transfer, evidence, expected)


def _read_transfer(
    transfer: dict[str, Any], evidence: str, expected: tuple[str, int]
) -> RailAnswer:
    """Believe only an object about our number; another amount under it is a contradiction."""
    number, amount_minor = expected
    if transfer.get("id") != number:
        return RailAnswer(outcome=RailOutcome.UNKNOWN, evidence=evidence)
    if transfer.get("amount_minor", amount_minor) != amount_minor:
        return RailAnswer(outcome=RailOutcome.CONFLICT, evidence=evidence)
    status = transfer.get("status")
    known = _STATUSES.get(status) if isinstance(status, str) else None
    return RailAnswer(
        outcome=known or RailOutcome.UNKNOWN,
        reason=reason_of(transfer.get("reason")),
        evidence=evidence,
    )
