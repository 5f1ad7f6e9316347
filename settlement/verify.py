"""`taigan-verify`: checks audit exports offline, believing nobody.

One file on the standard library and `cryptography`, to be read in an evening and carried anywhere.
Shares no code with what wrote the exports: it checks by their public description alone.

    taigan-verify gateway.ndjson settlement.ndjson --keys keys.json

`keys.json` is {"yard/lane": "base64 of the lane's public key"} (or a list of such keys). Each
defect is one line `file:line: what is wrong`. Exit code 0: none, 5: some, 2: wrong usage.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FOUND_DEFECTS = 5
ZEROS = "0" * 64
SIGNED_PREFIX = b"taigan.v1\n"
LEFT_BANK = {"paid": 1, "manual": None}
"""How often a payout's amount has left the bank; None = a person is finding out. Default 0."""

Keys = dict[str, list[bytes]]
Terms = dict[tuple[str, int], Any]
Data = dict[str, Any]


class Line(NamedTuple):
    where: str
    data: Data


class Defect(NamedTuple):
    where: str
    what: str


class Broken(Exception):
    """Part of a line is not what it must be; the text says what."""


# --- Reading ------------------------------------------------------------------------------------


def read_export(path: Path) -> tuple[list[Line], list[Defect]]:
    """Return the lines of an export and the defects of its chain."""
    *raw_lines, rest = path.read_bytes().split(b"\n")
    lines: list[Line] = []
    defects: list[Defect] = []
    for number, raw in enumerate(raw_lines, start=1):
        where = f"{path}:{number}"
        try:
            lines.append(Line(where, parse(raw)))
        except Broken as broken:
            defects.append(Defect(where, str(broken)))
            lines.append(Line(where, {}))
    if rest or not lines or lines[-1].data.get("type") != "end":
        defects.append(Defect(f"{path}:{len(lines)}", "the export was cut off: it has no end"))
    hashes = [ZEROS, *(hashlib.sha256(raw).hexdigest() for raw in raw_lines)]
    return lines, defects + list(_check_export_chain(lines, hashes))


def _check_export_chain(lines: list[Line], hashes: list[str]) -> Iterator[Defect]:
    for index, line in enumerate(lines):
        if line.data.get("previous_sha256") != hashes[index]:
            blamed = lines[index - 1] if index else line
            yield Defect(blamed.where, "changed, or a line was put in or left out after it")
        if line.data.get("type") == "end" and line.data.get("lines") != index:
            yield Defect(line.where, f"counts {line.data.get('lines')} lines, stands after {index}")


