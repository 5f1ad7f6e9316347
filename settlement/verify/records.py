"""Checks the lanes' records: signatures, numbers, hash chains; and a gateway's tickets by them.

A record is signed as Ed25519 over the bytes `taigan.v1`, newline, body.
"""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from settlement.verify.reading import (
    ZEROS,
    Broken,
    Data,
    Defect,
    ExportLine,
    Keys,
    not_complete,
    not_genuine,
    not_payable,
    parse,
)

_SIGNED_PREFIX = b"taigan.v1\n"

_Link = tuple[int, ExportLine, Data]
"""A record's number, its line, its body."""

_JournalKey = tuple[str, str]
"""A lane, "yard/lane", and an epoch of its."""

LastNumbers = Mapping[_JournalKey, int]
"""The last record of each journal, as somebody else knows it."""


def verified(record: Data, keys: Keys) -> tuple[str, Data]:
    """Return (lane, body) of a record whose signature holds; raise Broken otherwise."""
    text = record["body"]
    for lane, lane_keys in keys.items():
        if any(_is_signed_by(key, record) for key in lane_keys):
            body = parse(text)
            if lane != f"{body.get('yard')}/{body.get('lane')}":
                raise Broken(f"signed by {lane}, but says {body.get('yard')}/{body.get('lane')}")
            return lane, body
    raise Broken("no given key has signed the record")


def _is_signed_by(key: bytes, record: Data) -> bool:
    if hashlib.sha256(key).hexdigest()[:16] != record["key_id"]:
        return False
    return _signature_holds(key, record["signature"], record["body"])


