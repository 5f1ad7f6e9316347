"""The picture store on a real disk: durable, bounded, and never in the way of a truck."""

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.config import PictureSettings
from edge.io.pictures import PictureStore
from edge.lane.signals import Instant, PortChanged
from edge.messages import ClockQuality
from tests.unit.edge.lanes import NOON


class Shelf:
    """A store with a clock that the test sets, and what it said of itself."""

    def __init__(self, directory: Path, **limits: Any) -> None:
        self.said: list[tuple[bool, str]] = []
        self.days = 0.0
        self.clock = ClockQuality.SYNCED
        self.directory = directory
        settings = PictureSettings(directory=directory, **{"free_mb_min": 0, **limits})
        self.store = PictureStore(settings, self._note, self._now)

    def _now(self) -> Instant:
        return Instant(0, NOON + timedelta(days=self.days), self.clock)

    def _note(self, signal: PortChanged) -> None:
        self.said.append((signal.is_open, signal.detail))

    def names(self) -> set[str]:
        return {path.name for path in self.directory.iterdir()}


MakeShelf = Callable[..., Shelf]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "pictures"


def test_a_picture_is_kept_under_its_hash(directory: Path) -> None:
    shelf = Shelf(directory)
    shelf.store.start()
    sha256 = shelf.store.keep(b"\xff\xd8\xff")
    assert sha256 == hashlib.sha256(b"\xff\xd8\xff").hexdigest()
    assert (directory / f"{sha256}.jpg").read_bytes() == b"\xff\xd8\xff"
    assert shelf.store.keep(b"\xff\xd8\xff") == sha256
    assert len(shelf.names()) == 1
    assert shelf.said == [(True, "")]


def test_above_its_size_the_oldest_go_first(directory: Path) -> None:
    shelf = Shelf(directory, mb_max=1)
    for number in range(3):
        shelf.days = number
        shelf.store.keep(bytes([number]) * 400_000)
    kept = {hashlib.sha256(bytes([number]) * 400_000).hexdigest() for number in (1, 2)}
    assert shelf.names() == {f"{one}.jpg" for one in kept}


def test_what_is_too_old_goes(directory: Path) -> None:
    shelf = Shelf(directory, days_max=30)
    shelf.store.keep(b"old")
    shelf.days = 31
    shelf.store.keep(b"new")
    assert shelf.names() == {f"{hashlib.sha256(b'new').hexdigest()}.jpg"}


def test_without_a_clock_nothing_is_too_old(directory: Path) -> None:
    shelf = Shelf(directory, days_max=30)
    shelf.store.keep(b"old")
    shelf.days, shelf.clock = 31, ClockQuality.UNSET
    shelf.store.keep(b"new")
    assert len(shelf.names()) == 2


def test_a_start_knows_what_is_there_and_sweeps_what_was_torn(directory: Path) -> None:
    first = Shelf(directory, mb_max=1)
    sha256 = first.store.keep(b"a" * 700_000)
    assert sha256
    (directory / "torn.part").write_bytes(b"half")
    (directory / "note.txt").write_bytes(b"not ours")
    second = Shelf(directory, mb_max=1)
    assert second.names() == {f"{sha256}.jpg", "note.txt"}
    os.utime(directory / f"{sha256}.jpg", (0, 0))
    second.store.keep(b"b" * 700_000)
    assert f"{sha256}.jpg" not in second.names()


def test_a_full_disk_is_told_once_and_forgotten_when_there_is_room(directory: Path) -> None:
    shelf = Shelf(directory, free_mb_min=10**9)
    assert shelf.store.keep(b"a") is None
    assert shelf.store.keep(b"b") is None
    assert shelf.said == [(False, "less than 1000000000 MB of disk are free")]
    assert shelf.names() == set()


def test_a_folder_that_is_gone_loses_pictures_and_comes_back(directory: Path) -> None:
    shelf = Shelf(directory)
    directory.rmdir()
    assert shelf.store.keep(b"a") is None
    directory.mkdir()
    assert shelf.store.keep(b"a") is not None
    assert [is_open for is_open, _ in shelf.said] == [False, True]


def test_a_file_where_the_folder_should_be_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_bytes(b"")
    with pytest.raises(OSError, match="pictures"):
        Shelf(tmp_path / "pictures")
