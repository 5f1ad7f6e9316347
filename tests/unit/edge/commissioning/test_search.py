"""Whole searches over simulated lines: every protocol, honest where two fit, silent lines asked."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edge.commissioning.findings import source_of
from edge.commissioning.search import BAUDS, OpenedPort, Search, line_of, name_of
from edge.devices.readers import READERS
from edge.devices.scales import SCALES
from edge.devices.scan import Trial, trials
from edge.io.byte_source import LineSettings
from simulators.uart import UartSettings
from tests.bench.scan import mark, named, wrong_bauds
from tests.bench.scan_lines import EMPTY, LOADED, Device, SimulatedPort

SCALE_TRIALS = trials(SCALES)
READER_TRIALS = trials(READERS)


@pytest.mark.parametrize("trial", SCALE_TRIALS, ids=named)
@pytest.mark.parametrize("weights", [LOADED, EMPTY], ids=["loaded", "empty"])
def test_every_scale_is_found_on_its_usual_line_or_named_among_others(
    trial: Trial, weights: tuple[str, ...]
) -> None:
    assert mark(trial, weights, trial.row.lines[0], SCALE_TRIALS) in "FA"


@pytest.mark.parametrize("trial", SCALE_TRIALS, ids=named)
def test_every_scale_is_found_on_a_line_of_eleven_bits(trial: Trial) -> None:
    assert mark(trial, LOADED, "4800 8E1", SCALE_TRIALS) in "FA"


@pytest.mark.parametrize("trial", READER_TRIALS, ids=named)
def test_every_reader_is_found_on_its_usual_line_or_named_among_others(trial: Trial) -> None:
    assert mark(trial, LOADED, trial.row.lines[0], READER_TRIALS) in "FA"


@pytest.mark.parametrize("line", [f"{baud} {frame}" for baud in BAUDS for frame in ("7O1", "8O1")])
def test_a_line_is_found_at_every_rate(line: str) -> None:
    trial = next(one for one in SCALE_TRIALS if one.protocol == "toledo-continuous")
    assert mark(trial, LOADED, line, SCALE_TRIALS) == "F"


def test_what_is_heard_at_a_wrong_rate_is_never_named() -> None:
    slash = [one for one in SCALE_TRIALS if one.protocol == "slash"]
    named, judged = wrong_bauds(slash, SCALE_TRIALS)
    assert (named, judged > 400) == (0, True)


def searched(protocol: str, line: str, *, may_ask: bool = True) -> tuple[list[str], str]:
    told: list[str] = []
    trial = next(one for one in SCALE_TRIALS if one.protocol == protocol)
    port = SimulatedPort(Device(trial.codec, UartSettings.parse(line)))
    result = Search(SCALE_TRIALS, port.open, told.append).run(may_ask=may_ask)
    return told, f"{result.identified.kind} {name_of(result.line)} {result.asked}"


def test_a_silent_line_is_asked_and_its_usual_settings_come_first() -> None:
    told, result = searched("yaohua-command", "1200 8N1")
    assert result == "found 1200 8N1 True"
    assert told[0] == "9600 8N1: silent"
    assert len(told) <= 8


def test_a_line_that_may_not_be_asked_stays_silent() -> None:
    told, result = searched("yaohua-command", "1200 8N1", may_ask=False)
    assert (len(told), result) == (1, "nothing line as it is False")


def test_progress_names_rate_bytes_and_protocol() -> None:
    told, result = searched("yaohua-continuous", "2400 7E1")
    assert result == "found 2400 7E1 False"
    assert [line.split(":")[0] for line in told] == ["9600 8N1", "4800 8N1", "2400 8N1"]
    assert told[-1].endswith("reads as yaohua-continuous")


def test_a_reader_where_a_scale_is_looked_for_ends_the_search_with_its_name() -> None:
    told: list[str] = []
    reader = next(one for one in READER_TRIALS if one.protocol == "em4100")
    port = SimulatedPort(Device(reader.codec, UartSettings.parse("4800 8N1")))
    result = Search(SCALE_TRIALS, port.open, told.append).run(strangers=READER_TRIALS)
    assert (result.identified.kind, name_of(result.line)) == ("nothing", "4800 8N1")
    assert result.stranger is not None
    assert result.stranger.trial.protocol == "em4100"
    assert [line.split(":")[0] for line in told] == ["9600 8N1", "4800 8N1"]


class Glitch:
    """A line whose opening makes a byte, and nothing else."""

    def __init__(self) -> None:
        self._made = b"\x00"

    def ask(self, request: bytes) -> None:
        assert request

    def hear(self, seconds: float) -> bytes:
        assert seconds > 0
        made, self._made = self._made, b""
        return made


def test_a_glitch_of_opening_the_port_is_no_talk() -> None:
    lines: list[LineSettings | None] = []

    @contextmanager
    def opened(line: LineSettings | None) -> Iterator[OpenedPort]:
        lines.append(line)
        yield Glitch()

    result = Search(SCALE_TRIALS, opened, lambda _: None, bauds=(9600,)).run()
    assert result.identified.kind == "nothing"
    assert set(lines) == {
        line_of(9600, frame) for frame in ("8N1", "7E1", "8E1", "7O1", "8O1", "7N2")
    }


def test_a_line_that_is_set_elsewhere_is_taken_as_it_is() -> None:
    trial = SCALE_TRIALS[0]
    port = SimulatedPort(Device(trial.codec, UartSettings()))

    def opened(line: LineSettings | None) -> object:
        assert line is None
        return port.open(LineSettings())

    result = Search(SCALE_TRIALS, opened, lambda _: None, bauds=None).run()  # type: ignore[arg-type]  # narrowed above
    assert (result.identified.kind, result.line) == ("found", None)


def test_lines_that_are_held_low_stay_so_in_the_settings() -> None:
    port = "serial:///dev/ttyUSB0?baudrate=1200&dtr=0&rts=0"
    line = LineSettings(baudrate=9600, parity="E")
    assert source_of(port, line) == (
        "serial:///dev/ttyUSB0?baudrate=9600&bytesize=8&parity=E&stopbits=1&dtr=0&rts=0"
    )
