"""Hears of what other processes made due: PostgreSQL notifies at their commit.

This only saves waiting. What is not heard, while the connection is broken or on SQLite, the loops
find when they look next.
"""

from threading import Event, Thread
from typing import Final, cast

import structlog
from psycopg import Connection as Driver
from psycopg import Error
from sqlalchemy.exc import SQLAlchemyError

from settlement.wake_ups import WakeUps
from taigan.transactions import Database

log = structlog.get_logger()

_LISTEN: Final = "LISTEN taigan_due"
"""The channel that the triggers of migration 0003 notify."""
_SLICE_S: Final = 0.5
_AGAIN_S: Final = 2.0


class DueListener:
    """A thread that wakes all loops when a row becomes due; on SQLite one process does it all."""

    def __init__(self, database: Database, wake_ups: WakeUps) -> None:
        self._database = database
        self._wake_ups = wake_ups
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="due-listener", daemon=True)

    def start(self) -> None:
        if not self._database.is_sqlite:
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, Error) as error:
                log.warning("Other processes are not heard, looking instead", error=str(error))
                self._stopping.wait(_AGAIN_S)

    def _listen(self) -> None:
        with self._database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql(_LISTEN)
            # What was committed before this connection listened was not heard.
            self._wake_ups.wake_all()
            driver = cast(Driver, connection.connection.driver_connection)
            try:
                while not self._stopping.is_set():
                    for _ in driver.notifies(timeout=_SLICE_S, stop_after=1):
                        self._wake_ups.wake_all()
            finally:
                connection.invalidate()  # it listens: of no use to anybody else
