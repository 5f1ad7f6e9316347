"""Compares what gateway and settlement say of the same trips, both ways.

The gateway exports each ticket, what it told settlement (`told`, since exports of version 2), and
what it believes became of it; settlement exports what it was told and what it did. Neither can
change a payee, price, plate, weight or contract alone. An export that was taken earlier may know
less, so the later one may show settlements and states that are newer.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from settlement.verify.arithmetic import CannotCompute, same_terms
from settlement.verify.heads import canonical_sha256
from settlement.verify.reading import (
    Data,
    Defect,
    ExportLine,
    by_key,
    not_complete,
    not_payable,
    parse,
)

UNTOLD: Final = frozenset({"receipt_url", "payee"})
"""What the gateway's export does not say of a ticket. Of the payee it has a hash."""
_SETTLED_AT_SLACK_MS: Final = 60_000
"""How far two servers' clocks, and a commit and its time, may be apart."""


class Sides(NamedTuple):
    """The lines of both exports that speak of the same trips, and when each was taken."""

    tickets: list[ExportLine]
    told: list[ExportLine]
    states: list[ExportLine]
    settlements: list[ExportLine]
    payouts: list[ExportLine]
    gateway_ms: int
    settlement_ms: int


def check_both_ways(sides: Sides) -> Iterator[Defect]:
    """Check that each side knows the other's trips, and says the same of them."""
    tickets = by_key(sides.tickets, "id")
    yield from _check_gateway_knows(sides, tickets)
    yield from _check_settlement_knows(sides, tickets)
    told = by_key(sides.told, "ticket_id")
    for line in sides.settlements:
        if line.data["ticket_id"] in told:
            for what in _told_defects(line.data["ticket"], told[line.data["ticket_id"]].data):
                yield not_payable(line.where, what)
        for which in ("loading", "unloading"):
            ticket_id = line.data["ticket"][which]["ticket_id"]
            gateways = tickets[ticket_id].data if ticket_id in tickets else None
            for what in _ticket_defects(gateways, line.data["ticket"], which):
                yield not_payable(line.where, what)
    yield from _check_states(sides)


def _check_gateway_knows(sides: Sides, tickets: Mapping[str, ExportLine]) -> Iterator[Defect]:
    """Name what only settlement knows, unless the gateway was asked before it happened."""
    states = by_key(sides.states, "ticket_id")
    told = by_key(sides.told, "ticket_id")
    for line in sides.settlements:
        if line.data["settled_ms"] > sides.gateway_ms - _SETTLED_AT_SLACK_MS:
            continue
        for which in ("loading", "unloading"):
            if line.data["ticket"][which]["ticket_id"] not in tickets:
                yield not_complete(line.where, f"the gateway has no ticket of its {which}")
        if line.data["ticket_id"] not in states:
            yield not_complete(line.where, "the gateway does not know that it was settled")
        if sides.told and line.data["ticket_id"] not in told:
            yield not_complete(line.where, "the gateway does not say that it told of this ticket")


def _check_settlement_knows(sides: Sides, tickets: Mapping[str, ExportLine]) -> Iterator[Defect]:
    """Name what only the gateway knows, unless settlement was asked before it happened."""
    settled = by_key(sides.settlements, "ticket_id")
    for line in sides.states:
        at_ms = _ms(line.data["state"]["settled_at"])
        if line.data["ticket_id"] not in settled and at_ms <= sides.settlement_ms:
            yield not_complete(line.where, "settlement does not know the ticket that it settled")
        if line.data["ticket_id"] not in tickets:
            yield not_complete(line.where, "the gateway has no such ticket")


def _check_states(sides: Sides) -> Iterator[Defect]:
    settled = by_key(sides.settlements, "ticket_id")
    payouts = by_key(sides.payouts, "settlement_id")
    for line in sides.states:
        if line.data["ticket_id"] not in settled:
            continue
        settlement = settled[line.data["ticket_id"]].data
        payout = payouts[settlement["id"]].data if settlement["id"] in payouts else None
        for what in _state_defects(line.data["state"], settlement, payout, sides):
            yield not_payable(line.where, what)


