"""The command line as a user meets it: data on standard output, talk on standard error."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from edge.journal import Identity
from edge.journal_file import open_journal
from edge.keys import load_key
from edge.lane.effects import Write
from edge.messages import TruckArrived
from tests.unit.edge.lanes import STOP_ID, instant

FRAME = "022B30303135363030313903"
EXAMPLE = Path(__file__).parents[3] / "deploy" / "lane.example.toml"


def edge(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "edge", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)


def settings_file(tmp_path: Path) -> Path:
    text = EXAMPLE.read_text().replace("/var/lib/taigan", str(tmp_path))
    path = tmp_path / "lane.toml"
    path.write_text(text)
    return path


def test_a_frame_on_standard_input_is_one_json_object() -> None:
    done = edge("decode", "yaohua-continuous", stdin=bytes.fromhex(FRAME))
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {
        "weight": "1560",
        "unit": None,
        "stable": None,
        "mode": None,
        "overload": None,
        "underload": None,
    }


def test_hex_can_be_given_instead_and_bad_frames_are_named_on_standard_error() -> None:
    done = edge("decode", "yaohua-continuous", "--hex", "022B30303030303030314403" + FRAME)
    assert len(done.stdout.splitlines()) == 1
    assert b"checksum" in done.stderr


def test_a_card_is_decoded_with_its_option() -> None:
    done = edge("decode", "em4100", "-o", "checksum=false", "--hex", "02353030303843303839310D0A03")
    assert json.loads(done.stdout) == {"tag": "50008C0891"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing"], b"unknown protocol 'nothing'"),
        (["em4100", "-o", "speed=1"], b"'speed'"),
        (["em4100", "-o", "checksum"], b"key=value"),
        (["em4100", "--hex", "0"], b"--hex"),
    ],
)
def test_wrong_usage_is_said_in_one_line(arguments: list[str], says: bytes) -> None:
    done = edge("decode", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert says in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_keygen_makes_a_key_once_and_prints_its_public_half(tmp_path: Path) -> None:
    config = str(settings_file(tmp_path))
    first = edge("keygen", "--config", config)
    assert (first.returncode, len(first.stdout)) == (0, 45)
    assert edge("keygen", "--config", config).stdout == first.stdout
    (tmp_path / "lane-signing.pem").chmod(0o644)
    assert edge("keygen", "--config", config).returncode == 1


def test_the_journal_is_checked_and_its_tail_printed(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    assert b"no journal yet" in edge("journal", "--config", str(config)).stderr
    edge("keygen", "--config", str(config))
    key = load_key(tmp_path / "lane-signing.pem")
    identity = Identity(yard="mine", lane="mine-in", key=key, boot_id="b")
    journal = open_journal(tmp_path / "journal.db", identity, "a" * 16)
    content = {"stop_id": STOP_ID, "tag": "AAAA", "zero_before_kg": 0}
    for number in range(3):
        journal.append([Write(TruckArrived, UUID(int=number + 1), content)], instant())
    done = edge("journal", "--config", str(config), "--tail", "2")
    assert [json.loads(line)["seq"] for line in done.stdout.splitlines()] == [2, 3]
    assert b"3 records, chain and signatures hold" in done.stderr
    (tmp_path / "lane-signing.pem").unlink()
    edge("keygen", "--config", str(config))
    other = edge("journal", "--config", str(config))
    assert (other.returncode, b"record 1 was signed by key" in other.stderr) == (1, True)
    journal.close()


def test_wrong_settings_are_named_field_by_field(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    config.write_text(config.read_text().replace("e_kg = 20", "e_kg = 0\nspeed = 1"))
    done = edge("run", "--config", str(config))
    assert done.returncode == 2
    assert b"scale.e_kg" in done.stderr
    assert b"scale.speed" in done.stderr
    assert edge("run", "--config", str(tmp_path / "none.toml")).returncode == 2


def test_a_box_without_a_key_does_not_start(tmp_path: Path) -> None:
    done = edge("run", "--config", str(settings_file(tmp_path)))
    assert done.returncode == 1
    assert b"taigan-edge keygen" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("tcp://192.0.2.11:502", "udp://x", b"plc.source"),
        ("serial:///dev/serial/by-id/usb-indicator?baudrate=9600", "ftp://x", b"ftp://x"),
        ("serial:///dev/serial/by-id/usb-reader?baudrate=9600", "mqtt://Up", b"mqtt://Up"),
        ('# protocol = "em4100"', 'protocol = "wiegand"', b"wiegand"),
    ],
)
def test_a_box_with_a_source_that_cannot_be_does_not_start(
    tmp_path: Path, old: str, new: str, says: bytes
) -> None:
    config = settings_file(tmp_path)
    edge("keygen", "--config", str(config))
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new).replace("[mqtt.tls]\nca =", "#"))
    done = edge("run", "--config", str(config))
    assert done.returncode == 1
    assert says in done.stderr
