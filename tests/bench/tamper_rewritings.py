"""Rewritings of exports that hang together: ledger, prices and both sides are made to fit again."""

import json
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

from gateway.audit.facts import payee_hash
from settlement.verify.arithmetic import Delivered, amounts_due
from settlement.verify.derived import deposit_id, journal_id, payout_subject
from tests.bench.tamper_changes import Books, Lines, of


def rebalance(lines: Lines) -> None:
    """Number each account's entries without a gap, and make balances what they add up to."""
    steps = defaultdict(list)
    for journal in of(lines, "journal"):
        for entry in journal["entries"]:
            steps[entry["account_id"]].append(entry)
    accounts = {line["id"]: line for line in of(lines, "account")}
    for name, entries in steps.items():
        balance = 0
        for version, entry in enumerate(sorted(entries, key=lambda e: e["account_version"]), 1):
            balance += entry["amount_minor"]
            entry["account_version"], entry["balance_after_minor"] = version, balance
        accounts[name]["version"], accounts[name]["balance_minor"] = len(entries), balance
    lines[:] = [
        line
        for line in lines
        if line["type"] != "account" or line["id"] in steps or line["kind"] == "prefund"
    ]


def reprice(books: Books) -> None:
    """Make every amount follow from the terms as they are, all the way to the ledger."""
    scale: dict[str, tuple[int, int]] = {}
    for settlement in of(books.settlement, "settlement"):
        ticket = settlement["ticket"]
        nets = (
            ticket[end]["gross_kg"] - ticket[end]["tare_kg"] for end in ("loading", "unloading")
        )
        due = amounts_due(Delivered(*nets), ticket["contract"])
        for line in settlement["price"]["lines"]:
            line["amount_minor"] = due[line["code"]]
            rate = "rate" if line["code"] == "freight" else "loss_price"
            sign = 1 if rate == "rate" else -1
            line["rate_per_tonne_minor"] = sign * ticket["contract"][f"{rate}_per_tonne_minor"]
        total = sum(due.values())
        scale[settlement["id"]] = settlement["total_minor"], total
        settlement["total_minor"] = settlement["price"]["total_minor"] = total
    prices = {s["ticket_id"]: s["price"] for s in of(books.settlement, "settlement")}
    for state in of(books.gateway, "settlement_state"):
        state["state"]["price"] = deepcopy(prices[state["ticket_id"]])
        state["state"]["payout"]["amount_minor"] = prices[state["ticket_id"]]["total_minor"]
    _repay(books.settlement, scale)


def _repay(lines: Lines, scale: dict[str, tuple[int, int]]) -> None:
    numbers = {}
    for payout in of(lines, "payout"):
        old, new = scale[payout["settlement_id"]]
        numbers[payout["provider_no"]] = old, new
        payout["amount_minor"] = new
        payout["request_body"] = payout["request_body"].replace(
            f'"amount_minor":{old}', f'"amount_minor":{new}'
        )
    for callback in of(lines, "callback"):
        old, new = numbers[callback["provider_no"]]
        callback["body"] = callback["body"].replace(str(old), str(new))
    prices = {s["id"]: s["price"]["lines"] for s in of(lines, "settlement")}
    for journal in of(lines, "journal"):
        if journal["settlement_id"] is None:
            continue
        old, new = scale[journal["settlement_id"]]
        for entry in journal["entries"]:
            if journal["kind"] != "settled":
                entry["amount_minor"] = new if entry["amount_minor"] > 0 else -new
            elif entry["account_id"].startswith("driver_payable"):
                entry["amount_minor"] = new
            else:
                code = "freight" if entry["amount_minor"] < 0 else "loss_deduction"
                found = next(x for x in prices[journal["settlement_id"]] if x["code"] == code)
                entry["amount_minor"] = -found["amount_minor"]
    rebalance(lines)


# --- rewritings that hang together --------------------------------------------------------------


def _trips(books: Books) -> list[dict[str, Any]]:
    return list(of(books.settlement, "settlement"))


def _everywhere(books: Books, ticket_id: str, edit: Callable[[dict[str, Any]], None]) -> None:
    """Edit what gateway and settlement say was told of a trip."""
    for line in (*of(books.gateway, "told"), *of(books.settlement, "settlement")):
        if line["ticket_id"] == ticket_id:
            edit(line["ticket"])


def _pay_to(books: Books, settlement: dict[str, Any], **changes: str) -> None:
    payee = settlement["ticket"]["payee"]
    payee.update(changes)
    for line in of(books.gateway, "told"):
        if line["ticket_id"] == settlement["ticket_id"]:
            line["payee_sha256"] = payee_hash(line["ticket_id"], payee)


