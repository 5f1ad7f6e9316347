"""The lane's signing key: an Ed25519 key in a file that nobody else may read."""

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


class BadKeyFile(Exception):
    """The key file is missing, readable by others, or holds no Ed25519 key."""


def create_key(path: Path) -> Ed25519PrivateKey:
    """Make a key and write it once, mode 0600; FileExistsError if there is a file already."""
    key = Ed25519PrivateKey.generate()
    write_key(path, key)
    return key


def write_key(path: Path, key: PrivateKeyTypes) -> None:
    """Write a key once, mode 0600, durably; FileExistsError if there is a file already."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    """Make a new file's name durable too: the gateway will know this key and no other."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read the key; BadKeyFile names the file and what is wrong with it."""
    try:
        mode = path.stat().st_mode
        pem = path.read_bytes()
    except OSError as error:
        raise BadKeyFile(f"{path}: {error.strerror}; make one with `taigan-edge keygen`") from error
    if mode & 0o077:
        raise BadKeyFile(f"{path}: readable by others (mode {mode & 0o777:o}), must be 600")
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise BadKeyFile(f"{path}: not a PEM private key without password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKeyFile(f"{path}: not an Ed25519 key")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public key as the gateway's settings want it: base64 of the raw 32 bytes."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
