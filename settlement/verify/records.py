"""Checks the lanes' records: signatures, numbers, hash chains; and a gateway's tickets by them.

A record is signed as Ed25519 over the bytes `taigan.v1`, newline, body.
"""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from settlement.verify.reading import ZEROS, Broken, Data, Defect, ExportLine, Keys, parse

_SIGNED_PREFIX = b"taigan.v1\n"

_Link = tuple[int, ExportLine, Data]
"""A record's number, its line, its body."""


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
    try:
        signature = base64.b64decode(record["signature"], validate=True)
        public_key = Ed25519PublicKey.from_public_bytes(key)
        public_key.verify(signature, _SIGNED_PREFIX + record["body"].encode())
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
            yield Defect(line.where, str(broken))
            continue
        for field in ("yard", "lane", "epoch", "seq"):
            if body.get(field) != line.data.get(field):
                yield Defect(line.where, f"{field} is not what was signed")
        chains[lane, body["epoch"]].append((body["seq"], line, body))
    for chain in chains.values():
        yield from _check_chain(sorted(chain, key=lambda link: link[0]))


def _check_chain(chain: list[_Link]) -> Iterator[Defect]:
    expected, previous = 1, ZEROS
    for seq, line, body in chain:
        if seq != expected:
            yield Defect(line.where, f"record {seq} follows where {expected} must stand")
        elif body["previous_hash"] != previous:
            yield Defect(line.where, f"record {seq} does not follow from the one before it")
        expected, previous = seq + 1, hashlib.sha256(line.data["body"].encode()).hexdigest()


def check_tickets(tickets: Iterable[ExportLine], records: Iterable[ExportLine]) -> Iterator[Defect]:
    """Check that a gateway's tickets say what the records say."""
    weights = {}
    for record in records:
        body = parse(record.data["body"])
        weights[body["event_id"]] = body.get("weight_kg")
    for line in tickets:
        for which in ("first", "second"):
            event = line.data[f"{which}_event_id"]
            if event is not None and weights.get(event) != line.data[f"{which}_kg"]:
                yield Defect(line.where, f"{which}_kg is not the weight that was signed")
        net_kg = line.data["net_kg"]
        if net_kg is not None and net_kg != line.data["gross_kg"] - line.data["tare_kg"]:
            yield Defect(line.where, "net_kg is not gross less tare")