def _told_defects(ticket: Data, told: Data) -> Iterator[str]:
    """Compare what settlement was told with what the gateway says that it told."""
    said = told["ticket"]
    for name in sorted((said.keys() | ticket.keys()) - UNTOLD):
        if said.get(name) != ticket.get(name):
            yield f"{name} is not what the gateway told"
    payee = {"ticket_id": told["ticket_id"], **ticket["payee"]}
    if canonical_sha256(payee) != told["payee_sha256"]:
        yield "payee is not what the gateway told"


def _ticket_defects(gateways: Data | None, ticket: Data, which: str) -> Iterator[str]:
    """Compare a ticket of the gateway, if it has one, with one end of a trip as it was settled."""
    if gateways is None:
        return
    end = ticket[which]
    events = {parse(end[f"{part}_record"]["body"])["event_id"] for part in ("gross", "tare")}
    same = {
        "purpose": gateways["purpose"] == which,
        "order": gateways["order_no"] == ticket["order_no"],
        "yard": gateways["yard_id"] == end["yard"],
        "plate": gateways.get("plate", ticket["plate"]) == ticket["plate"],
        "cargo": gateways.get("cargo", ticket["cargo"]) == ticket["cargo"],
        "gross weight": gateways["gross_kg"] == end["gross_kg"],
        "tare weight": gateways["tare_kg"] == end["tare_kg"],
        "weighings": {gateways["first_event_id"], gateways["second_event_id"]} == events,
        "contract": (gateways["contract_id"], gateways["contract_version"])
        == (ticket["contract"]["contract_id"], ticket["contract"]["version"]),
        "terms": _same_terms(gateways["terms"], ticket["contract"]),
    }
    for name, agrees in same.items():
        if not agrees:
            yield f"{which}: the gateway's ticket has another {name}"


def _same_terms(one: Data, other: Data) -> bool:
    try:
        return same_terms(one, other)
    except (CannotCompute, KeyError, TypeError, ValueError):
        return False


def _state_defects(
    state: Data, settlement: Data, payout: Data | None, sides: Sides
) -> Iterator[str]:
    """Compare what the gateway believes of a settlement with the settlement."""
    fixed = {
        "settlement_id": settlement["id"],
        "ticket_id": settlement["ticket_id"],
        "order_no": settlement["order_no"],
        "price": settlement["price"],
    }
    for name, said in fixed.items():
        if state[name] != said:
            yield f"{name} is not settlement's"
    if _ms(state["settled_at"]) != settlement["settled_ms"]:
        yield "settled_at is not settlement's"
    if payout is not None:
        for name in ("provider_no", "amount_minor"):
            if state["payout"][name] != payout[name]:
                yield f"{name} of the payout is not settlement's"
        if state["payout"]["payout_id"] != payout["id"]:
            yield "payout_id is not settlement's"
        yield from _news_defects(state, settlement, payout, sides)


def _news_defects(state: Data, settlement: Data, payout: Data, sides: Sides) -> Iterator[str]:
    """Compare the state of a payout; the side that was asked earlier may be behind."""
    heard, current = state["revision"], settlement["revision"]
    if heard > current and sides.gateway_ms <= sides.settlement_ms:
        yield f"the gateway heard revision {heard} before settlement had it: there it is {current}"
    if heard != current:
        return
    paid_at = state["payout"]["paid_at"]
    believed = state["payout"]["state"], state["payout"]["reason"]
    if believed != (payout["state"], payout["reason"]):
        yield f"the gateway believes that it is {believed[0]}, settlement says {payout['state']}"
    if (None if paid_at is None else _ms(paid_at)) != payout["paid_ms"]:
        yield "the gateway believes that it was paid at another time"


def check_unused(tickets: Iterable[ExportLine], records: Iterable[ExportLine]) -> Iterator[str]:
    """Yield, as a remark, how many released weighings stand in no ticket."""
    used = {line.data[f"{which}_event_id"] for line in tickets for which in ("first", "second")}
    bodies = [parse(record.data["body"]) for record in records]
    released = {b["weighing_id"] for b in bodies if b["kind"] == "truck_released.v1"}
    if unused := len(released - used):
        yield f"{unused} weighings of trucks that were let go stand in no ticket"


def ms_of(export: Data) -> int:
    """Return when an export was taken."""
    return export["exported_ms"] if "exported_ms" in export else _ms(export["at"])


def _ms(text: str) -> int:
    at = datetime.fromisoformat(text)
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
