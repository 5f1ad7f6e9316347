"""Passwords are hashed one after the other, those of strangers in a thread that gives way.

A hash takes tenths of a second and 64 MiB. Whoever waits for one holds no thread of the pool that
serves everybody else.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

WAITING_MAX: Final = 8
_NICENESS: Final = 10

Result = TypeVar("Result")


class TooBusy(Exception):
    """Enough wait already."""


class Gone(Exception):
    """Nobody waits for the answer any more."""


class Hashing:
    """One thread, and a short queue before it. Of one event loop, like the server."""

    def __init__(self, *, gives_way: bool = False) -> None:
        self._thread = ThreadPoolExecutor(1, "hashing", _give_way if gives_way else None)
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def run(
        self, work: Callable[[], Result], is_gone: Callable[[], Awaitable[bool]]
    ) -> Result:
        """Return what `work` returns when its turn has come. Raises TooBusy, Gone."""
        if self._waiting >= WAITING_MAX:
            raise TooBusy
        self._waiting += 1
        try:
            async with self._turn:
                if await is_gone():
                    raise Gone
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


def _give_way() -> None:
    """Let the system serve every other thread first; the hash's own threads inherit it."""
    if sys.platform != "linux":  # elsewhere a thread has no niceness of its own
        return
    thread = threading.get_native_id()
    niceness = max(_NICENESS, os.getpriority(os.PRIO_PROCESS, thread))  # never up: that is refused
    os.setpriority(os.PRIO_PROCESS, thread, niceness)
