"""Opening what came over MQTT: only what the lane's own key signed is believed."""

from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from edge.messages import (
    MESSAGE_BYTES_MAX,
    RECORD,
    Forged,
    Record,
    Sealed,
    WeighingCompleted,
    sha256_hex,
)
from gateway.records.alarm_kinds import AlarmKind


class Envelope(NamedTuple):
    """One MQTT message: whose topic it came on, and its bytes."""

    yard: str
    lane: str
    payload: bytes


class Genuine(NamedTuple):
    """A record that the lane signed."""

    record: Record
    sealed: Sealed
    sha256: str


class Rejected(Exception):
    """Nothing of the message may be stored or answered."""

    def __init__(self, kind: AlarmKind, detail: str) -> None:
        super().__init__(detail)
        self.kind: Final = kind


def read_sealed(envelope: Envelope) -> Sealed:
    """Return the message unread; raise Rejected if it is too large or not of this form."""
    if len(envelope.payload) > MESSAGE_BYTES_MAX:
        raise Rejected(AlarmKind.MESSAGE_OVERSIZE, f"more than {MESSAGE_BYTES_MAX} bytes")
    try:
        return Sealed.model_validate_json(envelope.payload)
    except ValidationError as error:
        raise Rejected(AlarmKind.MESSAGE_UNREADABLE, _first_error(error)) from error


def open_sealed(envelope: Envelope, sealed: Sealed, key: Ed25519PublicKey) -> Genuine:
    """Return the record that `key` signed for this topic; raise Rejected otherwise."""
    try:
        body = sealed.verify(key)
    except Forged as error:
        raise Rejected(AlarmKind.MESSAGE_FORGED, str(error)) from error
    record = _parse(body)
    if (record.yard, record.lane) != (envelope.yard, envelope.lane):
        where = f"record of {record.yard}/{record.lane}"
        raise Rejected(AlarmKind.MESSAGE_FORGED, f"{where} on the topic of another lane")
    _check_curve(record, sealed.curve)
    return Genuine(record, sealed, sha256_hex(body))


def _parse(body: str) -> Record:
    try:
        return RECORD.validate_json(body)
    except ValidationError as error:
        raise Rejected(AlarmKind.RECORD_UNREADABLE, _first_error(error)) from error


def _check_curve(record: Record, curve: str | None) -> None:
    if curve is None:
        return
    if not isinstance(record, WeighingCompleted) or sha256_hex(curve) != record.curve_sha256:
        raise Rejected(
            AlarmKind.MESSAGE_FORGED, "the weight curve is not the one that was signed for"
        )
    if "\x00" in curve:
        raise Rejected(AlarmKind.MESSAGE_UNREADABLE, "the weight curve holds a NUL character")


def _first_error(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "message"
    return f"{where}: {first['msg']}"
