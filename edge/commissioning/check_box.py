"""Checks of the box: interpreter, clock, disk, key and journal."""

import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge.commissioning.locks import holder_of
from edge.commissioning.port_trouble import user_name
from edge.config import JournalSettings, PictureSettings, Settings, SigningSettings
from edge.io.clock import SystemClock, monotonic_ms
from edge.journal.file import JournalDamaged, WrongJournal, check_chain, open_for_reading
from edge.keys import BadKeyFile, load_key
from edge.messages import ClockQuality
from taigan.finding import Finding, bad, ok, warn

RTC: Final = Path("/sys/class/rtc/rtc0")
COMMITS: Final = 20
COMMIT_MS_MAX: Final = 100.0
"""A card waits for two commits; slower commits can be felt."""
SPARE: Final = 10
"""Free space is comfortable at this multiple of the minimum."""

NEW_KEY: Final = "taigan-edge keygen, and tell the gateway and the payout guard the new key"

_MB: Final = 1_000_000


def check_box(settings: Settings) -> Iterator[Finding]:
    """Check everything that needs no device."""
    yield ok("python", platform.python_version())
    yield _user()
    yield from _clock()
    yield from _disk(settings.journal)
    yield from _journal(settings)
    yield _key(settings.signing)
    if settings.pictures is not None:
        yield _pictures(settings.pictures)


def _user() -> Finding:
    if os.geteuid():
        return ok("user", user_name())
    return warn(
        "user",
        "root, whom no permission stops: what the lane's own user lacks is not seen",
        "run the doctor as the lane's user: runuser -u taigan-edge -- taigan-edge doctor …",
    )


def is_running(settings: Settings) -> bool:
    """Tell whether a box works with this journal now."""
    path = settings.journal.path
    return holder_of(path.with_name(path.name + ".lock")) is not None


def _clock() -> Iterator[Finding]:
    instant = SystemClock().now()
    told = f"{instant.utc:%Y-%m-%d %H:%M:%S} UTC, {instant.clock.value}"
    match instant.clock:
        case ClockQuality.SYNCED:
            yield ok("clock", told)
        case ClockQuality.HOLDOVER:
            yield warn(
                "clock",
                f"{told}: no time source disciplines it",
                "install chrony, or `timedatectl set-ntp true`; is the time server reachable?",
            )
        case ClockQuality.UNSET:
            yield bad(
                "clock",
                f"{told}: never set",
                "`timedatectl set-ntp true`; certificates fail and nothing is decided offline",
            )
    if RTC.exists():
        yield ok("battery clock", str(RTC))
    else:
        yield warn(
            "battery clock",
            "none",
            "fit an RTC module: after a power cut without network the time is unknown",
        )


def _disk(journal: JournalSettings) -> Iterator[Finding]:
    folder = _existing(journal.path.parent)
    free_mb = shutil.disk_usage(folder).free // _MB
    told = f"{free_mb} MB free at {folder}"
    if free_mb < journal.free_mb_min:
        yield bad("disk", told, f"free space: below {journal.free_mb_min} MB no truck is admitted")
    elif free_mb < journal.free_mb_min * SPARE:
        yield warn("disk", told, "free space before days without network fill it")
    else:
        yield ok("disk", told)
    if folder == journal.path.parent and folder.is_dir():  # otherwise `journal` says what to do
        yield _commits(folder)


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _commits(folder: Path) -> Finding:
    """Measure how long a record takes to be durable, in a database of its own."""
    try:
        with tempfile.TemporaryDirectory(prefix="taigan-doctor-", dir=folder) as scratch:
            mode, commit_ms = _measured(Path(scratch) / "commits.db")
    except (OSError, sqlite3.Error) as error:
        return bad("sqlite", f"{folder}: {error}", f"let {user_name()} write there")
    told = f"{sqlite3.sqlite_version}, journal_mode={mode}, {commit_ms:.1f} ms a durable commit"
    if commit_ms > COMMIT_MS_MAX:
        return warn("sqlite", told, "use a faster disk: an industrial card, eMMC or an SSD")
    return ok("sqlite", told)


def _measured(path: Path) -> tuple[str, float]:
    """Return the journal mode that the disk allows, and the mean time of a commit in ms."""
    database = sqlite3.connect(path, isolation_level=None)
    try:
        mode: str = database.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE t (value BLOB)")
        start_ms = monotonic_ms()
        for _ in range(COMMITS):
            database.execute("INSERT INTO t VALUES (?)", (bytes(2_000),))
        return mode, (monotonic_ms() - start_ms) / COMMITS
    finally:
        database.close()


def _journal(settings: Settings) -> Iterator[Finding]:
    path = settings.journal.path
    if not path.exists():
        if not path.parent.is_dir():
            yield _no_folder(path.parent)
            return
        yield ok("journal", f"{path}: none yet, the first start makes it")
        return
    try:
        yield _sound(settings)
    except sqlite3.OperationalError as error:
        yield bad("journal", f"{path}: {error}", f"a file that {user_name()} may read and write")
    except WrongJournal as error:
        yield bad(
            "journal", f"{path}: {error}", "install the version that wrote it, or a later one"
        )
    except (JournalDamaged, sqlite3.Error) as error:
        yield bad(
            "journal",
            f"{path}: {error}",
            "keep a copy; a box that finds it damaged moves it aside and begins a new epoch",
        )


def _no_folder(folder: Path) -> Finding:
    if folder.exists():
        return bad("journal", f"{folder}: no folder", "name a file in a folder in journal.path")
    return bad("journal", f"{folder} does not exist", _make_folder(folder))


def _sound(settings: Settings) -> Finding:
    path = settings.journal.path
    database = open_for_reading(path)
    try:
        owner = database.execute("SELECT yard, lane FROM meta").fetchone()
        count = check_chain(database)
    finally:
        database.close()
    if owner != (settings.yard, settings.lane):
        told = "/".join(owner or ("?",))
        return bad("journal", f"{path} belongs to {told}", "name this lane's own file")
    running = ", in use by a running box" if is_running(settings) else ""
    return ok("journal", f"{path}: {count} records, the chain holds{running}")


def _pictures(pictures: PictureSettings) -> Finding:
    folder = _existing(pictures.directory)
    try:
        tempfile.TemporaryDirectory(prefix="taigan-doctor-", dir=folder).cleanup()
    except OSError as error:
        return bad("pictures", f"{folder}: {error.strerror}", _make_folder(pictures.directory))
    free_mb = shutil.disk_usage(folder).free // _MB
    told = f"{free_mb} MB free at {folder}"
    if free_mb < pictures.free_mb_min:
        least = pictures.free_mb_min
        return warn("pictures", told, f"free space: below {least} MB no picture is kept")
    return ok("pictures", told)


def _make_folder(folder: Path) -> str:
    return f"install -d -m 0700 -o {user_name()} {folder}"


def _key(signing: SigningSettings) -> Finding:
    try:
        load_key(signing.key_file)
    except BadKeyFile as error:
        is_open = "readable by others" in str(error)
        fix = f"chmod 600 {signing.key_file}" if is_open else NEW_KEY
        return bad("signing key", str(error), fix)
    return ok("signing key", str(signing.key_file))
