"""Recomputes a payout from the four signed records and the contract: pure, no I/O, no clock.

The second opinion before money leaves. It shares no code with the pricing (other arithmetic) nor
with the lane (signatures are checked from the description of the format), so that one mistake does
not pass twice. It believes only its own list of lane keys.

A record is signed as Ed25519 over the bytes `taigan.v1`, newline, body.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from settlement.guard.rails import READERS, BankOrder, Unreadable
from settlement.messages import ContractTerms, SignedRecord, TicketToSettle, TwoPassWeighing

LaneKeys = Mapping[str, tuple[bytes, ...]]
"""Raw public keys by "yard/lane"."""

_SIGNED_PREFIX: Final = b"taigan.v1\n"


class Doubt(Exception):
    """The payout does not follow from what was weighed and agreed; the text says where."""


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


def check_payout(
    ticket: TicketToSettle, agreed: ContractTerms, instruction: Instruction, keys: LaneKeys
) -> tuple[UUID, ...]:
    """Return the four weighings that a payout rests on; raise Doubt if it does not follow."""
    if ticket.contract != agreed:
        raise Doubt("the ticket's terms are not those of the contract")
    loading = _two_pass("loading", ticket.loading, keys)
    unloading = _two_pass("unloading", ticket.unloading, keys)
    events = tuple(weighing.event_id for weighing in (*loading, *unloading))
    if len(set(events)) != len(events):
        raise Doubt("one weighing is used for two passes")
    due = amount_due_minor(_net_kg(loading), _net_kg(unloading), agreed)
    if due != instruction.amount_minor:
        raise Doubt(f"recomputed {due} fen, the payout is {instruction.amount_minor} fen")
    _check_request(ticket, instruction)
    return events


def amount_due_minor(loaded_kg: int, delivered_kg: int, terms: ContractTerms) -> int:
    """Return freight less loss deduction in fen, by exact fractions."""
    paid_for_kg = {
        "load": loaded_kg,
        "unload": delivered_kg,
        "lower": min(loaded_kg, delivered_kg),
        "higher": max(loaded_kg, delivered_kg),
    }[terms.basis.value]
    freight = Fraction(paid_for_kg * terms.rate_per_tonne_minor, 1000)
    lost = Fraction(loaded_kg - delivered_kg)
    free = Fraction(terms.loss_allowance.value)
    if terms.loss_allowance.kind == "per_mille":
        free = free * loaded_kg / 1000
    charged = Fraction(0)
    if lost > free:
        charged = lost - free if terms.loss_charged == "excess" else lost
    deduction = charged * terms.loss_price_per_tonne_minor / 1000
    return _whole(freight, terms.rounding.value) - _whole(deduction, terms.rounding.value)


def _whole(amount: Fraction, rule: str) -> int:
    """Round a non-negative fraction: twice its value decides on which side of a half it lies."""
    below, rest = divmod(amount.numerator, amount.denominator)
    if rule == "down":
        return below
    side = 2 * rest - amount.denominator
    if rule == "half_even" and side == 0:
        return below + below % 2
    return below + (side >= 0)


def _net_kg(passes: tuple[_Weighing, _Weighing]) -> int:
    gross, tare = passes
    return gross.weight_kg - tare.weight_kg


def _two_pass(where: str, claimed: TwoPassWeighing, keys: LaneKeys) -> tuple[_Weighing, _Weighing]:
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
        raise Doubt(f"{where}: not signed by a pinned key")
    body = _parse(where, record.body)
    if lane != f"{body.get('yard')}/{body.get('lane')}" or body.get("yard") != yard:
        raise Doubt(f"{where}: signed by {lane}, which is not where the ticket says")
    if body.get("kind") != "weighing_completed.v1":
        raise Doubt(f"{where}: not a completed weighing")
    weight_kg, e_kg, tag = body.get("weight_kg"), body.get("e_kg"), body.get("tag")
    if type(weight_kg) is not int or type(e_kg) is not int or e_kg < 1 or weight_kg % e_kg:
        raise Doubt(f"{where}: the weight is not a whole number of divisions")
    if not isinstance(tag, str):
        raise Doubt(f"{where}: no card")
    return _Weighing(_event_id(where, body), tag, weight_kg)


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
        told = read(instruction.request_body.encode())
    except Unreadable as error:
        raise Doubt(f"request: {error}") from error
    for field, expected in _meant(ticket, instruction)._asdict().items():
        if getattr(told, field) != expected:
            raise Doubt(f"request: {field} is not the ticket's")


def _meant(ticket: TicketToSettle, instruction: Instruction) -> BankOrder:
    payee = ticket.payee
    return BankOrder(
        number=instruction.provider_no,
        amount_minor=instruction.amount_minor,
        currency=ticket.contract.currency,
        payee={"name": payee.name, "account": payee.account, "bank_code": payee.bank_code},
    )
