"""Recomputes a payout from the four signed records and the contract: pure, no I/O, no clock.

The second opinion before money leaves. It computes with the verifier's arithmetic and reads the
bank's bytes with the verifier's readers; both share no code with pricing and rails. It checks
signatures by the description of the format, without code of the lane. So one mistake does not pass
twice. It believes only its own list of lane keys.

A record is signed as Ed25519 over the bytes `taigan.v1`, newline, body.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from settlement.messages import ContractTerms, SignedRecord, TicketToSettle, TwoPassWeighing
from settlement.verify.arithmetic import CannotCompute, Delivered, amounts_due
from settlement.verify.rails import READERS, BankOrder, Unreadable

LaneKeys = Mapping[str, tuple[bytes, ...]]
"""Raw public keys by "yard/lane"."""

_LANE: Final = re.compile(r"[a-z0-9-]{1,32}/[a-z0-9-]{1,32}")
UNPINNED: Final = "not signed by a pinned key"
"""How a doubt ends when a lane is not in the guard's list; /readyz looks for it."""

_SIGNED_PREFIX: Final = b"taigan.v1\n"
_WEIGHINGS: Final = {"weighing_completed.v1", "weighing_completed.v2"}
"""Every version: a lane is upgraded after the payout guard, and a ticket may be old."""


class Doubt(Exception):
    """The payout does not follow from what was weighed and agreed; the text says where."""

    def __init__(self, text: str, *, reason: str = "guard", until_ms: int | None = None) -> None:
        super().__init__(text)
        self.reason = reason
        """Under which the payout is held."""
        self.until_ms = until_ms
        """When to look again without anybody's asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What the bank is about to be told, taken from the stored request."""

    rail: str
    provider_no: str
    amount_minor: int
    request_body: str


@dataclass(frozen=True, slots=True)
class _Weighing:
    event_id: UUID
    tag: str
    weight_kg: int


_Passes = tuple[_Weighing, _Weighing]
"""Gross and tare at one yard."""


class Proven(NamedTuple):
    """What the signed records of a payout prove."""

    events: tuple[UUID, ...]
    """The four weighings that it rests on."""
    card: str
    """The tag of the card that was read at unloading."""


def check_payout(
    ticket: TicketToSettle, agreed: ContractTerms, instruction: Instruction, keys: LaneKeys
) -> Proven:
    """Return what a payout rests on; raise Doubt if it does not follow."""
    if ticket.contract != agreed:
        raise Doubt("the ticket's terms are not those of the contract")
    loading = _two_pass("loading", ticket.loading, keys)
    unloading = _two_pass("unloading", ticket.unloading, keys)
    events = tuple(weighing.event_id for weighing in (*loading, *unloading))
    if len(set(events)) != len(events):
        raise Doubt("one weighing is used for two passes")
    due = _due_minor(loading, unloading, agreed)
    if due != instruction.amount_minor:
        raise Doubt(f"recomputed {due} fen, the payout is {instruction.amount_minor} fen")
    _check_request(ticket, instruction)
    return Proven(events, unloading[0].tag)


def _due_minor(loading: _Passes, unloading: _Passes, agreed: ContractTerms) -> int:
    load = Delivered(loaded_kg=_net_kg(loading), unloaded_kg=_net_kg(unloading))
    try:
        return sum(amounts_due(load, agreed.model_dump(mode="json")).values())
    except CannotCompute as error:
        raise Doubt(f"the amount cannot be recomputed: {error}") from error


def _net_kg(passes: _Passes) -> int:
    gross, tare = passes
    return gross.weight_kg - tare.weight_kg


def _two_pass(where: str, claimed: TwoPassWeighing, keys: LaneKeys) -> _Passes:
    gross = _weighing(f"{where} gross", claimed.yard, claimed.gross_record, keys)
    tare = _weighing(f"{where} tare", claimed.yard, claimed.tare_record, keys)
    if (gross.weight_kg, tare.weight_kg) != (claimed.gross_kg, claimed.tare_kg):
        raise Doubt(f"{where}: the ticket's weights are not those of its records")
    if gross.weight_kg <= tare.weight_kg:
        raise Doubt(f"{where}: gross does not exceed tare")
    if gross.tag != tare.tag:
        raise Doubt(f"{where}: gross and tare were weighed with different cards")
    return gross, tare


