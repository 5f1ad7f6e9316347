"""Ports as they are: pseudo-terminals, sockets, socat; torn, noisy, silent, unplugged."""

import itertools
import os
import queue
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from edge.devices.readings import Reading
from edge.devices.scales.yaohua import YaohuaContinuous
from edge.io.byte_source import (
    PATIENCE_FACTOR,
    BadSource,
    ByteSource,
    LineSettings,
    Polling,
    PortAddress,
    open_port,
    parse_source,
)
from edge.io.clock import monotonic_ms
from edge.io.tcp_port import TcpPort
from edge.lane.signals import PortChanged
from simulators.bench import Bench, Socket
from simulators.indicator import IndicatorModel
from simulators.rfc2217 import Rfc2217Line

WAIT_S = 10
FRAME = YaohuaContinuous().encode(Reading(weight=Decimal(1560)))


class Listener:
    """A byte source with a decoder behind it; what comes out waits in two queues."""

    def __init__(self, source: str, polling: Polling) -> None:
        self.found: queue.Queue[Any] = queue.Queue()
        self.ports: queue.Queue[PortChanged] = queue.Queue()
        self._decoder = YaohuaContinuous()
        self.port = ByteSource(
            "scale",
            parse_source(source),
            feed=self._feed,
            changed=self.ports.put,
            polling=polling,
        )

    def _feed(self, data: bytes, now_ms: int) -> bool:
        assert now_ms > 0
        found = self._decoder.feed(data)
        for item in found:
            self.found.put(item)
        return any(isinstance(item, Reading) for item in found)

    def reading(self) -> Any:
        while True:
            item = self.found.get(timeout=WAIT_S)
            if isinstance(item, Reading):
                return item

    def until(self, *, is_open: bool) -> PortChanged:
        while True:
            change = self.ports.get(timeout=WAIT_S)
            if change.is_open is is_open:
                return change


@contextmanager
def listening(source: str, **polling: Any) -> Iterator[Listener]:
    listener = Listener(source, Polling(**polling))
    listener.port.start()
    try:
        yield listener
    finally:
        listener.port.stop()


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    """Yield the master's descriptor and the slave's path; no opener is needed to keep it."""
    master, slave = os.openpty()
    yield master, os.ttyname(slave)
    os.close(slave)
    with suppress(OSError):
        os.close(master)


@contextmanager
def talking(say: Callable[[], object]) -> Iterator[None]:
    """Repeat something twenty times a second."""
    stop = threading.Event()

    def talk() -> None:
        while not stop.wait(0.05):
            say()

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_frame_on_a_pseudo_terminal_is_a_reading(pty: tuple[int, str]) -> None:
    master, path = pty
    with listening(path) as listener, talking(lambda: os.write(master, FRAME)):
        assert listener.reading() == Reading(weight=Decimal(1560))


def test_torn_noisy_and_foreign_bytes_do_not_hide_the_frames(pty: tuple[int, str]) -> None:
    master, path = pty
    noise = b"\xff\x00weigh01" + FRAME[:7] + b"\x13\x11" + FRAME + FRAME[3:]
    with listening(path) as listener, talking(lambda: os.write(master, noise)):
        assert [listener.reading().weight for _ in range(5)] == [1560] * 5


def test_nobody_else_can_open_the_port(pty: tuple[int, str]) -> None:
    _, path = pty
    with listening(path) as listener:
        listener.until(is_open=True)
        with pytest.raises(OSError, match="lock"):
            open_port(parse_source(path))


def test_a_port_that_is_plugged_in_again_is_read_again(tmp_path: Path) -> None:
    link, other = tmp_path / "scale", tmp_path / "other-end"
    ends = [f"pty,raw,echo=0,link={link}", f"pty,raw,echo=0,link={other}"]

    def say() -> None:
        with suppress(OSError), other.open("wb", buffering=0) as line:
            line.write(FRAME)

    with listening(str(link)) as listener, talking(say):
        for _ in range(2):
            with subprocess.Popen(["socat", *ends]) as socat:
                assert listener.reading().weight == 1560
                socat.terminate()
            listener.until(is_open=False)
            while not listener.found.empty():
                listener.found.get()


