"""Keys on disk and in text."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.keys import public_text, read_public
from taigan.key_file import create_key, read_key


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "gateway.key"
    assert create_key(path)
    made = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not create_key(path)
    assert path.read_bytes() == made


def test_a_public_key_survives_being_written_down(tmp_path: Path) -> None:
    path = tmp_path / "gateway.key"
    create_key(path)
    public = read_key(path).public_key()
    assert read_public(public_text(public)) == public


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gateway.key"
    create_key(path)
    path.chmod(0o640)
    with pytest.raises(ValueError, match="0600"):
        read_key(path)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gateway.key"
    other = generate_private_key(SECP256R1())
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    with pytest.raises(TypeError, match="Ed25519"):
        read_key(path)


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!"])
def test_a_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the library says of it
        read_public(text)
