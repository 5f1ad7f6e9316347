"""The signing key's file."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.keys import BadKeyFile, create_key, load_key, public_text


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lane.pem"
    key = create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_text(load_key(path)) == public_text(key)
    with pytest.raises(FileExistsError):
        create_key(path)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lane.pem"
    create_key(path)
    path.chmod(0o640)
    with pytest.raises(BadKeyFile, match="mode 640"):
        load_key(path)


def test_a_missing_key_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(BadKeyFile, match="keygen"):
        load_key(tmp_path / "none.pem")


def rsa_pem() -> bytes:
    key = generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  not used
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(("content", "why"), [(b"?", "not a PEM"), (rsa_pem(), "not an Ed25519")])
def test_another_file_is_no_key(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "lane.pem"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(BadKeyFile, match=why):
        load_key(path)