def payee_swapped(books: Books, random: Random) -> None:
    settlement = random.choice(_trips(books))
    old = settlement["ticket"]["payee"]["account"]
    new = f"6222999900{random.randrange(10**8):08}"
    _pay_to(books, settlement, account=new)
    for payout in of(books.settlement, "payout"):
        if payout["settlement_id"] == settlement["id"]:
            payout["request_body"] = payout["request_body"].replace(old, new)


def settlement_removed(books: Books, random: Random) -> None:
    _remove(books, [random.choice(_trips(books))])


def all_tickets_removed(books: Books, random: Random) -> None:
    del random
    _remove(books, _trips(books))


def _remove(books: Books, trips: list[dict[str, Any]]) -> None:
    tickets = {t["ticket"][end]["ticket_id"] for t in trips for end in ("loading", "unloading")}
    ids = {trip["id"] for trip in trips}
    payouts = [p for p in of(books.settlement, "payout") if p["settlement_id"] in ids]
    numbers = {p["provider_no"] for p in payouts}
    gone = ids | {p["id"] for p in payouts}
    names = ("settlement_id", "payout_id", "id")
    books.settlement[:] = [
        line
        for line in books.settlement
        if not ({line.get(name) for name in names} & gone or line.get("provider_no") in numbers)
    ]
    books.gateway[:] = [
        line
        for line in books.gateway
        if line.get("ticket_id") not in tickets
        and not (line["type"] == "ticket" and line["id"] in tickets)
    ]
    rebalance(books.settlement)


def last_record_removed(books: Books, random: Random) -> None:
    chain = random.choice(list(of(books.gateway, "chain")))
    own = [
        line
        for line in of(books.gateway, "record")
        if (line["yard"], line["lane"]) == (chain["yard"], chain["lane"])
    ]
    last, before = sorted(own, key=lambda line: line["seq"])[-1:-3:-1]
    books.gateway.remove(last)
    chain["last_seq"], chain["last_sha256"] = (
        before["seq"],
        json.loads(last["body"])["previous_hash"],
    )


def deposits_doubled(books: Books, random: Random) -> None:
    deposit = random.choice(list(of(books.settlement, "deposit")))
    deposit["amount_minor"] *= 2
    for journal in of(books.settlement, "journal"):
        if journal["id"] == deposit["journal_id"]:
            for entry in journal["entries"]:
                entry["amount_minor"] *= 2
    rebalance(books.settlement)


def plates_exchanged(books: Books, random: Random) -> None:
    one, other = random.sample(_trips(books), 2)
    plates = one["plate"], other["plate"]
    for trip, plate in ((one, plates[1]), (other, plates[0])):
        _everywhere(books, trip["ticket_id"], partial(_set_plate, plate))
        trip["plate"] = plate


def _set_plate(plate: str, ticket: dict[str, Any]) -> None:
    ticket["plate"] = plate


def rate_raised(books: Books, random: Random) -> None:
    contract = random.choice(list(of(books.settlement, "contract")))["contract_id"]
    more = random.randrange(1, 500)
    told = [t["ticket"]["contract"] for t in of(books.gateway, "told")]
    terms = [line["terms"] for side in books for line in side if "terms" in line]
    for agreed in (*terms, *told, *(trip["ticket"]["contract"] for trip in _trips(books))):
        if agreed["contract_id"] == contract:
            agreed["rate_per_tonne_minor"] += more
    reprice(books)


def name_changed(books: Books, random: Random) -> None:
    settlement = random.choice(_trips(books))
    old = settlement["ticket"]["payee"]["name"]
    _pay_to(books, settlement, name="李四")
    for payout in of(books.settlement, "payout"):
        if payout["settlement_id"] == settlement["id"]:
            payout["request_body"] = payout["request_body"].replace(old, "李四")


def phone_changed(books: Books, random: Random) -> None:
    settlement = random.choice(_trips(books))
    _pay_to(books, settlement, phone="+8613999999999")
    settlement["phone"] = "+8613999999999"


def cargo_changed(books: Books, random: Random) -> None:
    settlement = random.choice(_trips(books))
    _everywhere(books, settlement["ticket_id"], lambda t: t.update(cargo="gravel"))


def order_renamed(books: Books, random: Random) -> None:
    settlement = random.choice(_trips(books))
    old, new = settlement["order_no"], f"M{random.randrange(10**6)}"
    for side in books:
        for number, line in enumerate(side):
            if line["type"] in {"settlement", "told", "ticket", "settlement_state", "payout"}:
                side[number] = json.loads(json.dumps(line).replace(f'"{old}"', f'"{new}"')
                                          .replace(f'\\"{old}\\"', f'\\"{new}\\"'))  # fmt: skip


