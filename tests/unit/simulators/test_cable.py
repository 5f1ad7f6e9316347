"""How a device hangs on its line: where it is, and what it hears."""

from pathlib import Path

import pytest

from simulators.cable import Cable
from simulators.chance import seeded
from simulators.lines import Line, PtyLine, Receive, TcpLine
from simulators.rfc2217 import Rfc2217Line
from simulators.uart import UartSettings


class Wire:
    """A line that keeps what was sent."""

    def __init__(self, source: str, receive: Receive) -> None:
        self.source = source
        self.receive = receive
        self.sent: list[bytes] = []
        self.is_set_to: UartSettings | None = None

    def source_for(self, sent: UartSettings) -> str:
        return f"{self.source} {sent}"

    def heard(self, sent: UartSettings) -> UartSettings:
        return self.is_set_to or sent

    async def plug_in(self) -> None: ...
    def unplug(self) -> None: ...

    def send(self, data: bytes) -> None:
        self.sent.append(data)


def a_cable(settings: str = "9600 8N1") -> tuple[Cable, Wire]:
    wires: list[Wire] = []

    def plug(receive: Receive) -> Wire:
        wires.append(Wire("/dev/x", receive))
        return wires[0]

    return Cable(plug, UartSettings.parse(settings), seeded(1)), wires[0]


@pytest.mark.parametrize(
    ("line", "settings", "source"),
    [
        (PtyLine(Path("/x")), "9600 8N1", "/x"),
        (PtyLine(Path("/x")), "9600 7E1", "/x"),
        (PtyLine(Path("/x")), "2400 7E1", "serial:///x?baudrate=2400"),
        (TcpLine(7), "2400 7E1", "socket://127.0.0.1:7"),
        (Rfc2217Line(7), "9600 8N1", "rfc2217://127.0.0.1:7"),
        (
            Rfc2217Line(7),
            "9600 7E2",
            "rfc2217://127.0.0.1:7?baudrate=9600&bytesize=7&parity=E&stopbits=2",
        ),
    ],
)
def test_a_source_names_the_settings_that_its_line_can_have(
    line: Line, settings: str, source: str
) -> None:
    cable = Cable(lambda _: line, UartSettings.parse(settings), seeded(1))
    assert cable.source == source


def test_a_port_is_named_from_the_root() -> None:
    assert PtyLine(Path("scale")).source == str(Path.cwd() / "scale")


def test_each_request_is_answered_once_in_whatever_pieces_it_comes() -> None:
    cable, wire = a_cable()
    answers: list[int] = []
    cable.on_request(b"SI\r\n", lambda: answers.append(1))
    for piece in (b"noise SI", b"\r", b"\nSI\r\nS", b"I\r\n", b"SI\r"):
        wire.receive(piece)
    assert len(answers) == 3


def test_rubbish_without_end_is_not_kept() -> None:
    cable, wire = a_cable()
    cable.on_request(b"SI\r\n", lambda: None)
    for _ in range(1_000):
        wire.receive(b"SI\rSI\r" * 100)
    assert len(cable._unread) < 4


def test_a_device_that_speaks_by_itself_listens_to_nothing() -> None:
    cable, wire = a_cable()
    wire.receive(b"hello")
    assert cable._unread == b""


def test_a_port_set_otherwise_hears_and_says_other_things() -> None:
    cable, wire = a_cable("9600 7E1")
    answers: list[int] = []
    cable.on_request(b"SI\r\n", lambda: answers.append(1))
    wire.is_set_to = UartSettings(baud=2400)
    wire.receive(b"SI\r\n")
    cable.send(b"ST,GS")
    assert answers == []
    assert wire.sent != [b"ST,GS"]


def test_a_frozen_line_repeats_even_what_it_sent_first() -> None:
    cable, wire = a_cable()
    cable.faults.frozen = True
    for frame in (b"one", b"two"):
        cable.send(frame)
    assert wire.sent == [b"one", b"one"]


def test_nothing_is_sent_of_a_frame_that_the_faults_swallowed() -> None:
    cable, wire = a_cable()
    cable.faults.silent = True
    cable.send(b"one")
    assert wire.sent == []
