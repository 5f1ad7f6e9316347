"""The display shows whole lines only."""

from simulators.display import TextDisplay


def test_a_line_appears_when_it_is_complete() -> None:
    display = TextDisplay()
    display.receive("请刷".encode())
    assert display.text == ""
    display.receive("卡\r\n".encode())
    assert display.text == "请刷卡"


def test_only_a_new_text_counts_as_a_change() -> None:
    display = TextDisplay()
    display.receive(b"stop\r\nstop\r\ngo\r\n")
    assert display.changes == 2
    assert list(display.lines) == ["stop", "stop", "go"]


def test_an_endless_line_is_dropped() -> None:
    display = TextDisplay()
    display.receive(b"x" * 5000)
    display.receive(b"go\r\n")
    assert display.text == "go"


def test_garbled_bytes_do_not_stop_the_display() -> None:
    display = TextDisplay()
    display.receive(b"\xff\xfe\r\n")
    assert len(display.lines) == 1


def test_a_display_of_another_protocol_shows_its_text_and_its_lamp() -> None:
    display = TextDisplay("laserlight", {"address": 7})
    display.receive(b"|07DO2!|07DMSTOP  !|08DO3!")
    assert (display.text, display.lamp) == ("STOP  ", "green")
    assert TextDisplay("sb500").lamp is None
