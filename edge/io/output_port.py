"""A port that the box writes to: kept open by a thread of its own, and its state reported."""

from collections.abc import Callable

import structlog

from edge.io.byte_source import Port, PortAddress, open_port
from edge.io.clock import monotonic_ms
from edge.io.retry_thread import RetryThread
from edge.lane.signals import PortChanged

log = structlog.get_logger()


class OutputPort:
    """Opens the port, hands it to `serve`, and opens it again when it was lost."""

    def __init__(
        self,
        name: str,
        address: PortAddress,
        *,
        serve: Callable[[Port], None],
        changed: Callable[[PortChanged], None],
    ) -> None:
        """`serve` writes until `stopping`, and calls `works` once something went out.

        An OSError or ValueError of it means a lost port.
        """
        self._name = name
        self._address = address
        self._serve = serve
        self._changed = changed
        self._told: tuple[bool, str] | None = None
        self._thread = RetryThread(f"port-{name}", self._attempt)

    @property
    def stopping(self) -> bool:
        """Tell whether `serve` shall end."""
        return self._thread.stopping

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._thread.stop()

    def works(self, detail: str = "", *, is_open: bool = True) -> None:
        """Report how the device is, when that is news."""
        if is_open:
            self._thread.succeeded()
        if (is_open, detail) != self._told:
            self._told = is_open, detail
            log.info("port", device=self._name, is_open=is_open, detail=detail)
            self._changed(PortChanged(self._name, is_open, detail, monotonic_ms()))

    def _attempt(self) -> None:
        try:
            with open_port(self._address) as port:
                self._serve(port)
        except (OSError, ValueError) as error:  # pyserial raises both, for the same causes
            self.works(str(error), is_open=False)
