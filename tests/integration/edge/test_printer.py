"""The slip printer on real lines."""

import os
import queue
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from edge.devices.bitmap_text import drawn, read_glyphs
from edge.devices.slip import Slip, slip_lines
from edge.io import printer as printer_module
from edge.io.byte_source import parse_source
from edge.io.printer import SLIPS_MAX, SlipPrinter, SlipStyle
from edge.lane.signals import PortChanged
from simulators.printer import SimulatedPrinter

WAIT_S = 10
GLYPHS = read_glyphs(files("edge.glyphs").joinpath("unifont.hex").read_text(encoding="ascii"))
STYLE = SlipStyle(GLYPHS, dots=384, cut=True, language="zh")


def slip(seq: int) -> Slip:
    return Slip(
        yard="mine",
        lane="mine-out",
        at=datetime(2026, 11, 21, 12, 14, 9, tzinfo=UTC),
        clock_is_set=True,
        weight_kg=49_280,
        tag="010063E9AE",
        seq=seq,
        record_sha256="9f" * 32,
    )


def picture(seq: int) -> list[str]:
    one = slip(seq)
    local = Slip(
        **{name: getattr(one, name) for name in Slip.__dataclass_fields__ if name != "at"},
        at=one.at.astimezone(),
    )
    rows = drawn(slip_lines(local, "zh"), GLYPHS, 384).rows
    return [f"{row:0384b}".replace("0", " ").replace("1", "#") for row in rows]


class Slot:
    """A printer on a pseudo-terminal."""

    def __init__(self) -> None:
        self.master, self._slave = os.openpty()
        self.path = os.ttyname(self._slave)
        self.printer = SimulatedPrinter()
        self.came = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            data = os.read(self.master, 4_096)
            with self.came:
                os.write(self.master, self.printer.receive(data))
                self.came.notify_all()

    def wait(self, is_so: Callable[[], bool]) -> None:
        with self.came:
            assert self.came.wait_for(is_so, WAIT_S)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        os.close(self.master)
        os.close(self._slave)


@pytest.fixture
def slot() -> Iterator[Slot]:
    made = Slot()
    yield made
    made.stop()


@pytest.fixture
def signals() -> "queue.Queue[PortChanged]":
    return queue.Queue()


def test_a_slip_comes_out_as_it_was_drawn(slot: Slot, signals: "queue.Queue[PortChanged]") -> None:
    printer = SlipPrinter(parse_source(slot.path), STYLE, signals.put)
    printer.start()
    printer.print(slip(7))
    printer.print(slip(8))
    slot.wait(lambda: len(slot.printer.slips) == 2 and slot.printer.slips[1].cut)
    printer.stop()
    assert [one.rows for one in slot.printer.slips] == [picture(7), picture(8)]
    assert slot.printer.unknown_bytes == 0


def test_a_printer_without_paper_is_reported_and_so_is_its_coming_back(
    slot: Slot, signals: "queue.Queue[PortChanged]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer_module, "ASK_MS", 100)
    slot.printer.has_paper = False
    printer = SlipPrinter(parse_source(slot.path), STYLE, signals.put)
    printer.start()
    assert signals.get(timeout=WAIT_S).is_open
    out = signals.get(timeout=WAIT_S)
    assert (out.device, out.is_open, out.detail) == ("printer", False, "no paper")
    slot.printer.has_paper = True
    assert signals.get(timeout=WAIT_S).is_open
    printer.stop()


def test_a_slip_waits_for_paper_in_the_box_and_not_in_the_printer(
    slot: Slot, signals: "queue.Queue[PortChanged]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A printer keeps what it cannot print, and prints it for whoever comes next."""
    monkeypatch.setattr(printer_module, "ASK_MS", 100)
    slot.printer.has_paper = False
    printer = SlipPrinter(parse_source(slot.path), STYLE, signals.put)
    printer.start()
    while signals.get(timeout=WAIT_S).detail != "no paper":
        pass
    printer.print(slip(7))
    threading.Event().wait(0.5)
    assert not slot.printer.slips
    slot.printer.has_paper = True
    slot.wait(lambda: bool(slot.printer.slips) and slot.printer.slips[0].cut)
    printer.stop()
    assert slot.printer.slips[0].rows == picture(7)


def test_a_slip_that_was_torn_by_a_lost_line_is_printed_no_more_and_the_next_is_whole(
    signals: "queue.Queue[PortChanged]",
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT_S)
        source = f"socket://127.0.0.1:{server.getsockname()[1]}"
        printer = SlipPrinter(parse_source(source), STYLE, signals.put)
        printer.start()
        first, _ = server.accept()
        paper = SimulatedPrinter()
        printer.print(slip(1))
        first.settimeout(WAIT_S)
        torn = b""
        while len(torn) < 2_000:
            torn += first.recv(2_000 - len(torn))
        paper.receive(torn)
        first.close()
        second, _ = server.accept()
        with second:
            second.settimeout(WAIT_S)
            printer.print(slip(2))
            while not paper.slips or not paper.slips[-1].cut:
                paper.receive(second.recv(4_096))
            printer.stop()
    assert paper.slips[-1].rows == picture(2)


def test_a_slip_that_waited_too_long_is_not_given_to_the_next_driver(
    slot: Slot, signals: "queue.Queue[PortChanged]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer_module, "SLIP_MS_MAX", -1)
    printer = SlipPrinter(parse_source(slot.path), STYLE, signals.put)
    printer.print(slip(1))
    printer.start()
    signals.get(timeout=WAIT_S)
    printer.stop()
    assert not slot.printer.slips


def test_a_printer_that_is_not_there_is_reported_and_nothing_waits_for_it(
    signals: "queue.Queue[PortChanged]",
) -> None:
    printer = SlipPrinter(parse_source("/dev/no-such-printer"), STYLE, signals.put)
    printer.start()
    for seq in range(SLIPS_MAX + 3):
        printer.print(slip(seq))
    lost = signals.get(timeout=WAIT_S)
    printer.stop()
    assert (lost.device, lost.is_open) == ("printer", False)
    with suppress(queue.Empty):
        assert not signals.get_nowait().is_open
