"""Real things around the lane box: key files, journals, settings."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.config import Settings
from edge.journal import Identity, Journal
from edge.journal_file import open_journal
from edge.keys import create_key

GATEWAY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
LANE_KEY = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
IDENTITY = Identity(yard="mine", lane="in", key=LANE_KEY, boot_id="boot-1")

MakeSettings = Callable[..., Settings]


@pytest.fixture
def journal_path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(journal_path: Path) -> Iterator[Journal]:
    opened = open_journal(journal_path, IDENTITY, "a" * 16)
    yield opened
    opened.close()


@pytest.fixture
def make_settings(tmp_path: Path) -> MakeSettings:
    """Return settings of a lane whose devices do not exist; sections can be replaced."""

    def make(**sections: Any) -> Settings:
        key_file = tmp_path / "lane.pem"
        if not key_file.exists():
            create_key(key_file)
        public = base64.b64encode(GATEWAY.public_key().public_bytes_raw()).decode()
        known: dict[str, Any] = {
            "yard": "mine",
            "lane": "in",
            "scale": {"source": str(tmp_path / "scale")},
            "readers": [{"source": str(tmp_path / "card")}],
            "plc": {"source": "tcp://127.0.0.1:1"},
            "mqtt": {"host": "127.0.0.1", "port": 1},
            "journal": {"path": str(tmp_path / "journal.db"), "free_mb_min": 0},
            "signing": {"key_file": str(key_file), "gateway_public_key": public},
        }
        return Settings(**{**known, **sections})

    return make