@lru_cache(maxsize=1 << 16)
def _signature_holds(key: bytes, signature: str, body: str) -> bool:
    """Check a signature once: a settled weighing stands in a journal and in its settlement."""
    try:
        public_key = Ed25519PublicKey.from_public_bytes(key)
        public_key.verify(
            base64.b64decode(signature, validate=True), _SIGNED_PREFIX + body.encode()
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def check_records(lines: Iterable[ExportLine], keys: Keys) -> Iterator[Defect]:
    """Check every record's signature, and each journal's numbers and hash chain."""
    chains: dict[tuple[str, str], list[_Link]] = defaultdict(list)
    for line in lines:
        try:
            lane, body = verified(line.data, keys)
        except Broken as broken:
            yield not_genuine(line.where, str(broken))
            continue
        for field in ("yard", "lane", "epoch", "seq"):
            if body.get(field) != line.data.get(field):
                yield not_genuine(line.where, f"{field} is not what was signed")
        chains[lane, body["epoch"]].append((body["seq"], line, body))
    for chain in chains.values():
        yield from _check_chain(sorted(chain, key=lambda link: link[0]))


def _check_chain(chain: list[_Link]) -> Iterator[Defect]:
    expected, previous = 1, ZEROS
    for seq, line, body in chain:
        if seq != expected:
            missing = not_complete if seq > expected else not_genuine
            yield missing(line.where, f"record {seq} follows where {expected} must stand")
        elif body["previous_hash"] != previous:
            yield not_genuine(line.where, f"record {seq} does not follow from the one before it")
        expected, previous = seq + 1, hashlib.sha256(line.data["body"].encode()).hexdigest()


def check_last_numbers(
    chains: Iterable[ExportLine], records: Iterable[ExportLine], said: LastNumbers
) -> Iterator[Defect]:
    """Check that each journal goes as far as gateway and lanes say that it does.

    `chains` are what the gateway has given receipts for, `said` is what was read at the lanes.
    """
    journals: dict[_JournalKey, dict[int, ExportLine]] = defaultdict(dict)
    for record in records:
        journals[_key(record.data)][record.data["seq"]] = record
    known = set()
    for line in chains:
        if _key(line.data) in known:
            yield not_genuine(line.where, f"{_journal(_key(line.data))} stands here twice")
        known.add(_key(line.data))
        yield from _check_receipts(line, journals[_key(line.data)])
    for key, journal in journals.items() if known else ():
        accepted = [record for record in journal.values() if record.data["verdict"] == "accepted"]
        if accepted and key not in known:
            yield not_complete(
                accepted[0].where, f"{_journal(key)} has no number of its last record"
            )
    for key, seq in said.items():
        if (found := max(journals[key], default=0)) < seq:
            what = f"the lane is at {seq}, here it ends at {found}"
            yield not_complete("lane", f"{_journal(key)}: {what}")


def _check_receipts(chain: ExportLine, journal: Mapping[int, ExportLine]) -> Iterator[Defect]:
    name, last = _journal(_key(chain.data)), chain.data["last_seq"]
    if last not in journal:
        yield not_complete(chain.where, f"{name}: record {last} had a receipt and is missing")
        return
    body = journal[last].data["body"]
    if hashlib.sha256(body.encode()).hexdigest() != chain.data["last_sha256"]:
        yield not_genuine(chain.where, f"{name} ends in another record")
    beyond = [r for seq, r in journal.items() if seq > last and r.data["verdict"] == "accepted"]
    if beyond:
        yield not_genuine(chain.where, f"{name} ends before records that were accepted")


def _key(line: Data) -> _JournalKey:
    return f"{line['yard']}/{line['lane']}", line["epoch"]


def _journal(key: _JournalKey) -> str:
    return f"{key[0]} journal {key[1]}"


def check_tickets(tickets: Iterable[ExportLine], records: Iterable[ExportLine]) -> Iterator[Defect]:
    """Check that a gateway's tickets say what the records say."""
    bodies = _bodies(records)
    used: dict[str, str] = {}
    for line in tickets:
        weights = []
        for which in ("first", "second"):
            event = line.data[f"{which}_event_id"]
            if event is None:
                continue
            if event in used:
                yield not_payable(line.where, f"{which} weighing also stands at {used[event]}")
            used[event] = line.where
            weights.append(line.data[f"{which}_kg"])
            for what in _weighing_defects(bodies.get(event, {}), line.data, which):
                yield not_payable(line.where, what)
        for what in _net_defects(line.data, weights):
            yield not_payable(line.where, what)


def _bodies(records: Iterable[ExportLine]) -> dict[str, Data]:
    read = (parse(record.data["body"]) for record in records)
    return {body["event_id"]: body for body in read}


def _weighing_defects(body: Data, ticket: Data, which: str) -> Iterator[str]:
    if body.get("weight_kg") != ticket[f"{which}_kg"]:
        yield f"{which}_kg is not the weight that was signed"
    elif body["yard"] != ticket["yard_id"]:
        yield f"the {which} weighing was at another yard"


def _net_defects(ticket: Data, weights: list[int]) -> Iterator[str]:
    net_kg = ticket["net_kg"]
    if net_kg is None:
        if ticket["status"] == "closed":
            yield "is closed without a net weight"
        return
    if ticket["status"] != "closed":
        yield "has a net weight and is not closed"
    if net_kg != ticket["gross_kg"] - ticket["tare_kg"]:
        yield "net_kg is not gross less tare"
    if sorted(weights) != [ticket["tare_kg"], ticket["gross_kg"]]:
        yield "gross and tare are not its two weighings"


def check_released(
    settlements: Iterable[ExportLine], records: Iterable[ExportLine]
) -> Iterator[Defect]:
    """Check that the lanes let each settled truck go, and took none of its weighings back."""
    bodies = _bodies(records).values()
    released = {body["weighing_id"] for body in bodies if body["kind"] == "truck_released.v1"}
    voided = {body["weighing_id"] for body in bodies if body["kind"] == "weighing_voided.v1"}
    for line in settlements if bodies else ():
        for event, place in _weighings(line.data["ticket"]):
            if event in voided:
                yield not_payable(line.where, f"{place}: the lane voided the weighing")
            elif event not in released:
                yield not_payable(line.where, f"{place}: no record says that the truck was let go")


def _weighings(ticket: Data) -> Iterator[tuple[str, str]]:
    for which in ("loading", "unloading"):
        for part in ("gross", "tare"):
            body = parse(ticket[which][f"{part}_record"]["body"])
            yield body["event_id"], f"{which} {part}"