@contextmanager
def device_server(say: Callable[[socket.socket], object]) -> Iterator[str]:
    """Serve whoever connects, one after the other, like a serial device server."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def serve() -> None:
            server.settimeout(0.1)
            while not stop.is_set():
                with suppress(OSError):
                    client, _ = server.accept()
                    with client:
                        say(client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"socket://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def test_a_device_server_that_hangs_up_is_called_again() -> None:
    with (
        device_server(lambda client: client.sendall(FRAME)) as source,
        listening(source) as listener,
    ):
        assert [listener.reading().weight for _ in range(3)] == [1560] * 3


def test_a_socket_whose_other_end_says_nothing_is_given_up() -> None:
    release = threading.Event()
    with (
        device_server(lambda _: release.wait(WAIT_S)) as source,
        listening(source, silence_ms=300) as listener,
    ):
        assert listener.until(is_open=False).detail == "no bytes"
        release.set()


def test_a_device_that_speaks_only_when_asked_is_asked_again_and_again() -> None:
    def answer(client: socket.socket) -> None:
        while client.recv(2) == b"W\r":
            client.sendall(FRAME)

    with (
        device_server(answer) as source,
        listening(source, request=b"W\r", poll_ms=20) as listener,
    ):
        assert [listener.reading().weight for _ in range(3)] == [1560] * 3


def test_a_device_server_that_lost_its_power_is_noticed_by_the_kernel() -> None:
    with (
        device_server(lambda _: None) as source,
        open_port(parse_source(source)) as port,
        socket.socket(fileno=os.dup(cast("TcpPort", port).fileno())) as connection,
    ):
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 5
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 14_000


def test_a_text_goes_out_through_a_device_server() -> None:
    heard: queue.Queue[bytes] = queue.Queue()
    with (
        device_server(lambda client: heard.put(client.recv(64))) as source,
        open_port(parse_source(source)) as port,
    ):
        assert port.write(b"hello") == 5
        assert heard.get(timeout=WAIT_S) == b"hello"


def test_bytes_that_never_become_a_frame_are_called_by_their_name(pty: tuple[int, str]) -> None:
    master, path = pty
    with (
        listening(path, silence_ms=300) as listener,
        talking(lambda: os.write(master, b"\xff" * 9)),
    ):
        assert "wrong line settings" in listener.until(is_open=False).detail


def test_bytes_that_never_fit_do_not_open_the_port_again_and_again(pty: tuple[int, str]) -> None:
    master, path = pty
    with listening(path, silence_ms=100) as listener:
        with talking(lambda: os.write(master, b"\xff" * 9)):
            listener.until(is_open=False)
            assert listener.until(is_open=True).detail == ""
            started_ms = monotonic_ms()
            assert "another protocol" in listener.until(is_open=True).detail
            listener.until(is_open=False)
            assert monotonic_ms() - started_ms >= 100 * PATIENCE_FACTOR - 50
        with talking(lambda: os.write(master, FRAME)):
            assert listener.reading().weight == 1560


def test_a_port_that_does_not_exist_is_tried_until_it_does(tmp_path: Path) -> None:
    link = tmp_path / "scale"
    with listening(str(link)) as listener:
        assert "No such file" in listener.until(is_open=False).detail
        master, slave = os.openpty()
        link.symlink_to(os.ttyname(slave))
        with talking(lambda: os.write(master, FRAME)):
            assert listener.reading().weight == 1560
        os.close(slave)
    os.close(master)


def test_a_line_with_more_bytes_than_one_read_takes_loses_none() -> None:
    line = FRAME * 1_000
    with (
        device_server(lambda client: client.sendall(line)) as source,
        listening(source) as listener,
    ):
        assert [listener.reading().weight for _ in range(1_000)] == [1560] * 1_000


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("/dev/ttyUSB0", PortAddress("/dev/ttyUSB0", LineSettings())),
        ("socket://h:4001", PortAddress("socket://h:4001", LineSettings())),
        (
            "serial:///dev/ttyS1?baudrate=1200&bytesize=7&parity=E&stopbits=2",
            PortAddress(
                "/dev/ttyS1", LineSettings(baudrate=1200, bytesize=7, parity="E", stopbits=2)
            ),
        ),
        ("serial:///dev/ttyS1", PortAddress("/dev/ttyS1", LineSettings())),
        ("rfc2217://h:4001", PortAddress("rfc2217://h:4001", LineSettings())),
        (
            "rfc2217://h:4001?baudrate=2400&bytesize=7&parity=E",
            PortAddress("rfc2217://h:4001", LineSettings(baudrate=2400, bytesize=7, parity="E")),
        ),
        (
            "serial:///dev/x?baudrate=4800&dtr=0&rts=0",
            PortAddress("/dev/x", LineSettings(baudrate=4800), frozenset({"dtr", "rts"})),
        ),
        (
            "rfc2217://h:4001?dtr=0&rts=1",
            PortAddress("rfc2217://h:4001", LineSettings(), frozenset({"dtr"})),
        ),
    ],
)
def test_a_source_names_its_port_and_line(source: str, address: PortAddress) -> None:
    assert parse_source(source) == address


@pytest.mark.parametrize(
    "source",
    [
        "http://h/",
        "socket://h",
        "socket://h:99999",
        "socket://:4001",
        "serial://",
        "serial:///dev/x?baud=9600",
        "serial:///dev/x?baudrate=fast",
        "serial:///dev/x?baudrate",
        "serial:///dev/x?parity=Q",
        "rfc2217://h",
        "rfc2217://h:4001?logging=debug",
        "serial:///dev/x?dtr=2",
        "serial:///dev/x?rts=low",
        "socket://h:4001?dtr=0",
    ],
)
def test_a_source_that_names_no_port_is_refused(source: str) -> None:
    with pytest.raises(BadSource, match=source[:8]) as refused:
        parse_source(source)
    assert "\n" not in str(refused.value)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path) as made:
        yield made


@pytest.mark.filterwarnings("ignore:set(Daemon|Name)")  # pyserial's RFC 2217 port
@pytest.mark.parametrize(
    ("query", "levels"),
    [
        ("", {("dtr", True), ("rts", True)}),
        ("?dtr=0", {("dtr", False), ("rts", True)}),
        ("?dtr=0&rts=0", {("dtr", False), ("rts", False)}),
    ],
)
def test_lines_are_held_low_from_the_moment_of_opening(
    bench: Bench, query: str, levels: set[tuple[str, bool]]
) -> None:
    scale = bench.scale(IndicatorModel(), Socket("rfc2217"))
    with listening(scale.source + query) as listener:
        assert listener.reading().weight == 0
    assert {*cast("Rfc2217Line", scale.indicator.line).modem_lines} == levels


def test_a_serial_port_is_opened_with_its_lines_held_low(pty: tuple[int, str]) -> None:
    master, path = pty
    source = f"serial://{path}?dtr=0&rts=0"
    with listening(source) as listener, talking(lambda: os.write(master, FRAME)):
        assert listener.reading().weight == 1560
    with open_port(parse_source(source)) as port:
        assert (port.dtr, port.rts) == (False, False)  # type: ignore[attr-defined]  # pyserial's


def test_a_silent_port_is_not_opened_again_every_few_seconds() -> None:
    opened_ms: list[int] = []

    def count(client: socket.socket) -> None:
        opened_ms.append(monotonic_ms())
        with suppress(OSError):
            client.settimeout(WAIT_S)
            client.recv(1)

    with device_server(count) as source, listening(source, silence_ms=100):
        threading.Event().wait(3.5)
    gaps = [after - before for before, after in itertools.pairwise(opened_ms)]
    assert all(later > 1.3 * earlier for earlier, later in itertools.pairwise(gaps))
    assert len(gaps) >= 2


def test_a_device_that_speaks_again_is_lost_as_soon_as_at_first() -> None:
    silent = threading.Event()

    def speak(client: socket.socket) -> None:
        while not silent.is_set():
            client.sendall(FRAME)
            threading.Event().wait(0.02)
        threading.Event().wait(1)

    with device_server(speak) as source, listening(source, silence_ms=300) as listener:
        for _ in range(3):
            silent.clear()
            listener.reading()
            silent.set()
            began_ms = monotonic_ms()
            listener.until(is_open=False)
            assert monotonic_ms() - began_ms < 900
            silent.clear()
            while not listener.found.empty():
                listener.found.get()
