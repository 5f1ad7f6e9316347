"""The command line as a user meets it: data on standard output, talk on standard error."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from edge.box.box import Box
from edge.box.parts import CannotStart
from edge.commands import check_signatures
from edge.config import PUBLISHED_KEY, Settings
from edge.journal.file import open_for_reading, open_journal
from edge.journal.journal import Identity
from edge.keys import create_key, load_key
from edge.lane.effects import Write
from edge.messages import TruckArrived
from taigan.exit_codes import FAILED, WRONG_SETTINGS
from taigan.settings import load
from tests.integration.edge.conftest import MakeSettings
from tests.integration.edge.identities import IDENTITY
from tests.unit.edge.lanes import STOP_ID, instant

FRAME = "022B30303135363030313903"
EXAMPLE = Path(__file__).parents[3] / "deploy" / "lane.example.toml"


def edge(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "edge", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)


def settings_file(tmp_path: Path) -> Path:
    text = EXAMPLE.read_text().replace("/var/lib/taigan", str(tmp_path))
    key = base64.b64encode(IDENTITY.key.public_key().public_bytes_raw()).decode()
    text = text.replace(PUBLISHED_KEY, key)  # which `run` refuses
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


@pytest.mark.parametrize("stdin", [b"", b"\x02+0015600", bytes.fromhex("022B30303030303030314403")])
def test_bytes_without_any_reading_end_with_one(stdin: bytes) -> None:
    done = edge("decode", "yaohua-continuous", stdin=stdin)
    assert (done.returncode, done.stdout) == (1, b"")
    assert f"no reading: {len(stdin)} bytes".encode() in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("protocol", "sent", "says"),
    [
        ("and-standard", b"ST,GS,+ 1 460 kg\r\n" * 3, "bad frame (malformed)"),
        ("mt-sics", b"ST,GS,+00146.0kg\r\n" * 3, "hint: the bytes read as and-standard"),
        ("mt-sics", b"Wt:  1234.5 x\r\n" * 3, "hint: lines of text: the protocol generic reads"),
        ("mt-sics", b"\xaa\x55\x12\x34\x00\x07" * 3, "hint: frames of 6 bytes: describe them"),
    ],
)
def test_bytes_that_do_not_fit_end_with_one_and_what_to_try(
    protocol: str, sent: bytes, says: str
) -> None:
    done = edge("decode", protocol, stdin=sent)
    assert (done.returncode, done.stdout) == (1, b"")
    assert says in done.stderr.decode()


def test_a_card_is_decoded_with_its_option() -> None:
    done = edge("decode", "em4100", "-o", "checksum=false", "--hex", "02353030303843303839310D0A03")
    assert json.loads(done.stdout) == {"tag": "50008C0891", "decimal": 9177233}


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
    assert len(other.stdout.splitlines()) == 3, "what the key of before signed is still shown"
    journal.close()


def test_a_journal_that_is_being_checked_can_be_written(make_settings: MakeSettings) -> None:
    settings = make_settings()
    key = load_key(settings.signing.key_file)
    identity = Identity(yard="mine", lane="in", key=key, boot_id="b")
    journal = open_journal(settings.journal.path, identity, "a" * 16)
    content = {"stop_id": STOP_ID, "tag": "AAAA", "zero_before_kg": 0}
    records = [Write(TruckArrived, UUID(int=number), content) for number in range(1, 702)]
    journal.append(records[:700], instant())
    reader = open_for_reading(settings.journal.path)

    def write_between_pages(statement: str) -> None:
        if "seq > 500" in statement:
            journal.append(records[700:], instant())

    reader.set_trace_callback(write_between_pages)
    check_signatures(reader, key.public_key())
    assert journal.seq == 701
    reader.close()
    journal.close()


def test_wrong_settings_are_named_field_by_field(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    config.write_text(config.read_text().replace("e_kg = 20", "e_kg = 0\nspeed = 1"))
    done = edge("run", "--config", str(config))
    assert done.returncode == WRONG_SETTINGS
    assert b"scale.e_kg" in done.stderr
    assert f"{config}: scale.speed: unknown key\n".encode() in done.stderr
    assert edge("run", "--config", str(tmp_path / "none.toml")).returncode == WRONG_SETTINGS


def test_what_is_wrong_with_several_keys_together_names_the_file(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    config.write_text(config.read_text() + '[[readers]]\nsource = "/dev/x"\n' * 2)
    done = edge("run", "--config", str(config))
    assert f"{config}: readers: each needs a name of its own".encode() in done.stderr


def test_a_wrong_variable_is_named_instead_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAIGAN_PLC__POLL", "7")
    done = edge("doctor", "--config", str(settings_file(tmp_path)))
    assert (done.returncode, done.stderr) == (WRONG_SETTINGS, b"TAIGAN_PLC__POLL: unknown key\n")


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_a_file_that_is_not_utf_8_is_said_in_one_line(tmp_path: Path, encoding: str) -> None:
    config = settings_file(tmp_path)
    config.write_text(f"# 地磅\n{config.read_text()}", encoding=encoding)
    done = edge("doctor", "--config", str(config))
    assert (done.returncode, done.stderr.count(b"\n")) == (WRONG_SETTINGS, 1)
    assert b"save it as UTF-8" in done.stderr


INDICATOR = "serial:///dev/serial/by-id/usb-indicator?baudrate=9600"
READER = "serial:///dev/serial/by-id/usb-reader?baudrate=9600"
SHARED = 'mqtt://gate"\n[[readers]]\nname = "other"\nsource = "mqtt://gate'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("tcp://192.0.2.11:502", "udp://x", "plc: source 'udp://x'"),
        ("tcp://192.0.2.11:502", "tcp://h:99999", "plc: source 'tcp://h:99999'"),
        (INDICATOR, "ftp://x", "scale: source 'ftp://x'"),
        (READER, "mqtt://Up", "readers.card: source 'mqtt://Up'"),
        ('# protocol = "em4100"', 'protocol = "smoke"', "readers.card: unknown protocol"),
        ('# protocol = "em4100"', "rssi_dbm_min = -60", "readers.card: rssi_dbm_min: em4100"),
        (READER, SHARED, "readers.other: source 'mqtt://gate': another part"),
        ("{folder}/journal.db", "/proc/no/journal.db", "journal.path: "),
        ("{folder}/journal.db", "{folder}", "journal.path: "),
        ("{folder}/lane-signing.pem", "{folder}/none.pem", "signing.key_file: "),
        ("[mqtt]", '[mqtt.tls]\nca = "/no/ca.pem"\n[mqtt]', "mqtt.tls: "),
    ],
)
def test_a_box_whose_settings_cannot_be_had_names_the_field(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    create_key(tmp_path / "lane-signing.pem")
    config = settings_file(tmp_path)
    text = config.read_text().replace("[mqtt.tls]\nca =", "#")
    old, new = old.format(folder=tmp_path), new.format(folder=tmp_path)
    assert old in text
    config.write_text(text.replace(old, new))
    with pytest.raises(CannotStart, match=re.escape(says)):
        Box(load(config, Settings))


def test_a_box_whose_journal_cannot_be_had_now_is_started_again(tmp_path: Path) -> None:
    create_key(tmp_path / "lane-signing.pem")
    config = settings_file(tmp_path)
    text = config.read_text().replace("[mqtt.tls]\nca =", "#")
    config.write_text(text.replace(f"{tmp_path}/journal.db", "/proc/no/journal.db"))
    done = edge("run", "--config", str(config))
    assert (done.returncode, b"journal.path: " in done.stderr) == (FAILED, True)


def test_a_box_that_cannot_start_says_so_in_one_line(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    config.write_text(config.read_text().replace("[mqtt.tls]\nca =", "#"))
    done = edge("run", "--config", str(config))
    assert (done.returncode, done.stderr.count(b"\n")) == (WRONG_SETTINGS, 1)
    assert b"signing.key_file: " in done.stderr
    assert b"taigan-edge keygen" in done.stderr
