"""The doctor over real ports, a real broker's handshake, a real journal; nothing is moved."""

import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from edge.commissioning.check_box import check_box
from edge.commissioning.check_network import check_network
from edge.commissioning.check_ports import check_ports
from edge.config import Settings
from edge.journal.file import WrongJournal, open_journal
from simulators.bench import Bench, Socket
from simulators.indicator import IndicatorModel
from simulators.uart import UartSettings
from taigan.mqtt_hello import connect_packet
from tests.integration.edge.commissioning.conftest import Broker
from tests.integration.edge.commissioning.findings_of import found
from tests.integration.edge.conftest import MakeSettings
from tests.integration.edge.identities import IDENTITY


def scale(settings: Settings, check: str = "scale") -> tuple[str, str]:
    (one,) = found(check_ports(settings), check)
    return one


def test_a_scale_at_zero_is_well(bench: Bench, make_settings: MakeSettings) -> None:
    settings = make_settings(scale={"source": bench.scale(IndicatorModel()).source})
    findings = list(check_ports(settings))
    assert found(iter(findings), "scale")[0][0] == "ok"
    assert found(iter(findings), "scale weight") == [("ok", "shows 0")]


def test_a_scale_that_says_too_little_is_named(bench: Bench, make_settings: MakeSettings) -> None:
    slow = bench.scale(IndicatorModel(), rate_hz=3)
    assert scale(make_settings(scale={"source": slow.source}))[0] == "warn"
    polled = bench.scale(IndicatorModel(protocol="yaohua-command"))
    settings = make_settings(scale={"source": polled.source, "protocol": "yaohua-command"})
    assert scale(settings) == ("ok", "answers, 0 bad frames")


def test_a_loaded_deck_is_no_zero(bench: Bench, make_settings: MakeSettings) -> None:
    running = bench.scale(IndicatorModel())
    running.show(1560)
    settings = make_settings(scale={"source": running.source})
    assert scale(settings, "scale weight")[0] == "warn"


def test_a_division_that_does_not_fit_is_named(bench: Bench, make_settings: MakeSettings) -> None:
    running = bench.scale(IndicatorModel())
    running.show(1560)
    settings = make_settings(scale={"source": running.source, "e_kg": 50})
    assert scale(settings, "scale weight") == ("fail", "shows 1560: weight_not_multiple_of_e")


@pytest.mark.filterwarnings("ignore:set(Daemon|Name)")  # pyserial's RFC 2217 port
def test_parity_bits_name_the_right_source(bench: Bench, make_settings: MakeSettings) -> None:
    model = IndicatorModel(protocol="toledo-continuous", line=UartSettings.parse("9600 7E1"))
    source = bench.scale(model, Socket("rfc2217")).source.partition("?")[0]
    settings = make_settings(scale={"source": source, "protocol": "toledo-continuous"})
    (line,) = [one for one in check_ports(settings) if one.check == "scale line"]
    assert (line.level, line.fix) == (
        "warn",
        f'source = "{source}?baudrate=9600&bytesize=7&parity=E&stopbits=1"',
    )


def test_the_wrong_protocol_is_sent_to_scan(bench: Bench, make_settings: MakeSettings) -> None:
    source = bench.scale(IndicatorModel()).source
    settings = make_settings(scale={"source": source, "protocol": "mt-sics"})
    level, detail = scale(settings)
    assert (level, "no frame of this protocol" in detail) == ("fail", True)


def test_a_silent_scale_fails_and_a_silent_reader_does_not(
    bench: Bench, make_settings: MakeSettings
) -> None:
    running = bench.scale(IndicatorModel())
    running.faults.silent = True
    source = running.source
    assert scale(make_settings(scale={"source": source})) == ("fail", "it says nothing")
    settings = make_settings(readers=[{"source": source}])
    assert found(check_ports(settings), "reader card")[0][0] == "ok"


def test_a_port_that_is_not_there_is_named(make_settings: MakeSettings, tmp_path: Path) -> None:
    assert scale(make_settings()) == ("fail", f"{tmp_path / 'scale'}: no such port")


def test_a_port_that_another_program_holds_is_left_to_it(
    bench: Bench, make_settings: MakeSettings
) -> None:
    source = bench.scale(IndicatorModel()).source
    with Path(source).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        level, detail = scale(make_settings(scale={"source": source}))
    assert level == "fail"
    assert f"in use by process {os.getpid()}" in detail


def test_options_that_a_protocol_does_not_have_fail(make_settings: MakeSettings) -> None:
    level, detail = scale(make_settings(scale={"source": "/dev/none", "options": {"speed": 1}}))
    assert (level, "'speed'" in detail) == ("fail", True)


