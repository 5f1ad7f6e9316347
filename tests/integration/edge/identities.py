"""Who is who in these tests: fixed keys, so that signatures repeat."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.journal.journal import Identity

GATEWAY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
LANE_KEY = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
IDENTITY = Identity(yard="mine", lane="in", key=LANE_KEY, boot_id="boot-1")
