"""Real things around the lane box: key files, journals, settings."""

import base64
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.config import Settings
from edge.journal.file import open_journal
from edge.journal.journal import Journal
from edge.keys import create_key
from tests.integration.edge.benches import Bench, MakeBench
from tests.integration.edge.ears import Ears, Listen
from tests.integration.edge.identities import GATEWAY, IDENTITY

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


@pytest.fixture
def make_bench(make_settings: MakeSettings) -> Iterator[MakeBench]:
    made: list[Bench] = []

    def make(**sections: Any) -> Bench:
        bench = Bench(make_settings(**sections))
        made.append(bench)
        bench.connect()
        bench.frames(10)
        return bench

    yield make
    for bench in made:
        bench.journal.close()


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    return make_bench()


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Listen]:
    made: list[Ears] = []

    def make(*cameras: dict[str, Any]) -> Ears:
        made.append(Ears(tmp_path / "pictures", *cameras))
        return made[-1]

    yield make
    for ears in made:
        for part in reversed(ears.parts):
            part.stop()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