def test_what_comes_over_the_broker_has_no_port(make_settings: MakeSettings) -> None:
    assert scale(make_settings(scale={"source": "mqtt://scale-1"}))[0] == "ok"


def test_the_journal_is_read_while_a_box_has_it(make_settings: MakeSettings) -> None:
    settings = make_settings(yard=IDENTITY.yard, lane=IDENTITY.lane)
    journal = open_journal(settings.journal.path, IDENTITY, "a" * 16)
    before = settings.journal.path.read_bytes()
    ((level, detail),) = found(check_box(settings), "journal")
    assert (level, detail.endswith("the chain holds, in use by a running box")) == ("ok", True)
    assert settings.journal.path.read_bytes() == before
    journal.close()


def test_another_lanes_journal_and_a_damaged_one_fail(make_settings: MakeSettings) -> None:
    settings = make_settings(yard=IDENTITY.yard, lane="other")
    open_journal(settings.journal.path, IDENTITY, "a" * 16).close()
    assert found(check_box(settings), "journal")[0][0] == "fail"
    settings.journal.path.write_bytes(b"no database" * 100)
    assert found(check_box(settings), "journal")[0][0] == "fail"


def test_a_journal_of_another_version_is_not_called_damaged(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_another_version(_: object) -> int:
        raise WrongJournal("record 4 is of another version of the program")

    settings = make_settings(yard=IDENTITY.yard, lane=IDENTITY.lane)
    open_journal(settings.journal.path, IDENTITY, "a" * 16).close()
    monkeypatch.setattr("edge.commissioning.check_box.check_chain", of_another_version)
    (journal,) = [one for one in check_box(settings) if one.check == "journal"]
    assert (journal.level, "damaged" in journal.fix) == ("fail", False)


def test_a_folder_that_is_still_to_be_made_is_not_measured(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings(journal={"path": str(tmp_path / "none" / "journal.db")})
    findings = list(check_box(settings))
    assert found(iter(findings), "journal")[0][0] == "fail"
    assert found(iter(findings), "sqlite") == []


def test_a_file_is_no_folder(make_settings: MakeSettings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = make_settings(journal={"path": str(tmp_path / "file" / "journal.db")})
    findings = list(check_box(settings))
    assert found(iter(findings), "journal") == [("fail", f"{tmp_path}/file: no folder")]
    assert found(iter(findings), "sqlite") == []


def test_a_journal_that_cannot_be_opened_is_not_called_damaged(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    (tmp_path / "journal.db").mkdir()
    (journal,) = [one for one in check_box(make_settings()) if one.check == "journal"]
    assert (journal.level, "damaged" in journal.fix) == ("fail", False)


def test_pictures_need_a_folder_with_room(make_settings: MakeSettings, tmp_path: Path) -> None:
    camera = {"name": "front", "protocol": "dahua-snap", "source": "http://127.0.0.1:1"}
    (tmp_path / "file").touch()

    def told(folder: str, free_mb_min: int) -> str:
        pictures = {"directory": str(tmp_path / folder), "free_mb_min": free_mb_min}
        settings = make_settings(cameras=[camera], pictures=pictures)
        return found(check_box(settings), "pictures")[0][0]

    assert told("new", 0) == "ok"
    assert told("new", 10**9) == "warn"
    assert told("file/new", 0) == "fail"
    assert not (tmp_path / "new").exists()


def test_a_key_that_others_may_read_fails_with_the_command_that_helps(
    make_settings: MakeSettings,
) -> None:
    settings = make_settings()
    assert found(check_box(settings), "signing key")[0][0] == "ok"
    settings.signing.key_file.chmod(0o644)
    (key,) = [one for one in check_box(settings) if one.check == "signing key"]
    assert (key.level, key.fix) == ("fail", f"chmod 600 {settings.signing.key_file}")


def test_little_space_warns_and_too_little_fails(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    statvfs = os.statvfs(tmp_path)
    free_mb = statvfs.f_bavail * statvfs.f_frsize // 1_000_000
    path = str(tmp_path / "journal.db")
    tight = make_settings(journal={"path": path, "free_mb_min": free_mb // 2})
    full = make_settings(journal={"path": path, "free_mb_min": free_mb * 2})
    assert found(check_box(tight), "disk")[0][0] == "warn"
    assert found(check_box(full), "disk")[0][0] == "fail"


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for a second answer of a broker that gives one."""
    monkeypatch.setattr("edge.commissioning.check_gateway_key.WAIT_S", 0.1)


@pytest.mark.parametrize(
    ("answer", "level", "says"),
    [
        (b"\x20\x02\x00\x00", "ok", "logged in"),
        (b"\x20\x02\x00\x04", "fail", "bad user name or password"),
        (b"\x20\x02\x00\x99", "fail", "code 153"),
        (b"HTTP/1.1 400", "fail", "something else than MQTT"),
        (b"\x20", "fail", "it hung up"),
    ],
)
@pytest.mark.usefixtures("short_wait")
def test_the_broker_is_asked_to_let_the_lane_in(
    make_settings: MakeSettings, broker: Broker, answer: bytes, level: str, says: str
) -> None:
    settings = make_settings(mqtt={"host": "127.0.0.1", "port": broker(answer)})
    ((found_level, detail),) = found(check_network(settings), "broker")
    assert (found_level, says in detail) == (level, True)


def test_a_broker_that_is_not_there_and_one_without_tls_fail(
    make_settings: MakeSettings, broker: Broker, tmp_path: Path
) -> None:
    assert found(check_network(make_settings()), "broker")[0][0] == "fail"
    tls = {"ca": str(tmp_path / "ca.pem")}
    (tmp_path / "ca.pem").write_text("no certificate")
    settings = make_settings(mqtt={"host": "127.0.0.1", "port": broker(b""), "tls": tls})
    findings = list(check_network(settings))
    assert found(iter(findings), "mqtt.tls.ca")[0] == ("fail", f"{tls['ca']}: no certificate in it")
    assert found(iter(findings), "broker") == []  # with such a file nobody lets us in


def test_the_login_is_in_the_connect_packet(make_settings: MakeSettings) -> None:
    mqtt: dict[str, Any] = {"host": "h", "username": "mine/in", "password": "p" * 120}
    packet = connect_packet(make_settings(mqtt=mqtt).mqtt, "doctor-mine-in")
    assert packet.startswith(b"\x10\x9d\x01\x00\x04MQTT\x04\xc2\x00\x0a\x00\x0edoctor-mine-in")
    assert len(packet) == 3 + 0x1D + 128


def test_a_player_that_is_not_installed_is_named(make_settings: MakeSettings) -> None:
    settings = make_settings(voice={"command": "no-such-player -q"})
    assert found(check_network(settings), "voice") == [("fail", "no-such-player: no such program")]


def test_the_command_ends_with_1_if_anything_fails(tmp_path: Path) -> None:
    config = tmp_path / "lane.toml"
    command = [sys.executable, "-m", "edge"]
    subprocess.run([*command, "init", str(config)], check=True, capture_output=True)
    config.write_text(config.read_text().replace("/var/lib/taigan", str(tmp_path)))
    done = subprocess.run(
        [*command, "doctor", "--config", str(config), "--json"],
        capture_output=True,
        check=False,
        timeout=120,
    )
    forms = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, b"failed" in done.stderr) == (1, True)
    assert {"python", "clock", "disk", "sqlite", "scale", "plc", "broker"} <= {
        form["check"] for form in forms
    }
    assert all(form["fix"] for form in forms if form["level"] != "ok")


NO_TAG = bytes.fromhex("05 00 01 FB F2 3D")


@pytest.mark.parametrize(
    ("answer", "told"),
    [(NO_TAG, ("ok", "answers: no tag is there")), (b"", ("warn", "it answers no request"))],
)
def test_a_reader_that_is_asked_must_answer(
    make_settings: MakeSettings, answer: bytes, told: tuple[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer_all, args=(server, answer), daemon=True).start()
        source = f"socket://127.0.0.1:{server.getsockname()[1]}"
        settings = make_settings(readers=[{"source": source, "protocol": "uhf-reader18"}])
        assert found(check_ports(settings), "reader card") == [told]


def _answer_all(server: socket.socket, answer: bytes) -> None:
    connection = server.accept()[0]
    with connection:
        while connection.recv(4096):
            connection.sendall(answer)


def test_a_reader_that_sends_bad_frames_is_told_why(make_settings: MakeSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        zeros = b"\x02000000000000\x03"
        threading.Thread(target=_send_once, args=(server, zeros), daemon=True).start()
        source = f"socket://127.0.0.1:{server.getsockname()[1]}"
        ((level, detail),) = found(
            check_ports(make_settings(readers=[{"source": source}])), "reader card"
        )
    assert (level, detail) == ("warn", "14 bytes, but no good frame: no card: all 0")


def _send_once(server: socket.socket, data: bytes) -> None:
    connection = server.accept()[0]
    with connection:
        connection.sendall(data)
        connection.recv(1)
