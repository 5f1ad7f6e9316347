"""Only what the gateway signed is read."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from edge.box.downlink import TooLarge, open_downlink
from edge.messages import MESSAGE_BYTES_MAX, Action, Forged, Sealed
from tests.unit.edge.lanes import command

GATEWAY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
ADMIT = command(Action.ADMIT)


def payload(body: str, key: Ed25519PrivateKey = GATEWAY) -> bytes:
    return Sealed.seal(body, key).model_dump_json().encode()


def test_a_signed_command_is_opened() -> None:
    assert open_downlink(payload(ADMIT.model_dump_json()), GATEWAY.public_key()) == ADMIT


def test_a_strangers_command_is_not() -> None:
    with pytest.raises(Forged):
        open_downlink(payload(ADMIT.model_dump_json(), STRANGER), GATEWAY.public_key())


def test_a_changed_body_is_not() -> None:
    changed = payload(ADMIT.model_dump_json()).replace(b"admit", b"refuse")
    with pytest.raises(Forged):
        open_downlink(changed, GATEWAY.public_key())


@pytest.mark.parametrize("body", ["{}", '{"kind": "command.v999"}', "not json", "[]"])
def test_a_signed_body_of_another_form_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        open_downlink(payload(body), GATEWAY.public_key())


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"{}", b"null"])
def test_what_is_not_sealed_is_refused(raw: bytes) -> None:
    with pytest.raises(ValidationError):
        open_downlink(raw, GATEWAY.public_key())


def test_a_payload_above_the_limit_is_not_read() -> None:
    with pytest.raises(TooLarge, match="262145 bytes"):
        open_downlink(b"x" * (MESSAGE_BYTES_MAX + 1), GATEWAY.public_key())
