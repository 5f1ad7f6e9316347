"""The simulators as programs: started, killed and started again by the demo's supervisor."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import serial  # type: ignore[import-untyped]  # it ships without types

from edge.io.byte_source import parse_source
from simulators.demo.programs import Program, ProgramFailed, Supervisor
from simulators.phone import PhoneProvider
from simulators.ports import HeldPort, hold_any_port
from simulators.web import WebServer
from taigan.exit_codes import FAILED

ORDER = {
    "id": "TG1",
    "amount_minor": 273_703,
    "currency": "CNY",
    "payee": {"name": "王伟", "account": "6222020000001", "bank_code": "102100099996"},
    "reference": "freight O-1",
}
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


@pytest.fixture
def held() -> HeldPort:
    return hold_any_port()


@pytest.fixture
def port(held: HeldPort) -> int:
    return held.number


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    started = Supervisor(tmp_path)
    yield started
    started.stop_all()


def the_bank(port: int, folder: Path) -> Program:
    arguments = (
        "bank",
        f"--port={port}",
        f"--book={folder / 'bank.db'}",
        "--callback-url=http://127.0.0.1:9/api/v1/callbacks/bank",
        f"--callback-secret={SECRET}",
    )
    return Program("bank", "simulators", arguments, f"http://127.0.0.1:{port}/readyz")


def the_phone(port: int, folder: Path) -> Program:
    arguments = ("phone", f"--port={port}", f"--inbox={folder / 'phone.db'}")
    return Program("phone", "simulators", arguments, f"http://127.0.0.1:{port}/readyz")


def test_a_killed_bank_remembers_what_it_paid(
    supervisor: Supervisor, port: int, tmp_path: Path
) -> None:
    supervisor.start(the_bank(port, tmp_path))
    supervisor.wait_ready("bank")
    url = f"http://127.0.0.1:{port}"
    headers = {"Idempotency-Key": "TG1"}
    httpx2.post(f"{url}/transfers", json=ORDER, headers=headers)
    supervisor.kill("bank")
    supervisor.restart("bank")
    assert httpx2.get(f"{url}/transfers/TG1").json() == {"id": "TG1", "status": "paid"}
    assert httpx2.post(f"{url}/transfers", json=ORDER, headers=headers).status_code == 200
    assert httpx2.get(f"{url}/book").json()["balance_minor"] == -273_703


def test_a_killed_phone_keeps_its_messages(
    supervisor: Supervisor, port: int, tmp_path: Path
) -> None:
    supervisor.start(the_phone(port, tmp_path))
    supervisor.wait_ready("phone")
    url = f"http://127.0.0.1:{port}/messages"
    notice = {"to": "13900001234", "text": "paid", "id": "n-1"}
    httpx2.post(url, json=notice, headers={"Authorization": "Bearer any"})
    supervisor.kill("phone")
    supervisor.restart("phone")
    assert [message["id"] for message in httpx2.get(url).json()["items"]] == ["n-1"]


def test_a_program_that_ends_by_itself_is_reported_with_its_last_words(
    supervisor: Supervisor, port: int, tmp_path: Path
) -> None:
    program = the_bank(port, tmp_path)
    wrong = Program("bank", program.module, (*program.arguments, "--nonsense"), program.ready_url)
    supervisor.start(wrong)
    with pytest.raises(ProgramFailed, match="--nonsense"):
        supervisor.wait_ready("bank")


@pytest.fixture
def stranger() -> Iterator[int]:
    """Yield the port of a program that is not ours and answers as ours would."""
    provider = PhoneProvider(":memory:", "secret")
    server = WebServer(0, provider.routes())
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    provider.close()


def test_a_stranger_that_answers_in_place_of_a_program_is_not_believed(
    supervisor: Supervisor, stranger: int, tmp_path: Path
) -> None:
    program = the_phone(stranger, tmp_path)
    assert program.ready_url is not None
    assert httpx2.get(program.ready_url).is_success
    supervisor.start(program)
    with pytest.raises(ProgramFailed, match="Address already in use"):
        supervisor.wait_ready("phone")


def test_a_running_program_is_not_started_twice(
    supervisor: Supervisor, port: int, tmp_path: Path
) -> None:
    supervisor.start(the_phone(port, tmp_path))
    with pytest.raises(ValueError, match="running already"):
        supervisor.start(the_phone(port, tmp_path))


def test_programs_end_when_their_demo_is_killed(port: int, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from simulators.demo.programs import Program, Supervisor\n"
        "url = f'http://127.0.0.1:{sys.argv[1]}/readyz'\n"
        "supervisor = Supervisor(pathlib.Path(sys.argv[2]))\n"
        "supervisor.start(Program('phone', 'simulators', ('phone', '--port', sys.argv[1]), url))\n"
        "supervisor.wait_ready('phone')\n"
        "print(supervisor.pid('phone'), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(port), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as demo:
        assert demo.stdout is not None
        pid = int(demo.stdout.readline())
        handle = os.pidfd_open(pid)
        demo.kill()
        ended, _, _ = select.select([handle], [], [], 10)
        os.close(handle)
    assert ended == [handle]


def test_a_command_gives_its_output_or_its_reason(supervisor: Supervisor) -> None:
    assert "demo" in supervisor.run("help", "simulators", ("--help",))
    with pytest.raises(ProgramFailed, match="No such command"):
        supervisor.run("wrong", "simulators", ("fly",))


@pytest.mark.parametrize("arguments", [("demo", "--bank-faults=speed=1"), ("demo", "--trucks=0")])
def test_a_wrong_option_is_refused_before_anything_starts(arguments: tuple[str, str]) -> None:
    command = [sys.executable, "-m", "simulators", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert arguments[1].partition("=")[0] in done.stderr


def test_a_demo_does_not_take_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        command = [sys.executable, "-m", "simulators", "demo", f"--port={port}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == FAILED
    assert f"port {port} is taken" in done.stderr


@pytest.mark.parametrize("name", ["bank", "phone", "scale"])
def test_a_port_that_is_taken_is_one_line_and_no_wrong_usage(name: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        arguments = {
            "bank": the_bank(port, tmp_path).arguments,
            "phone": the_phone(port, tmp_path).arguments,
            "scale": ("scale", "yaohua-continuous", "--on=tcp", f"--port={port}"),
        }
        done = run_sim(*arguments[name])
    assert (done.returncode, done.stderr.count("\n")) == (FAILED, 1)
    assert "Address already in use" in done.stderr
    assert str(port) in done.stderr


def test_a_demo_does_not_mix_with_an_earlier_one(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    command = [sys.executable, "-m", "simulators", "demo", f"--dir={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "earlier run" in done.stderr


def test_help_loads_no_web_server_and_no_database() -> None:
    code = (
        "import sys, simulators.__main__\n"
        "heavy = {'fastapi', 'sqlalchemy', 'pymodbus', 'httpx2', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_devices_alone_say_where_they_are(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulators", "devices", f"--dir={tmp_path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines: list[str] = []
        while sum(line == "[display]\n" for line in lines) < 4:
            lines.append(running.stdout.readline())
        first = "".join(lines).split("# ")[1].removeprefix("mine-in\n")
        scale = tomllib.loads(first)["scale"]
        assert (scale["protocol"], scale["unit"]) == ("toledo-continuous", "kg")
        source = Path(parse_source(scale["source"]).url)
        assert source.is_char_device()
        running.send_signal(signal.SIGINT)
        running.stdout.read()
    assert running.returncode == 0
    assert not source.exists()


def run_sim(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulators", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_scale_alone_says_where_it_is_and_is_gone_with_its_program(tmp_path: Path) -> None:
    link = tmp_path / "scale"
    command = [sys.executable, "-m", "simulators", "scale", "toledo-continuous"]
    command += ["-o", "dummy_zero=append", f"--link={link}", "--load-kg=0:0,1:0,2:48560,600:48560"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "[scale]\n"
        with serial.Serial(str(link), 9600, timeout=5) as port:
            data = port.read_until(b" 048560\r")
        assert data.endswith(b" 048560\r")
        running.send_signal(signal.SIGINT)
        assert 'options]\ndummy_zero = "append"' in running.stdout.read()
    assert running.returncode == 0
    assert not link.exists()


def test_a_plug_that_is_pulled_now_and_then_comes_back(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    command = [sys.executable, "-m", "simulators", "reader", "em4100", "--tag=0100630A01"]
    command += [f"--link={link}", "--unplug-every-s=0.5", "--seconds=6"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        seen: list[bool] = []
        while running.poll() is None:
            if not seen or link.exists() != seen[-1]:
                seen.append(link.exists())
            threading.Event().wait(0.05)
        assert running.stdout is not None
        assert "em4100" in running.stdout.read()
    assert running.returncode == 0
    assert seen.count(True) >= 2


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("scale", "keli"), "unknown protocol 'keli'"),
        (("scale", "toledo-continuous", "-o", "dummy_zero"), "key=value"),
        (("scale", "toledo-continuous", "-o", "dummy=1"), "option 'dummy'"),
        (("scale", "toledo-continuous", "--line=9600"), "such as"),
        (("scale", "toledo-continuous", "--load-kg=heavy"), "expected kg"),
        (("scale", "yaohua-continuous", "--max-kg=2000000"), "does not fit"),
        (("scale", "toledo-continuous", "--faults=torn"), "fault 'torn'"),
        (("reader", "em4100", "--tag=12"), "'12'"),
        (("scale", "toledo-continuous", "--load-kg=inf"), "expected kg"),
        (("scale", "toledo-continuous", "--port=7"), "port 7: a pseudo-terminal has none"),
        (("devices", "--dir=/etc/passwd"), "/etc/passwd"),
        (("devices", "--dir=x", "--scale=mine-in=slash"), "decimal"),
        (("devices", "--dir=x", "--scale=mine-in"), "LANE=PROTOCOL"),
        (("devices", "--dir=x", "--scale=home=sma"), "LANE=PROTOCOL"),
        (("devices", "--dir=x", "--reader=mine-in=em4100,x=1"), "option 'x'"),
        (("demo", "--scale=mine-in=keli"), "unknown protocol 'keli'"),
    ],
)
def test_a_device_that_cannot_be_is_named(arguments: tuple[str, ...], named: str) -> None:
    done = run_sim(*arguments)
    assert done.returncode == 2
    assert named in " ".join(done.stderr.replace("│", "").split())
