"""A text display on a serial line: shows the latest line, after every reconnect as well."""

from threading import Condition, Thread

import structlog

from edge.devices.texts import display_line
from edge.io.byte_source import PAUSE_S_FIRST, PAUSE_S_MAX, PortAddress, open_port

log = structlog.get_logger()


class NoDisplay:
    """A lane without a display of its own."""

    def show(self, text: str) -> None:
        log.info("display", text=text)


class Display:
    """One display and the thread that writes to it; a text that was overtaken is not shown."""

    def __init__(self, address: PortAddress) -> None:
        self._address = address
        self._changed = Condition()
        self._text: str | None = None
        self._shown: str | None = None
        self._stopping = False
        self._pause_s = PAUSE_S_FIRST
        self._thread = Thread(target=self._run, name="display", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def show(self, text: str) -> None:
        with self._changed:
            self._text = text
            self._changed.notify()

    def _run(self) -> None:
        while not self._stopping:
            try:
                with open_port(self._address) as port:
                    self._shown = None
                    while (text := self._next()) is not None:
                        port.write(display_line(text))
                        self._shown, self._pause_s = text, PAUSE_S_FIRST
            except (OSError, ValueError) as error:
                log.warning("display lost", reason=str(error))
                self._rest()

    def _next(self) -> str | None:
        """Wait for a text that is not shown yet; None when it is time to stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._text != self._shown)
            return None if self._stopping else self._text

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, self._pause_s)
        self._pause_s = min(self._pause_s * 2, PAUSE_S_MAX)