def _weighing(where: str, yard: str, record: SignedRecord, keys: LaneKeys) -> _Weighing:
    lane = _signer(record, keys)
    if lane is None:
        raise Doubt(f"{where}: {UNPINNED}; it says {_claimed(record)}, key {record.key_id}")
    body = _parse(where, record.body)
    if lane != f"{body.get('yard')}/{body.get('lane')}" or body.get("yard") != yard:
        raise Doubt(f"{where}: signed by {lane}, which is not where the ticket says")
    if body.get("kind") not in _WEIGHINGS:
        raise Doubt(f"{where}: not a completed weighing")
    weight_kg, e_kg, tag = body.get("weight_kg"), body.get("e_kg"), body.get("tag")
    if type(weight_kg) is not int or type(e_kg) is not int or e_kg < 1 or weight_kg % e_kg:
        raise Doubt(f"{where}: the weight is not a whole number of divisions")
    if not isinstance(tag, str):
        raise Doubt(f"{where}: no card")
    return _Weighing(_event_id(where, body), tag, weight_kg)


def _claimed(record: SignedRecord) -> str:
    """Return the lane that a record names, for people to look at; nothing is believed of it."""
    try:
        body = json.loads(record.body)
        claimed = f"{body['yard']}/{body['lane']}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return "no lane"
    return claimed if _LANE.fullmatch(claimed) else "no lane"


def _event_id(where: str, body: Mapping[str, Any]) -> UUID:
    try:
        return UUID(body.get("event_id"))
    except (TypeError, ValueError, AttributeError) as error:
        raise Doubt(f"{where}: event_id is not a UUID") from error


def _signer(record: SignedRecord, keys: LaneKeys) -> str | None:
    """Return the lane whose pinned key signed the record; nothing of it is parsed before."""
    for lane, lane_keys in keys.items():
        if any(_signed_by(key, record) for key in lane_keys):
            return lane
    return None


def _signed_by(key: bytes, record: SignedRecord) -> bool:
    if hashlib.sha256(key).hexdigest()[:16] != record.key_id:
        return False
    try:
        signature = base64.b64decode(record.signature, validate=True)
        public_key = Ed25519PublicKey.from_public_bytes(key)
        public_key.verify(signature, _SIGNED_PREFIX + record.body.encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def _parse(where: str, text: str) -> dict[str, Any]:
    """Read a JSON object; one that names a key twice could mean two things to two readers."""
    try:
        parsed = json.loads(text, object_pairs_hook=_no_key_twice)
    except (ValueError, RecursionError) as error:
        raise Doubt(f"{where}: {error}") from error
    if not isinstance(parsed, dict):
        raise Doubt(f"{where}: not a JSON object")
    return parsed


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is named twice")
    return found


def _check_request(ticket: TicketToSettle, instruction: Instruction) -> None:
    """Read the bytes that will be sent back, as their rail describes them, and compare."""
    read = READERS.get(instruction.rail)
    if read is None:
        raise Doubt(f"request: no reader for the rail {instruction.rail}")
    try:
        sent = read(instruction.request_body.encode())
    except Unreadable as error:
        raise Doubt(f"request: {error}") from error
    for field, expected in _agreed(ticket, instruction)._asdict().items():
        if getattr(sent, field) != expected:
            raise Doubt(f"request: {field} is not the ticket's")


def _agreed(ticket: TicketToSettle, instruction: Instruction) -> BankOrder:
    payee = ticket.payee
    return BankOrder(
        number=instruction.provider_no,
        amount_minor=instruction.amount_minor,
        currency=ticket.contract.currency,
        payee={"name": payee.name, "account": payee.account, "bank_code": payee.bank_code},
    )
