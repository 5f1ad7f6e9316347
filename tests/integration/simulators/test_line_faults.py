"""Each fault of a line as the shipped driver sees it, on ports of all three kinds."""

import queue
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import serial  # type: ignore[import-untyped]  # it ships without types

from edge.devices.parity import parity_setting
from simulators.bench import Bench, Socket
from simulators.indicator import IndicatorModel
from simulators.running import RunningReader, RunningScale
from simulators.uart import UartSettings, received
from tests.integration.simulators.listening import WAIT_S, Listener, listening, wait

Scales = Callable[..., RunningScale]
Readers = Callable[..., RunningReader]
N81 = UartSettings()

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
"""pyserial's RFC 2217 port uses what threading wants to be rid of."""

each_kind = pytest.mark.parametrize("on", ["pty", "tcp", "rfc2217"])


def a_scale(scales: Scales, on: str = "tcp", **others: object) -> RunningScale:
    scale = scales("yaohua-continuous", on=on, rate_hz=50, **others)
    scale.show(1_560)
    return scale


def drained(listener: Listener) -> list[object]:
    """Return what has come so far, and a moment's worth more."""
    wait(0.5)
    items = []
    while True:
        try:
            items.append(listener.found.get_nowait())
        except queue.Empty:
            return items


@each_kind
def test_a_pulled_plug_is_noticed_and_the_same_name_comes_back(
    taigan_scale: Scales, on: str
) -> None:
    scale = a_scale(taigan_scale, on)
    source = scale.source
    with listening(scale) as listener:
        listener.shows(1_560)
        scale.unplug()
        listener.is_open(wanted=False)
        scale.show(48_560)
        scale.plug_in()
        assert scale.source == source
        listener.shows(48_560)


def test_bit_errors_spoil_frames_and_never_make_another_weight(taigan_scale: Scales) -> None:
    scale = a_scale(taigan_scale)
    with listening(scale) as listener:
        scale.faults.bit_error = 0.01
        listener.bad_frame()
        assert {getattr(found, "weight", 1_560) for found in drained(listener)} == {1_560}
        scale.faults.clear()
        listener.shows(1_560)


def test_a_burst_spoils_a_frame(taigan_scale: Scales) -> None:
    scale = a_scale(taigan_scale)
    with listening(scale) as listener:
        scale.faults.burst = 1.0
        listener.bad_frame()


def test_a_torn_frame_is_no_reading(taigan_scale: Scales) -> None:
    scale = a_scale(taigan_scale)
    with listening(scale) as listener:
        listener.shows(1_560)
        scale.faults.torn = 1.0
        drained(listener)
        assert [found for found in drained(listener) if hasattr(found, "weight")] == []


@each_kind
def test_a_silent_line_says_nothing(taigan_scale: Scales, on: str) -> None:
    scale = a_scale(taigan_scale, on)
    with listening(scale) as listener:
        listener.shows(1_560)
        scale.faults.silent = True
        assert listener.is_quiet()
        scale.faults.silent = False
        scale.show(1_600)
        listener.shows(1_600)


def test_a_frozen_line_repeats_its_last_frame(taigan_scale: Scales) -> None:
    scale = a_scale(taigan_scale)
    with listening(scale) as listener:
        listener.shows(1_560)
        scale.faults.frozen = True
        scale.show(48_560)
        drained(listener)
        assert {getattr(found, "weight", None) for found in drained(listener)} == {1_560}
        scale.faults.frozen = False
        listener.shows(48_560)


def test_a_port_with_the_wrong_parity_is_told_which_is_right(taigan_scale: Scales) -> None:
    scale = taigan_scale("yaohua-a12e", on="tcp", line="9600 7E1")
    scale.faults.port = N81
    scale.show(1_560)
    with listening(scale) as listener:
        assert listener.wrong_line().setting == "7E1"
        listener.shows(1_560)


def test_a_port_with_the_wrong_rate_hears_rubbish(taigan_scale: Scales) -> None:
    scale = a_scale(taigan_scale)
    scale.faults.port = UartSettings(baud=2400)
    with listening(scale) as listener:
        listener.hears()
        frame = scale.indicator.frame(scale.reading)
        listener.hears(received(frame, N81, scale.faults.port))
        assert not any(hasattr(found, "weight") for found in drained(listener))


@pytest.mark.parametrize("on", ["pty", "rfc2217"])
def test_the_rate_that_the_opener_asks_for_is_the_one_that_it_gets(
    taigan_scale: Scales, on: str
) -> None:
    scale = a_scale(taigan_scale, on, line="2400 8N1")
    assert "baudrate=2400" in scale.source
    wrong = scale.source.replace("baudrate=2400", "baudrate=9600")
    with listening(scale, wrong) as listener:
        listener.hears()
        found = drained(listener)
        assert not any(hasattr(item, "weight") for item in found)
    with listening(scale) as listener:
        listener.shows(1_560)


@pytest.mark.parametrize("setting", ["7E1", "7O1", "7M1"])
def test_the_parity_that_an_rfc2217_client_asks_for_is_the_one_that_it_gets(
    taigan_scale: Scales, setting: str
) -> None:
    scale = taigan_scale("yaohua-a12e", on="rfc2217", line=f"9600 {setting}")
    with listening(scale) as listener:
        listener.reading()
        assert bytes(listener.raw).isascii()
    with listening(scale, scale.source.partition("?")[0]) as listener:
        assert listener.wrong_line().setting == setting
        assert parity_setting(bytes(listener.raw)) == setting


