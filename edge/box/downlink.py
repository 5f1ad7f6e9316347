"""Opens what comes from the gateway: a body that its key did not sign is never read."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.messages import DOWNLINK, MESSAGE_BYTES_MAX, Downlink, Sealed


class TooLarge(ValueError):
    """The payload is above the limit and was not read."""


def open_downlink(payload: bytes, gateway: Ed25519PublicKey) -> Downlink:
    """Return the message; Forged or ValueError says why there is none."""
    if len(payload) > MESSAGE_BYTES_MAX:
        raise TooLarge(f"payload of {len(payload)} bytes is above {MESSAGE_BYTES_MAX}")
    body = Sealed.model_validate_json(payload).verify(gateway)
    return DOWNLINK.validate_json(body)
