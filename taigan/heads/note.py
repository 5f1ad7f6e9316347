"""Signed checkpoints as text, by C2SP `signed-note` and `tlog-checkpoint`. Pure.

    taigan.example/settlement        the list's name, and the signing key's
    1234                             how many lines it has
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    settlement at 2026-11-30T12:00:00.000Z    an extension line: whose it is, when it was made

    — taigan.example/settlement Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q…

A verifier's key is `name+hash+key`: who keeps heads writes it down once.
"""

import base64
import hashlib
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from taigan.heads.tree import Tree

_ED25519: Final = b"\x01"
"""The algorithm's byte before a key."""


def checkpoint(origin: str, tree: Tree, program: str, at: datetime) -> str:
    """Return the text that is signed; `at` is UTC."""
    when = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    root = base64.b64encode(tree.root).decode()
    return f"{origin}\n{tree.size}\n{root}\n{program} at {when}\n"


def signed(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return the note: a text that ends its last line, and one signature under it."""
    blob = _key_hash(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(blob).decode()}\n"


def verifier_key(name: str, key: Ed25519PublicKey) -> str:
    """Return what a verifier of the notes needs, on one line."""
    encoded = base64.b64encode(_ED25519 + key.public_bytes_raw()).decode()
    return f"{name}+{_key_hash(name, key).hex()}+{encoded}"


def _key_hash(name: str, key: Ed25519PublicKey) -> bytes:
    named = f"{name}\n".encode() + _ED25519 + key.public_bytes_raw()
    return hashlib.sha256(named).digest()[:4]
