"""The slip printer: one slip for each released truck. The lane never waits for it.

A slip that cannot be printed within a minute is dropped: by then another driver would take it.
"""

import queue
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

import structlog

from edge.devices.bitmap_text import Glyph, drawn
from edge.devices.escpos import ASK_PAPER, cleared, paper_is_out, printed
from edge.devices.slip import Language, Slip, slip_lines
from edge.io.byte_source import Port, PortAddress
from edge.io.clock import monotonic_ms
from edge.io.output_port import OutputPort
from edge.lane.signals import PortChanged

log = structlog.get_logger()

SLIPS_MAX: Final = 4
SLIP_MS_MAX: Final = 60_000
PIECE_BYTES: Final = 512
"""Goes out within a port's write timeout, even at 9600 baud."""

ASK_MS: Final = 10_000
ANSWER_BYTES_MAX: Final = 16


class SlipStyle:
    """How slips look: glyphs, width in dots, language, and whether there is a knife."""

    def __init__(
        self, glyphs: dict[str, Glyph], *, dots: int, cut: bool, language: Language
    ) -> None:
        self._glyphs = glyphs
        self._cut = cut
        self._language = language
        self.dots = dots

    def bytes_of(self, slip: Slip) -> bytes:
        """Return what prints a slip, with the time of the box's time zone."""
        local = replace(slip, at=slip.at.astimezone())
        picture = drawn(slip_lines(local, self._language), self._glyphs, self.dots)
        return printed(picture, cut=self._cut)


class SlipPrinter:
    """One printer."""

    def __init__(
        self, address: PortAddress, style: SlipStyle, changed: Callable[[PortChanged], None]
    ) -> None:
        self._style = style
        self._port = OutputPort("printer", address, serve=self._serve, changed=changed)
        self._slips: queue.Queue[tuple[Slip, int]] = queue.Queue(SLIPS_MAX)
        self._is_clear = False
        """Whether no image can be unfinished in the printer."""
        self._has_paper = True

    def start(self) -> None:
        self._port.start()

    def stop(self) -> None:
        self._port.stop()

    def print(self, slip: Slip) -> None:
        """Have it printed soon, or drop it."""
        try:
            self._slips.put_nowait((slip, monotonic_ms()))
        except queue.Full:
            log.warning("slip dropped", seq=slip.seq, reason="others wait")

    def _serve(self, port: Port) -> None:
        self._is_clear, self._has_paper = False, True
        asked_ms = self._ask(port)
        self._port.works()
        while not self._port.stopping:
            self._hear(port.read(ANSWER_BYTES_MAX))
            if self._has_paper and self._print_next(port):
                asked_ms = self._ask(port)
            if monotonic_ms() - asked_ms >= ASK_MS:
                asked_ms = self._ask(port)

    def _ask(self, port: Port) -> int:
        """Ask for the paper; return when."""
        port.write(ASK_PAPER)
        return monotonic_ms()

    def _print_next(self, port: Port) -> bool:
        """Print the slip that has waited longest; tell whether there was one."""
        with suppress(queue.Empty):
            slip, since_ms = self._slips.get_nowait()
            if monotonic_ms() - since_ms > SLIP_MS_MAX:
                log.warning("slip dropped", seq=slip.seq, reason="too late")
            else:
                self._print(port, slip)
            return True
        return False

    def _print(self, port: Port, slip: Slip) -> None:
        data = self._style.bytes_of(slip)
        if not self._is_clear:
            data = cleared(self._style.dots) + data
        for at in range(0, len(data), PIECE_BYTES):
            port.write(data[at : at + PIECE_BYTES])
        self._is_clear = True
        log.info("slip printed", seq=slip.seq)

    def _hear(self, answer: bytes) -> None:
        out = paper_is_out(answer)
        if out is not None:
            self._has_paper = not out
            self._port.works("no paper" if out else "", is_open=not out)
