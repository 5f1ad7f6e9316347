"""scan and tail on real ports: pseudo-terminals, RFC 2217 and TCP servers that obey settings."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.bench import Bench, Socket
from simulators.indicator import IndicatorModel
from simulators.panel import Range
from simulators.reader import ReaderModel
from simulators.uart import UartSettings

Done = subprocess.CompletedProcess[str]


def edge(*arguments: str) -> Done:
    command = [sys.executable, "-m", "edge", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, text=True)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path) as opened:
        yield opened


def model(protocol: str, line: str) -> IndicatorModel:
    return IndicatorModel(protocol=protocol, line=UartSettings.parse(line))


def port_of(source: str) -> str:
    return source.removeprefix("serial://").partition("?")[0]


def test_a_scale_on_a_port_is_found_and_its_settings_printed(bench: Bench) -> None:
    scale = bench.scale(model("yaohua-continuous", "4800 8N1"))
    done = edge("scan", port_of(scale.source))
    assert done.returncode == 0, done.stderr
    assert "yaohua-continuous at 4800 8N1, certain" in done.stdout
    assert f'source = "serial://{port_of(scale.source)}?baudrate=4800"' in done.stdout
    assert "compare with the display: 0" in done.stdout
    assert "9600 8N1: " in done.stderr


def test_a_line_with_parity_is_found_through_a_device_server(bench: Bench) -> None:
    scale = bench.scale(model("toledo-continuous", "9600 8E1"), Socket("rfc2217"))
    done = edge("scan", port_of(scale.source), "--json", "--baud", "9600", "--seconds", "1")
    found = json.loads(done.stdout)
    assert (done.returncode, found["result"]) == (0, "found"), done.stderr
    assert found["line"] == {"baudrate": 9600, "bytesize": 8, "parity": "E", "stopbits": 1}
    assert found["candidates"][0]["protocol"] == "toledo-continuous"
    assert found["candidates"][0]["settings"].startswith('[scale]\nsource = "rfc2217://')


def test_a_scale_that_speaks_only_when_asked_is_asked(bench: Bench) -> None:
    scale = bench.scale(model("yaohua-command", "9600 8N1"))
    done = edge("scan", port_of(scale.source), "--seconds", "0.5")
    assert (done.returncode, "yaohua-command at 9600 8N1" in done.stdout) == (0, True)


def test_two_formats_of_the_same_text_are_both_offered(bench: Bench) -> None:
    scale = bench.scale(model("yaohua-eq", "9600 8N1"), Socket("tcp"))
    done = edge("scan", scale.source, "--seconds", "1")
    assert done.returncode == 1
    assert "ambiguous" in done.stdout
    assert 'options = { format = "1" }' in done.stdout
    assert 'options = { format = "2" }' in done.stdout


def test_a_silent_port_is_nothing_and_says_what_to_look_at(bench: Bench) -> None:
    scale = bench.scale(IndicatorModel())
    scale.faults.silent = True
    done = edge("scan", port_of(scale.source), "--seconds", "0.5", "--baud", "9600", "--no-ask")
    assert (done.returncode, "transmit pin" in done.stdout) == (1, True)


def test_a_display_without_a_number_is_to_be_cleared_first(bench: Bench) -> None:
    scale = bench.scale(model("yaohua-a12e", "9600 8N1"))
    scale.show_state("overload")
    done = edge("scan", port_of(scale.source), "--seconds", "0.5", "--baud", "9600")
    assert done.returncode == 1
    assert "no number was shown at 9600 8N1: clear the display" in done.stdout


def test_a_reader_is_found_by_a_card_and_no_more_is_said_than_it_proves(bench: Bench) -> None:
    reader = bench.reader(ReaderModel("wiegand", {"format": "hex"}))
    reader.present("5A0144")
    done = edge("scan", port_of(reader.source), "--kind", "reader", "--baud", "9600")
    assert done.returncode == 0, done.stderr
    assert "wiegand (format=hex) at 9600 8N1, likely: " in done.stdout
    assert "nothing guards its frames\ncompare with the card: 5A0144 (5898564)\n" in done.stdout
    assert 'options = { format = "hex" }' in done.stdout
    assert "deck" not in done.stdout


def test_a_reader_without_a_card_says_what_to_do(bench: Bench) -> None:
    reader = bench.reader(ReaderModel())
    arguments = ("--kind", "reader", "--seconds", "0.5", "--baud", "9600", "--no-ask")
    done = edge("scan", port_of(reader.source), *arguments)
    assert (done.returncode, "a card held there" in done.stdout) == (1, True)


def test_a_scale_where_a_reader_is_looked_for_is_named(bench: Bench) -> None:
    scale = bench.scale(model("yaohua-continuous", "9600 8N1"))
    done = edge("scan", port_of(scale.source), "--kind", "reader")
    assert done.returncode == 1
    named = "that is a scale, yaohua-continuous at 9600 8N1: scan again with --kind scale\n"
    assert done.stdout == named


def test_bytes_of_nobody_are_shown(bench: Bench) -> None:
    scale = bench.scale(model("yaohua-continuous", "4800 8N1"))
    done = edge("scan", port_of(scale.source), "--seconds", "0.5", "--baud", "9600")
    assert (done.returncode, "no protocol fits" in done.stdout) == (1, True)
    assert "  9600 8N1: " in done.stdout


def test_lines_of_text_that_nobody_knows_are_described_to_generic(bench: Bench) -> None:
    scale = bench.scale(IndicatorModel(protocol="generic", options={"template": "Wt:{weight:8} x"}))
    port = port_of(scale.source)
    told = "generic reads them, -o 'template={skip:3}{weight:8}{skip:2}'"
    done = edge("scan", port, "--seconds", "0.5", "--baud", "9600", "--no-ask")
    assert (done.returncode, told in done.stdout) == (1, True)
    done = edge("tail", port, "mt-sics", "--seconds", "1")
    assert (done.returncode, told in done.stderr) == (0, True)


def test_a_scale_that_says_motion_is_to_be_watched(bench: Bench) -> None:
    scale = bench.scale(model("toledo-continuous", "9600 8N1"))
    done = edge("scan", port_of(scale.source), "--baud", "9600", "--seconds", "1")
    assert (done.returncode, "stable must turn to moving" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["scan", "ftp://x"], 2, "source 'ftp://x'"),
        (["scan", "/dev/none"], 1, "/dev/none: no such port; check plug"),
        (["scan", "mqtt://gate"], 2, "mqtt://gate: comes over the broker"),
        (["scan", "socket://127.0.0.1:1"], 1, "socket://127.0.0.1:1: "),
        (["tail"], 2, "give a PORT and a PROTOCOL, or --config"),
        (["tail", "/dev/none", "toledo"], 2, "unknown protocol"),
        (["tail", "/dev/none", "em4100"], 1, "/dev/none: no such port; check plug"),
        (["tail", "ftp://x", "em4100"], 2, "source 'ftp://x'"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], code: int, says: str) -> None:
    done = edge(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr


def test_a_port_that_another_program_holds_is_said_to_be_in_use(bench: Bench) -> None:
    source = bench.scale(IndicatorModel()).source
    with Path(source).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = [edge("scan", source), edge("tail", source, "yaohua-continuous")]
    assert [one.returncode for one in done] == [1, 1]
    assert all(f"{source}: in use by {os.getpid()}, " in one.stderr for one in done)


def test_a_unit_that_is_not_the_default_is_in_the_settings(bench: Bench) -> None:
    tonnes = IndicatorModel(protocol="and-standard", range=Range(unit="t"))
    done = edge("scan", port_of(bench.scale(tonnes, Socket("rfc2217")).source))
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith('protocol = "and-standard"\nunit = "t"\n')


def test_tail_shows_bytes_beside_readings(bench: Bench) -> None:
    scale = bench.scale(IndicatorModel())
    done = edge("tail", scale.source, "yaohua-continuous", "--seconds", "1")
    assert done.returncode == 0, done.stderr
    assert "02 2b 30 30 30 30 30 30 30 31 42 03" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(".+00000001B.      0")
    assert "0 bad" in done.stderr.splitlines()[-1]


def test_tail_asks_a_scale_of_the_settings(bench: Bench, tmp_path: Path) -> None:
    scale = bench.scale(model("yaohua-command", "9600 8N1"))
    config = tmp_path / "lane.toml"
    assert edge("init", str(config)).returncode == 0
    text = config.read_text().replace(
        '#protocol = "yaohua-continuous"', 'protocol = "yaohua-command"'
    )
    indicator = "serial:///dev/serial/by-id/usb-indicator?baudrate=9600"
    config.write_text(text.replace(indicator, scale.source))
    done = edge("tail", "--config", str(config), "--seconds", "1", "--json")
    found = [item for line in done.stdout.splitlines() for item in json.loads(line)["found"]]
    assert {item["weight"] for item in found} == {"0"}
    assert edge("tail", "--config", str(config), "--device", "other").returncode == 2


def test_tail_names_the_right_line_and_bad_frames(bench: Bench) -> None:
    scale = bench.scale(model("toledo-continuous", "9600 7E1"), Socket("rfc2217"))
    done = edge("tail", port_of(scale.source), "toledo-continuous", "--seconds", "1")
    assert "warning: bit 7 carries parity: set the line to 7E1" in done.stdout
    scale.faults.bit_error = 0.01
    done = edge("tail", port_of(scale.source), "toledo-continuous", "--seconds", "2")
    assert "bad frame" in done.stdout


def test_whoever_stops_reading_tails_output_is_no_trouble_of_the_port(bench: Bench) -> None:
    source = bench.scale(IndicatorModel()).source
    command = [sys.executable, "-m", "edge", "tail", source, "yaohua-continuous"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as tail:
        assert tail.stdout is not None
        assert tail.stderr is not None
        assert tail.stdout.readline()
        tail.stdout.close()
        said = tail.stderr.read()
    assert said == f"{source}: yaohua-continuous; Ctrl-C ends\n"
