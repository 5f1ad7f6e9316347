"""SIGHUP: the guard's lanes and the limits are read from the settings again, without a restart.

Nothing else of the settings is taken. Settings that are wrong change nothing, and are told: in the
log, and by /readyz until they are read well.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from queue import SimpleQueue

import structlog

from settlement.config import Settings
from settlement.guard.lane_list import LaneList
from settlement.payouts.money_transaction import LimitsInForce
from settlement.services import Services, limits_of
from taigan.settings import WrongSettings

log = structlog.get_logger()

Read = Callable[[], Settings]
"""Reads the settings; raises WrongSettings."""


def read_again(lanes: LaneList, limits: LimitsInForce, read: Read) -> None:
    """Take lanes and limits of the settings as they are now; keep the old if they are wrong."""
    before = dict(lanes)
    try:
        settings = read()
    except WrongSettings as error:
        lanes.trouble = f"the settings could not be read again: {error}"
        log.error(  # noqa: TRY400 - a person's mistake, which the text names
            "Lanes and limits were not read again: those of before hold", why=str(error)
        )
        return
    now = settings.guard.public_keys()
    lanes.replace(now)
    limits.now = limits_of(settings)
    log.info(
        "Lanes and limits were read again",
        **asdict(limits.now),
        lanes=len(now),
        changed=sorted(lane for lane in {*before, *now} if before.get(lane) != now.get(lane)),
    )


@contextmanager
def rereading(services: Services, read: Read) -> Iterator[None]:
    """Read again at each SIGHUP; call it in the main thread.

    The handler only wakes a thread up: it may have interrupted a line of the log, whose lock it
    would wait for in vain. A SimpleQueue is made for that.
    """
    wishes: SimpleQueue[str | None] = SimpleQueue()

    def obey() -> None:
        while wishes.get():
            read_again(services.lanes, services.policy.limits, read)

    reader = threading.Thread(target=obey, name="reread", daemon=True)
    reader.start()
    before = signal.signal(signal.SIGHUP, lambda *_: wishes.put("read"))
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
        wishes.put(None)
        reader.join()
