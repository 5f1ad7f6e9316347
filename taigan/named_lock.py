"""Names that one process at a time holds in a database, for as long as it lives.

On PostgreSQL these are advisory locks of a connection of their own: the server frees them when that
connection ends. On SQLite they are locks on files beside the database, which the kernel frees. So a
process that is killed leaves nothing behind, and nobody has to guess whether it still lives.
"""

import fcntl
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

_TRY: Final = text("SELECT pg_try_advisory_lock(hashtextextended(current_schema() || :name, 0))")
_NOTICE: Final = text(
    "SELECT set_config('tcp_keepalives_idle', '10', false),"
    " set_config('tcp_keepalives_interval', '5', false),"
    " set_config('tcp_keepalives_count', '3', false),"
    " set_config('tcp_user_timeout', '20000', false)"
)
"""The server notices within half a minute that a holder's machine is gone, not after two hours."""
_LIVES: Final = text("SELECT 1")


class NamedLock:
    """Takes all its names or none. To be used by one thread at a time."""

    def __init__(self, engine: Engine, names: Sequence[str]) -> None:
        """Two programs that share a database share these names: each begins with the program's."""
        self._engine = engine
        self._names = names
        self._held = ExitStack()
        self._connection: Connection | None = None
        self._has_files = False

    def take(self) -> bool:
        """Take the names, or find that they are still held here; False if another has one.

        Raises DBAPIError if PostgreSQL does not answer, OSError if a file cannot be made.
        """
        if self._engine.dialect.name != "sqlite":
            return self._take_in_server()
        self._has_files = self._has_files or self._take_files()
        return self._has_files

    def release(self) -> None:
        """Let others have them."""
        self._held.close()
        self._connection, self._has_files = None, False

    def _take_in_server(self) -> bool:
        if self._connection is not None:
            try:
                self._connection.execute(_LIVES)
            except DBAPIError:
                self.release()  # the server has freed them, and another may be quicker
            else:
                return True
        connection = self._engine.connect()
        self._held.callback(_drop, connection)
        connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection.execute(_NOTICE)
            tried = (connection.execute(_TRY, {"name": name}).scalar_one() for name in self._names)
            self._connection = connection if all(tried) else None
        finally:
            if self._connection is None:
                self.release()
        return self._connection is not None

    def _take_files(self) -> bool:
        database = self._engine.url.database
        if database in {None, "", ":memory:"}:  # no other process can see it
            return True
        for name in self._names:
            path = Path(f"{database}.{name.replace('/', '-')}.lock")
            file = self._held.enter_context(path.open("a", encoding="utf-8"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.release()
                return False
        return True


def _drop(connection: Connection) -> None:
    """End the connection itself: one that went back to its pool would keep its locks."""
    connection.invalidate()
    connection.close()
