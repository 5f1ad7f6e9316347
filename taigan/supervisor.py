"""What systemd is told over its socket (sd_notify): that a program serves, and that it moves.

It hears nothing more from a program that stands still, and starts it again (`WatchdogSec`). So only
the thread on which everything depends tells it, each time round, and only while the others move.
"""

import faulthandler
import os
import socket
import time
from collections.abc import Callable
from typing import Final

import structlog

log = structlog.get_logger()

FEED_S: Final = 1.0
"""Busy loops turn many times a second; `WatchdogSec` of the units is many times this."""


class Supervisor:
    """The service manager, if one that listens has started this program."""

    def __init__(self, standstill: Callable[[], str | None], feed_s: float = FEED_S) -> None:
        """`standstill` returns which other thread does not move, None if all do."""
        self._standstill = standstill
        self._feed_s = feed_s
        self._fed_s: float | None = None
        self._is_troubled = False
        self._address = os.environ.get("NOTIFY_SOCKET", "")  # noqa: TID251  # no setting of ours
        if self._address:
            faulthandler.enable()  # what it kills for standing still says where each thread stood

    def alive(self) -> None:
        """Tell that the calling thread moves: at the first call that the program serves, too.

        Called as often as it turns; told at most once a second. What cannot be told is not retried.
        """
        now_s = time.monotonic()
        is_fed = self._fed_s is not None and now_s - self._fed_s < self._feed_s
        if is_fed or not self._address:
            return
        if self._fed_s is None:
            self._tell("READY=1")
        self._fed_s = now_s
        why = self._standstill()
        if why is None:
            self._tell("WATCHDOG=1")
        elif not self._is_troubled:
            log.critical("systemd is not told that the program moves", why=why)
        self._is_troubled = why is not None

    def _tell(self, state: str) -> None:
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
                systemd.settimeout(0)
                systemd.sendto(state.encode(), address)
        except OSError as error:
            log.warning("systemd could not be told", state=state, error=str(error))
