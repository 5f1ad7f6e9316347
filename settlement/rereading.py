"""SIGHUP: the guard's list of lanes is read from the settings again, without a restart.

Nothing else of the settings is taken. Settings that are wrong change nothing, and are told: in the
log, and by /readyz until they are read well.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import structlog

from settlement.config import Settings
from settlement.guard.lane_list import LaneList
from taigan.settings import WrongSettings

log = structlog.get_logger()

Read = Callable[[], Settings]
"""Reads the settings; raises WrongSettings."""


def read_again(lanes: LaneList, read: Read) -> None:
    """Believe the lanes of the settings as they are now; keep the old list if they are wrong."""
    before = dict(lanes)
    try:
        now = read().guard.public_keys()
    except WrongSettings as error:
        lanes.trouble = f"the settings could not be read again: {error}"
        log.error(  # noqa: TRY400 - a person's mistake, which the text names
            "The guard's lanes were not read again: the list of before holds", why=str(error)
        )
        return
    lanes.replace(now)
    log.info(
        "The guard's lanes were read again",
        lanes=len(now),
        changed=sorted(lane for lane in {*before, *now} if before.get(lane) != now.get(lane)),
    )


@contextmanager
def rereading(lanes: LaneList, read: Read) -> Iterator[None]:
    """Read again at each SIGHUP; call it in the main thread.

    The handler only wakes a thread up: it may have interrupted a line of the log, whose lock it
    would wait for in vain. A SimpleQueue is made for that.
    """
    wishes: SimpleQueue[str | None] = SimpleQueue()

    def obey() -> None:
        while wishes.get():
            read_again(lanes, read)

    reader = threading.Thread(target=obey, name="lane-list", daemon=True)
    reader.start()
    before = signal.signal(signal.SIGHUP, lambda *_: wishes.put("read"))
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
        wishes.put(None)
        reader.join()
