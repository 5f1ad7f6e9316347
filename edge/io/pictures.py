"""The cameras' pictures on disk, under the SHA-256 that the signed records name.

Bounded in size and age, the oldest go first. A full disk is reported and stops nothing:
a truck is weighed with or without its picture.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

import structlog

from edge.config import PictureSettings
from edge.io.clock import BUILT, SystemClock, monotonic_ms
from edge.lane.signals import Instant, PortChanged
from edge.messages import ClockQuality

log = structlog.get_logger()

DEVICE: Final = "pictures"
MB: Final = 1_000_000

_UNFINISHED: Final = ".part"


@dataclass(frozen=True, slots=True)
class _Kept:
    name: str
    size: int
    at: datetime


class PictureStore:
    """One folder of pictures; may be used by several threads."""

    def __init__(
        self,
        settings: PictureSettings,
        changed: Callable[[PortChanged], None],
        now: Callable[[], Instant] | None = None,
    ) -> None:
        """Make the folder and see what is in it; OSError if that cannot be done."""
        self._settings = settings
        self._changed = changed
        self._now = now or SystemClock().now
        self._lock = Lock()
        self._told: str | None = None
        settings.directory.mkdir(parents=True, exist_ok=True)
        self._kept = {one.name: one for one in _look(settings.directory)}
        self._bytes = sum(one.size for one in self._kept.values())

    def start(self) -> None:
        """Say that pictures are kept."""
        self._tell("")

    def stop(self) -> None:
        """Do nothing: every picture is on disk when `keep` returns."""

    def keep(self, data: bytes) -> str | None:
        """Return the picture's SHA-256 once it is durable; None if it could not be kept."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._lock:
            try:
                self._write(sha256, data)
            except OSError as error:
                self._tell(str(error))
                return None
            self._tell("")
        return sha256

    def _write(self, sha256: str, data: bytes) -> None:
        name = f"{sha256}.jpg"
        if name in self._kept:
            return
        at = self._now()
        self._make_room(len(data), at)
        _write_durably(self._settings.directory / name, data)
        self._kept[name] = _Kept(name, len(data), at.utc)
        self._bytes += len(data)

    def _make_room(self, size: int, at: Instant) -> None:
        """Delete what is too old or too much; OSError if the disk is needed for the journal."""
        oldest = at.utc - timedelta(days=self._settings.days_max)
        knows_time = at.clock is not ClockQuality.UNSET
        for one in sorted(self._kept.values(), key=lambda kept: kept.at):
            # A picture of a time when the clock was not set has no age.
            too_old = knows_time and BUILT <= one.at < oldest
            if not too_old and self._bytes + size <= self._settings.mb_max * MB:
                break
            self._delete(one)
        if shutil.disk_usage(self._settings.directory).free < self._settings.free_mb_min * MB:
            raise OSError(f"less than {self._settings.free_mb_min} MB of disk are free")

    def _delete(self, one: _Kept) -> None:
        (self._settings.directory / one.name).unlink(missing_ok=True)
        del self._kept[one.name]
        self._bytes -= one.size

    def _tell(self, detail: str) -> None:
        if detail != self._told:
            self._told = detail
            log.log(40 if detail else 20, "pictures", directory_ok=not detail, detail=detail)
            self._changed(PortChanged(DEVICE, not detail, detail, monotonic_ms()))


def _look(directory: Path) -> list[_Kept]:
    """Return what is there; a file that a power cut left unfinished goes."""
    found = []
    for path in directory.iterdir():
        if path.suffix == _UNFINISHED:
            path.unlink()
        elif path.suffix == ".jpg":
            status = path.stat()
            at = datetime.fromtimestamp(status.st_mtime, UTC)
            found.append(_Kept(path.name, status.st_size, at))
    return found


def _write_durably(path: Path, data: bytes) -> None:
    unfinished = path.with_suffix(_UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
