"""Hears of what other processes made due: PostgreSQL notifies at their commit.

This only saves waiting. What is not heard, while the connection is broken or on SQLite, the loops
find when they look next.
"""

from typing import Final, cast

from psycopg import Connection as Driver

from settlement.wake_ups import WakeUps
from taigan.loop import Loop
from taigan.transactions import Database

_LISTEN: Final = "LISTEN taigan_due"
"""The channel that the triggers of migration 0003 notify."""
_SLICE_S: Final = 0.5


class DueListener:
    """A loop that wakes all others when a row becomes due; on SQLite one process does it all."""

    def __init__(self, database: Database, wake_ups: WakeUps) -> None:
        self._database = database
        self._wake_ups = wake_ups
        self._loop = Loop("due-listener", self._listen, 0.0, at_once=True)

    def start(self) -> None:
        if not self._database.is_sqlite:
            self._loop.start()

    def stop(self) -> None:
        self._loop.stop()

    def _listen(self) -> None:
        """Listen for as long as the connection lasts."""
        with self._database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql(_LISTEN)
            # What was committed before this connection listened was not heard.
            self._wake_ups.wake_all()
            driver = cast(Driver, connection.connection.driver_connection)
            try:
                while not self._loop.is_stopping():
                    for _ in driver.notifies(timeout=_SLICE_S, stop_after=1):
                        self._wake_ups.wake_all()
            finally:
                connection.invalidate()  # it listens: of no use to anybody else