def test_a_pseudo_terminal_that_nobody_set_is_read_as_it_is(taigan_scale: Scales) -> None:
    scale = a_scale(taigan_scale, "pty", line="2400 8N1")
    with Path(scale.indicator.line.source).open("rb", 0) as port:
        data = b"".join(port.read(24) for _ in range(10))
    assert b"\x02+001560019\x03" in data


def test_a_device_asked_at_the_wrong_rate_does_not_answer(taigan_scale: Scales) -> None:
    scale = taigan_scale("yaohua-command", on="rfc2217")
    with listening(scale, f"{scale.source}?baudrate=2400") as listener:
        assert listener.is_quiet()
    with listening(scale) as listener:
        listener.reading()


def test_a_request_in_pieces_and_among_rubbish_is_answered_once(taigan_scale: Scales) -> None:
    scale = taigan_scale("yaohua-command", on="tcp")
    request = scale.indicator.codec.request
    with serial.serial_for_url(scale.source, timeout=0.5) as port:
        for piece in (b"rubbish" + request[:2], request[2:], request[:-1]):
            port.write(piece)
            wait(0.05)
        answer = port.read(200)
    assert answer.count(b"\x03") == 1


def test_an_rfc2217_client_is_told_what_cannot_be_set(taigan_scale: Scales) -> None:
    scale = a_scale(taigan_scale, "rfc2217")
    with pytest.raises(ValueError, match="datasize"):
        serial.serial_for_url(scale.source, bytesize=5, timeout=0.5)
    with listening(scale) as listener:
        listener.shows(1_560)


def test_the_tags_of_a_silent_reader_come_back_with_it(taigan_reader: Readers) -> None:
    reader = taigan_reader("em4100", on="tcp")
    reader.present("0100630A01")
    reader.faults.silent = True
    with listening(reader) as listener:
        assert listener.is_quiet()
        reader.faults.silent = False
        assert listener.tag().tag == "0100630A01"


def test_a_file_in_the_place_of_a_port_is_left_alone(taigan_bench: Bench, tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_text("dear")
    with pytest.raises(FileExistsError, match="letter"):
        taigan_bench.scale(IndicatorModel(), Socket("pty", link=letter))
    assert letter.read_text() == "dear"


def test_a_link_to_something_else_is_left_alone(taigan_bench: Bench, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    with pytest.raises(FileExistsError, match="link"):
        taigan_bench.scale(IndicatorModel(), Socket("pty", link=link))
    assert link.readlink() == tmp_path


def test_what_a_killed_program_left_is_replaced(taigan_bench: Bench, tmp_path: Path) -> None:
    link = tmp_path / "scale"
    link.symlink_to("/dev/pts/999999")
    scale = taigan_bench.scale(IndicatorModel(), Socket("pty", link=link))
    with listening(scale) as listener:
        listener.reading()


def test_a_port_that_another_device_took_over_is_not_taken_away(
    taigan_bench: Bench, tmp_path: Path
) -> None:
    link = tmp_path / "scale"
    first, second = (taigan_bench.scale(IndicatorModel(), Socket("pty", link=link)) for _ in "12")
    first.unplug()
    with listening(second) as listener:
        listener.reading()


def test_a_port_in_no_directory_is_named(taigan_bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no directory"):
        taigan_bench.scale(IndicatorModel(), Socket("pty", link=tmp_path / "none" / "scale"))


@each_kind
def test_a_plug_that_is_in_may_be_put_in_again(taigan_scale: Scales, on: str) -> None:
    scale = a_scale(taigan_scale, on)
    with listening(scale) as listener:
        listener.reading()
        scale.plug_in()
        listener.reading()
        scale.unplug()
        listener.is_open(wanted=False)


@pytest.mark.parametrize("on", ["tcp", "rfc2217"])
def test_a_client_that_comes_as_the_plug_is_pulled_is_not_kept(
    taigan_scale: Scales, on: str
) -> None:
    for _ in range(10):
        scale = taigan_scale(on=on)
        host, port = scale.source.partition("//")[2].split(":")
        with socket.create_connection((host, int(port)), timeout=WAIT_S) as client:
            scale.unplug()
            assert says_the_end(client)


def says_the_end(client: socket.socket) -> bool:
    """Read until the other side hangs up; TimeoutError if it never does."""
    with suppress(ConnectionResetError):
        while client.recv(4_096):
            pass
    return True


def test_a_kind_of_line_that_does_not_exist_is_named(taigan_scale: Scales) -> None:
    with pytest.raises(ValueError, match="'cable': one of pty, tcp, rfc2217"):
        taigan_scale(on="cable")


def test_a_seven_bit_device_on_a_pseudo_terminal_can_be_opened_again_and_again(
    taigan_scale: Scales,
) -> None:
    scale = taigan_scale("yaohua-a12e", line="2400 7E1")
    for _ in range(3):
        with listening(scale) as listener:
            listener.reading()
            assert bytes(listener.raw).isascii()