def payment_denied(books: Books, random: Random) -> None:
    """A payment that arrived is told as refused by the bank, on both sides and in the ledger."""
    paid = [p for p in of(books.settlement, "payout") if p["state"] == "paid"]
    payout = random.choice(paid)
    payout.update(state="failed", reason="refused", paid_ms=None)
    for side in (*of(books.settlement, "attempt"), *of(books.settlement, "callback")):
        if side.get("payout_id") == payout["id"]:
            side.update(outcome="failed", evidence=side["evidence"].replace("paid", "failed"))
        elif side.get("provider_no") == payout["provider_no"]:
            side["body"] = side["body"].replace('"paid"', '"failed"')
    _void(books.settlement, payout)
    for line in of(books.gateway, "settlement_state"):
        if line["state"]["payout"]["payout_id"] == payout["id"]:
            line["state"]["payout"].update(state="failed", reason="refused", paid_at=None)


def _void(lines: Lines, payout: dict[str, Any]) -> None:
    own = [j for j in of(lines, "journal") if j["settlement_id"] == payout["settlement_id"]]
    reserved = next(j for j in own if j["kind"] == "reserved")
    journal = next(j for j in own if j["kind"] == "paid")
    subject = payout_subject(payout["id"], payout["generation"])
    journal.update(kind="voided", id=journal_id("voided", subject))
    journal["entries"] = [
        {**entry, "amount_minor": -entry["amount_minor"], "account_version": 10**6}
        for entry in reserved["entries"]
    ]
    rebalance(lines)


def callbacks_removed(books: Books, random: Random) -> None:
    number = random.choice(list(of(books.settlement, "callback")))["provider_no"]
    books.settlement[:] = [
        line
        for line in books.settlement
        if line["type"] != "callback" or line["provider_no"] != number
    ]


def evidence_rewritten(books: Books, random: Random) -> None:
    random.choice(list(of(books.settlement, "attempt")))["evidence"] = "200 {}"


def deposit_invented(books: Books, random: Random) -> None:
    old = random.choice(list(of(books.settlement, "deposit")))
    key = f"invented-{random.randrange(10**6)}"
    own = deposit_id(key)
    new = {**old, "id": own, "idempotency_key": key,
           "journal_id": journal_id("deposited", f"deposit:{own}")}  # fmt: skip
    booked = next(j for j in of(books.settlement, "journal") if j["id"] == old["journal_id"])
    entries = [{**entry, "account_version": 10**6} for entry in booked["entries"]]
    journal = {**booked, "id": new["journal_id"], "entries": entries}
    books.settlement[1:1] = [new, journal]
    rebalance(books.settlement)


def times_moved(books: Books, random: Random) -> None:
    """A trip was settled, sent and paid some minutes earlier."""
    settlement = random.choice(_trips(books))
    by_ms = -60_000 * random.randrange(1, 9)
    payout = next(
        p for p in of(books.settlement, "payout") if p["settlement_id"] == settlement["id"]
    )
    for line in of(books.gateway, "settlement_state"):
        if line["ticket_id"] == settlement["ticket_id"]:
            line["state"]["settled_at"] = _moved(line["state"]["settled_at"], by_ms)
            paid_at = line["state"]["payout"]["paid_at"]
            line["state"]["payout"]["paid_at"] = paid_at and _moved(paid_at, by_ms)
    for line in books.settlement:
        is_own = settlement["id"] in {line.get("settlement_id"), line.get("id")}
        if is_own or payout["id"] in {line.get("payout_id"), line.get("id")}:
            for name, value in line.items():
                if name.endswith("_ms") and value is not None:
                    line[name] = value + by_ms


def _moved(text: str, by_ms: int) -> str:
    at = datetime.fromisoformat(text).timestamp() + by_ms / 1000
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def held_reason_changed(books: Books, random: Random) -> None:
    failed = [p for p in of(books.settlement, "payout") if p["state"] in {"failed", "returned"}]
    payout = random.choice(failed)
    payout["reason"] = "account_closed"
    for line in of(books.gateway, "settlement_state"):
        if line["state"]["payout"]["payout_id"] == payout["id"]:
            line["state"]["payout"]["reason"] = "account_closed"


REWRITINGS: dict[str, Callable[[Books, Random], None]] = {
    "payee of a payout": payee_swapped,
    "name of a payee": name_changed,
    "phone of a payee": phone_changed,
    "plates of two trips exchanged": plates_exchanged,
    "cargo of a trip": cargo_changed,
    "number of an order": order_renamed,
    "rate of a contract, and all its prices": rate_raised,
    "a settlement removed on both sides": settlement_removed,
    "all tickets and settlements removed": all_tickets_removed,
    "the last record of a lane removed": last_record_removed,
    "a deposit doubled": deposits_doubled,
    "a deposit invented": deposit_invented,
    "a payment told as refused": payment_denied,
    "a reason of a refusal": held_reason_changed,
    "callbacks of a payout removed": callbacks_removed,
    "evidence of an attempt": evidence_rewritten,
    "times of a settlement": times_moved,
}
"""What is rewritten everywhere at once, by its name in docs/money.md."""
