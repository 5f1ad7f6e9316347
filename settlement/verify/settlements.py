"""Recomputes every settlement from its signed records and its contract."""

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from settlement.verify.arithmetic import (
    CannotCompute,
    Delivered,
    amounts_due,
    complete,
    same_terms,
)
from settlement.verify.derived import settlement_id
from settlement.verify.reading import (
    Broken,
    Data,
    Defect,
    ExportLine,
    Keys,
    not_complete,
    not_genuine,
    not_payable,
)
from settlement.verify.records import verified

WEIGHINGS: Final = {"weighing_completed.v1", "weighing_completed.v2"}
"""Every version: settlements are verified for as long as they are kept."""

Contracts = dict[tuple[str, int], Data]
"""The terms of each version of a contract."""


def check_settlements(
    lines: Iterable[ExportLine], contracts: Contracts, keys: Keys
) -> Iterator[Defect]:
    """Check terms, totals and lines of every settlement, and that no weighing was settled twice."""
    used: dict[str, str] = {}
    for line in lines:
        for what in _column_defects(line.data):
            yield not_payable(line.where, what)
        try:
            load, events = weighed(line.data["ticket"], keys)
        except Broken as defect:
            yield not_genuine(line.where, str(defect))
            continue
        try:
            _compare_settlement(line.data, load, contracts)
        except (Broken, CannotCompute) as defect:
            yield not_payable(line.where, str(defect))
            continue
        for event in events:
            if event in used:
                yield not_payable(
                    line.where, f"weighing {event} also stands in the settlement at {used[event]}"
                )
            used[event] = line.where


def _column_defects(settlement: Data) -> Iterator[str]:
    """Compare what settlement wrote beside a ticket with the ticket."""
    ticket = settlement["ticket"]
    beside = {
        "ticket_id": ticket["ticket_id"],
        "order_no": ticket["order_no"],
        "contract_id": ticket["contract"]["contract_id"],
        "contract_version": ticket["contract"]["version"],
        "driver_id": ticket["payee"]["driver_id"],
        "plate": ticket["plate"],
        "phone": ticket["payee"]["phone"],
        "id": settlement_id(ticket["ticket_id"]),
    }
    for name, said in beside.items():
        if settlement[name] != said:
            yield f"{name} is not what the ticket says"
    if ticket["ticket_id"] != ticket["unloading"]["ticket_id"]:
        yield "the ticket is not its unloading's"


def _compare_settlement(settlement: Data, load: Delivered, contracts: Contracts) -> None:
    terms, price = settlement["ticket"]["contract"], settlement["price"]
    agreed = contracts.get((settlement["contract_id"], settlement["contract_version"]))
    if agreed is None or not same_terms(terms, agreed):
        raise Broken("was priced with other terms than the contract's")
    due = amounts_due(load, terms)
    lines: Counter[str] = Counter()
    for line in price["lines"]:
        lines[line["code"]] += line["amount_minor"]
    total = sum(due.values())
    _compare("total_minor", settlement["total_minor"], total)
    _compare("price.total_minor", price["total_minor"], total)
    _compare("the sum of the lines", lines.total(), total)
    for code in sorted(due.keys() | lines.keys()):
        _compare(f"the line {code}", lines[code], due.get(code, 0))
    _compare_words(price, load, terms)


def _compare_words(price: Data, load: Delivered, terms: Data) -> None:
    """Compare what a price says beside its amounts: the loss, what was allowed, how lines came."""
    allowance = complete(terms)["loss_allowance"]
    allowed_kg = allowance["value"]
    if allowance["kind"] == "per_mille":
        allowed_kg *= Fraction(load.loaded_kg, 1000)
    if price["loss_kg"] != load.loaded_kg - load.unloaded_kg:
        raise Broken("price.loss_kg is not loaded less unloaded")
    if Fraction(price["allowed_kg"]) != allowed_kg:
        raise Broken("price.allowed_kg is not what the contract allows")
    if price["currency"] != complete(terms)["currency"]:
        raise Broken("price.currency is not the contract's")
    for line in price["lines"]:
        if line.get("quantity_kg") is None:
            continue
        exact = Fraction(line["quantity_kg"]) * line["rate_per_tonne_minor"] / 1000
        if abs(exact - line["amount_minor"]) >= 1:
            raise Broken(f"the line {line['code']} is not its quantity times its rate")


def _compare(name: str, amount: int, due: int) -> None:
    if amount != due:
        raise Broken(f"{name} is {amount} fen, recomputed {due} fen")


def weighed(ticket: Data, keys: Keys) -> tuple[Delivered, list[str]]:
    """Return the net weights of a ticket and the weighings it rests on; raise Broken."""
    nets_kg, bodies = [], []
    for which in ("loading", "unloading"):
        gross, tare = (_weighing(ticket[which], part, keys) for part in ("gross", "tare"))
        if gross["weight_kg"] <= tare["weight_kg"]:
            raise Broken(f"{which}: gross does not exceed tare")
        nets_kg.append(gross["weight_kg"] - tare["weight_kg"])
        bodies += [gross, tare]
    events = [body["event_id"] for body in bodies]
    if len(set(events)) != len(events):
        raise Broken("one weighing stands for two")
    return Delivered(loaded_kg=nets_kg[0], unloaded_kg=nets_kg[1]), events


def _weighing(two_pass: Data, part: str, keys: Keys) -> Data:
    """Return the signed body of a ticket's weighing; raise Broken if the ticket says other."""
    _, body = verified(two_pass[f"{part}_record"], keys)
    if body.get("kind") not in WEIGHINGS or body.get("yard") != two_pass["yard"]:
        raise Broken(f"{part} record is not a weighing at {two_pass['yard']}")
    if body["weight_kg"] != two_pass[f"{part}_kg"]:
        raise Broken(f"{part}_kg is not the weight that was signed")
    return body


def check_in_journals(
    settlements: Iterable[ExportLine], records: list[ExportLine]
) -> Iterator[Defect]:
    """Check that what was settled stands in the lanes' journals, if both exports are given."""
    kept = {record.data["body"] for record in records}
    for line in settlements if kept else ():
        for which in ("loading", "unloading"):
            for part in ("gross", "tare"):
                if line.data["ticket"][which][f"{part}_record"]["body"] not in kept:
                    yield not_complete(line.where, f"{which} {part} is in no lane's journal")
