"""A person's key in a file that only its passphrase opens."""

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

PASSPHRASE_LENGTH_MIN: Final = 8


class BadKeyFile(Exception):
    """The file cannot be read, is no key, or its passphrase is another."""


def create_key_file(path: Path, passphrase: str) -> Ed25519PrivateKey:
    """Make a key and write it once, mode 0600.

    Raises FileExistsError, and ValueError for a short passphrase.
    """
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise ValueError(f"a passphrase has at least {PASSPHRASE_LENGTH_MIN} characters")
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase.encode())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key_file(path: Path, passphrase: str) -> Ed25519PrivateKey:
    """Return the key of a file; raise BadKeyFile."""
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise BadKeyFile(f"{path}: {error.strerror}") from error
    try:
        key = load_pem_private_key(pem, password=passphrase.encode())
    except (ValueError, TypeError) as error:
        raise BadKeyFile(f"{path}: no key, or not with this passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKeyFile(f"{path}: not an Ed25519 key")
    return key