def parse(text: str | bytes) -> Data:
    """Return a JSON object; refuse keys named twice, which could mean two things."""
    try:
        value = json.loads(text, object_pairs_hook=_no_key_twice)
    except (ValueError, RecursionError) as error:
        raise Broken(f"is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Broken("is not a JSON object")
    return value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> Data:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is named twice")
    return found


def read_keys(path: Path) -> Keys:
    """Return raw keys by "yard/lane"; raise ValueError for a file that is no list of keys."""
    keys: Keys = {}
    for lane, given in json.loads(path.read_text()).items():
        listed = [given] if isinstance(given, str) else given
        keys[lane] = [base64.b64decode(text, validate=True) for text in listed]
    return keys


# --- Signed records -----------------------------------------------------------------------------


def verified(record: Data, keys: Keys) -> tuple[str, Data]:
    """Return (lane, body) of a record whose signature holds; raise Broken otherwise."""
    text = record["body"]
    for lane, lane_keys in keys.items():
        if any(_holds(key, record) for key in lane_keys):
            body = parse(text)
            if lane != f"{body.get('yard')}/{body.get('lane')}":
                raise Broken(f"signed by {lane}, but says {body.get('yard')}/{body.get('lane')}")
            return lane, body
    raise Broken("no given key has signed the record")


def _holds(key: bytes, record: Data) -> bool:
    if hashlib.sha256(key).hexdigest()[:16] != record["key_id"]:
        return False
    try:
        signature = base64.b64decode(record["signature"], validate=True)
        public_key = Ed25519PublicKey.from_public_bytes(key)
        public_key.verify(signature, SIGNED_PREFIX + record["body"].encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def check_records(lines: Iterable[Line], keys: Keys) -> Iterator[Defect]:
    """Check every record's signature, and each journal's numbers and hash chain."""
    chains: dict[tuple[str, str], list[tuple[int, Line, Data]]] = defaultdict(list)
    for line in lines:
        try:
            lane, body = verified(line.data, keys)
        except Broken as broken:
            yield Defect(line.where, str(broken))
            continue
        for field in ("yard", "lane", "epoch", "seq"):
            if body.get(field) != line.data.get(field):
                yield Defect(line.where, f"{field} is not what was signed")
        chains[lane, body["epoch"]].append((body["seq"], line, body))
    for chain in chains.values():
        yield from _check_chain(sorted(chain, key=lambda item: item[0]))


def _check_chain(chain: list[tuple[int, Line, Data]]) -> Iterator[Defect]:
    expected, previous = 1, ZEROS
    for seq, line, body in chain:
        if seq != expected:
            yield Defect(line.where, f"record {seq} follows where {expected} must stand")
        elif body["previous_hash"] != previous:
            yield Defect(line.where, f"record {seq} does not follow from the one before it")
        expected, previous = seq + 1, hashlib.sha256(line.data["body"].encode()).hexdigest()


def check_tickets(tickets: Iterable[Line], records: Iterable[Line]) -> Iterator[Defect]:
    """Check that a gateway's tickets say what the records say."""
    weights = {}
    for record in records:
        body = parse(record.data["body"])
        weights[body["event_id"]] = body.get("weight_kg")
    for line in tickets:
        ticket = line.data
        for which in ("first", "second"):
            event = ticket[f"{which}_event_id"]
            if event is not None and weights.get(event) != ticket[f"{which}_kg"]:
                yield Defect(line.where, f"{which}_kg is not the weight that was signed")
        if (
            ticket["net_kg"] is not None
            and ticket["net_kg"] != ticket["gross_kg"] - ticket["tare_kg"]
        ):
            yield Defect(line.where, "net_kg is not gross less tare")


# --- Settlements --------------------------------------------------------------------------------


def check_settlements(lines: Iterable[Line], terms: Terms, keys: Keys) -> Iterator[Defect]:
    """Recompute every settlement from its signed records and its contract."""
    used: dict[str, str] = {}
    for line in lines:
        try:
            due, events = amount_due(line.data["ticket"], keys)
            _compare_settlement(line.data, due, terms)
        except Broken as broken:
            yield Defect(line.where, str(broken))
            continue
        for event in events:
            if event in used:
                yield Defect(line.where, f"weighing {event} was also paid at {used[event]}")
            used[event] = line.where


def _compare_settlement(settlement: Data, due: int, terms: Terms) -> None:
    ticket = settlement["ticket"]
    agreed = terms.get((settlement["contract_id"], settlement["contract_version"]))
    if ticket["contract"] != agreed:
        raise Broken("was priced with other terms than the contract's")
    lines = sum(line["amount_minor"] for line in settlement["price"]["lines"])
    for name, amount in (
        ("total_minor", settlement["total_minor"]),
        ("price.total_minor", settlement["price"]["total_minor"]),
        ("the sum of the lines", lines),
    ):
        if amount != due:
            raise Broken(f"{name} is {amount} fen, recomputed {due} fen")


def amount_due(ticket: Data, keys: Keys) -> tuple[int, list[str]]:
    """Return the fen due for a ticket and the weighings it rests on; raise Broken."""
    nets, events = [], []
    for which in ("loading", "unloading"):
        weights = []
        for part in ("gross", "tare"):
            weight, event = _weighing(ticket[which], part, keys)
            weights.append(weight)
            events.append(event)
        if weights[0] <= weights[1]:
            raise Broken(f"{which}: gross does not exceed tare")
        nets.append(weights[0] - weights[1])
    if len(set(events)) != 4:
        raise Broken("one weighing stands for two")
    return freight_less_loss(nets[0], nets[1], ticket["contract"]), events


def _weighing(two_pass: Data, part: str, keys: Keys) -> tuple[int, str]:
    _, body = verified(two_pass[f"{part}_record"], keys)
    if body.get("kind") != "weighing_completed.v1" or body.get("yard") != two_pass["yard"]:
        raise Broken(f"{part} record is not a weighing at {two_pass['yard']}")
    if body["weight_kg"] != two_pass[f"{part}_kg"]:
        raise Broken(f"{part}_kg is not the weight that was signed")
    return body["weight_kg"], body["event_id"]


def freight_less_loss(loaded_kg: int, delivered_kg: int, terms: Data) -> int:
    """Return the fen due; each of the two amounts is rounded once by the contract's rule."""
    paid_for = {
        "load": loaded_kg,
        "unload": delivered_kg,
        "lower": min(loaded_kg, delivered_kg),
        "higher": max(loaded_kg, delivered_kg),
    }[terms["basis"]]
    loss = Fraction(loaded_kg - delivered_kg)
    allowed = Fraction(terms["loss_allowance"]["value"])
    if terms["loss_allowance"]["kind"] == "per_mille":
        allowed = allowed * loaded_kg / 1000
    charged = Fraction(0)
    if loss > allowed:
        charged = loss if terms["loss_charged"] == "all" else loss - allowed
    freight = Fraction(paid_for) * terms["rate_per_tonne_minor"] / 1000
    deduction = charged * terms["loss_price_per_tonne_minor"] / 1000
    return whole(freight, terms["rounding"]) - whole(deduction, terms["rounding"])


def whole(amount: Fraction, rule: str) -> int:
    """Round a fraction that is not negative."""
    down = amount.numerator // amount.denominator
    rest = amount - down
    if rule == "down" or rest < Fraction(1, 2):
        return down
    if rule == "half_even" and rest == Fraction(1, 2):
        return down + down % 2
    return down + 1


# --- Books --------------------------------------------------------------------------------------


def check_ledger(journals: list[Line], accounts: Iterable[Line]) -> Iterator[Defect]:
    """Check that journals balance and that accounts have gapless histories."""
    history: dict[str, list[tuple[int, int, int, str]]] = defaultdict(list)
    seen: set[str] = set()
    for line in journals:
        entries = line.data["entries"]
        if len(entries) < 2 or sum(entry["amount_minor"] for entry in entries) != 0:
            yield Defect(line.where, "the journal does not balance")
        if line.data["id"] in seen:
            yield Defect(line.where, "the journal stands here twice")
        seen.add(line.data["id"])
        for entry in entries:
            step = entry["account_version"], entry["amount_minor"], entry["balance_after_minor"]
            history[entry["account_id"]].append((*step, line.where))
    for line in accounts:
        yield from _check_account(line, sorted(history.pop(line.data["id"], [])))
    for account, steps in history.items():
        yield Defect(steps[0][3], f"account {account} is missing from the export")


def _check_account(account: Line, steps: list[tuple[int, int, int, str]]) -> Iterator[Defect]:
    name, balance = account.data["id"], 0
    for expected, (version, amount, after, where) in enumerate(steps, start=1):
        balance += amount
        if version != expected or after != balance:
            yield Defect(where, f"account {name} does not continue at its version {expected}")
            return
    if (account.data["version"], account.data["balance_minor"]) != (len(steps), balance):
        yield Defect(account.where, f"account {name} has another balance than its entries")


def check_payouts(
    payouts: Iterable[Line], settlements: Iterable[Line], journals: Iterable[Line]
) -> Iterator[Defect]:
    """Check each settlement's one payout, and what has left the bank for it."""
    left_bank: dict[str, int] = defaultdict(int)
    for journal in journals:
        for entry in journal.data["entries"]:
            if entry["account_id"].startswith("bank:") and journal.data["settlement_id"]:
                left_bank[journal.data["settlement_id"]] += entry["amount_minor"]
    owed = {line.data["id"]: line for line in settlements}
    for line in payouts:
        payout = line.data
        settlement = owed.pop(payout["settlement_id"], None)
        if settlement is None:
            yield Defect(line.where, "no settlement, or a second payout for it")
            continue
        for what in _payout_defects(payout, settlement.data, left_bank[payout["settlement_id"]]):
            yield Defect(line.where, what)
    for line in owed.values():
        yield Defect(line.where, "the settlement has no payout")


def _payout_defects(payout: Data, settlement: Data, left_bank: int) -> Iterator[str]:
    amount = payout["amount_minor"]
    if amount != settlement["total_minor"]:
        yield f"pays {amount} fen for a settlement of {settlement['total_minor']} fen"
    request, payee = parse(payout["request_body"]), settlement["ticket"]["payee"]
    meant = {name: payee[name] for name in ("name", "account", "bank_code")}
    told = (request["amount_minor"], request["payee"], request["id"])
    if told != (amount, meant, payout["provider_no"]):
        yield "the bank was told something else than the ticket says"
    times = LEFT_BANK.get(payout["state"], 0)
    if times is not None and left_bank != times * amount:
        yield f"is {payout['state']}, but {left_bank} fen of {amount} fen have left the bank"


# --- All together -------------------------------------------------------------------------------


def check_across(settlements: Iterable[Line], records: list[Line]) -> Iterator[Defect]:
    """Check that what was settled stands in the lanes' journals, if both exports are given."""
    kept = {record.data["body"] for record in records}
    for line in settlements if kept else ():
        for which in ("loading", "unloading"):
            for part in ("gross", "tare"):
                if line.data["ticket"][which][f"{part}_record"]["body"] not in kept:
                    yield Defect(line.where, f"{which} {part} is in no lane's journal")


def check_all(lines: list[Line], keys: Keys) -> Iterator[Defect]:
    """Run every check on the lines of all exports together."""
    kinds: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        kinds[str(line.data.get("type"))].append(line)
    terms = {(c.data["contract_id"], c.data["version"]): c.data["terms"] for c in kinds["contract"]}
    checks: tuple[Callable[[], Iterator[Defect]], ...] = (
        lambda: check_records(kinds["record"], keys),
        lambda: check_tickets(kinds["ticket"], kinds["record"]),
        lambda: check_settlements(kinds["settlement"], terms, keys),
        lambda: check_ledger(kinds["journal"], kinds["account"]),
        lambda: check_payouts(kinds["payout"], kinds["settlement"], kinds["journal"]),
        lambda: check_across(kinds["settlement"], kinds["record"]),
    )
    for check in checks:
        try:
            yield from check()
        except (KeyError, TypeError, AttributeError, ValueError, Broken) as error:
            yield Defect("export", f"a line does not have the promised form: {error!r}")


def main() -> None:
    """Check the exports named on the command line."""
    parser = argparse.ArgumentParser(prog="taigan-verify", description=__doc__.partition("\n")[0])
    parser.add_argument("exports", nargs="+", type=Path, help="NDJSON audit exports")
    parser.add_argument("--keys", type=Path, required=True, help='{"yard/lane": "base64 key"}')
    options = parser.parse_args()
    lines: list[Line] = []
    defects: list[Defect] = []
    try:
        keys = read_keys(options.keys)
        for path in options.exports:
            found, broken = read_export(path)
            lines += found
            defects += broken
    except (OSError, ValueError, AttributeError, TypeError) as error:
        parser.error(str(error))
    defects += check_all(lines, keys)
    for where, what in defects:
        sys.stdout.write(f"{where}: {what}\n")
    sys.stderr.write(f"{len(lines)} lines checked, {len(defects)} defects\n")
    sys.exit(FOUND_DEFECTS if defects else 0)


if __name__ == "__main__":
    main()
