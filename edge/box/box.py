"""Puts one lane box together from its settings, and runs it."""

import queue
import secrets
import signal
import sqlite3
import threading
from threading import Event
from types import FrameType
from typing import Final
from uuid import uuid4

import structlog

from edge.box.parts import CannotStart, Parts, setting
from edge.box.refused import refused_settings
from edge.box.runner import Runner
from edge.config import Settings
from edge.io.clock import SystemClock, boot_id
from edge.io.display import NoDisplay
from edge.io.watchdog import Watchdog
from edge.journal.file import open_journal, suspect
from edge.journal.journal import Identity, Journal, JournalBroken
from edge.keys import load_key
from edge.lane.signals import Signal
from edge.ports import Ports
from taigan.supervisor import Supervisor

log = structlog.get_logger()

SIGNALS_MAX: Final = 4_096
"""The runner's queue. When it is full, ports wait; the broker's thread drops: gateway
and link repeat themselves."""

POST_S: Final = 5.0


class SettingsRefused(CannotStart):
    """Settings that could be used and must not be; a line for each."""


class Box:
    """Everything of one lane: threads that listen, one that decides, and how they end."""

    def __init__(self, settings: Settings) -> None:
        """Make every part and open the journal; CannotStart if that cannot be done.

        SettingsRefused if it must not be done. Nothing moves before `run`.
        """
        wrong = [f"{one.setting}: {one.reason}" for one in refused_settings(settings)]
        if wrong:
            raise SettingsRefused("\n".join(wrong))
        self._settings = settings
        self._signals: queue.Queue[Signal] = queue.Queue(SIGNALS_MAX)
        self._stop = Event()
        self._failed = False
        self._parts = Parts(settings, self._post, self._signals.put_nowait)
        self._journal = _journal(settings)  # last: nothing that is open or locked is left behind
        self._runner = Runner(
            settings,
            self._journal,
            Ports(
                link=self._parts.link,
                gates=self._parts.plc,
                screen=self._parts.display or NoDisplay(),
                clock=SystemClock(),
                voice=self._parts.speaker,
                printer=self._parts.printer,
            ),
            uuid4,
        )

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; return the exit code, 1 if a thread of it failed."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        threading.excepthook = self._on_failure
        self._report_journal()
        parts = self._parts.all()
        watchdog = Watchdog()
        # Of the other threads each ends the program when it fails.
        supervisor = Supervisor(lambda: None)

        def alive() -> None:
            watchdog.feed()
            supervisor.alive()

        for part in parts:
            part.start()
        try:
            self._runner.run(self._signals, self._stop, alive)
        except (JournalBroken, sqlite3.DatabaseError):
            suspect(self._settings.journal.path)
            raise
        finally:
            self._stop.set()
            for part in reversed(parts):
                part.stop()
            self._journal.close()
            watchdog.stop()
        return 1 if self._failed else 0

    def _report_journal(self) -> None:
        """Say where the journal goes on, and put on record what was wrong with it."""
        log.info("journal", epoch=self._journal.epoch, seq=self._journal.seq)
        if self._journal.moved_aside is not None:
            log.critical("a damaged journal was moved aside", file=str(self._journal.moved_aside))
            self._runner.raise_fault("journal", "journal_damaged")

    def _post(self, signal: Signal) -> None:
        """Wait for room: a port that is read later loses less than a signal that is dropped."""
        while not self._stop.is_set():
            try:
                self._signals.put(signal, timeout=POST_S)
            except queue.Full:
                log.critical("the lane stands still")
            else:
                return

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        self._stop.set()

    def _on_failure(self, failure: threading.ExceptHookArgs) -> None:
        """Stop everything when one thread fails: a restart begins from what is on record."""
        name = failure.thread.name if failure.thread else "?"
        log.critical("thread failed", thread=name, exc_info=failure.exc_value)
        self._failed = True
        self._stop.set()


def _journal(settings: Settings) -> Journal:
    with setting("signing.key_file"):
        key = load_key(settings.signing.key_file)
    identity = Identity(yard=settings.yard, lane=settings.lane, key=key, boot_id=boot_id())
    with setting("journal.path"):
        return open_journal(settings.journal.path, identity, secrets.token_hex(8))
