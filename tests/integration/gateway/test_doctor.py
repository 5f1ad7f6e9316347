"""The gateway's doctor over a real broker, database and settlement; it changes nothing."""

import base64
import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.migrations import schema
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, open_alarm
from gateway.registry.tables import lanes, yards
from taigan.broker import TlsSettings
from taigan.check_broker import check_tls
from taigan.check_server import check_database
from taigan.engine import open_engine
from taigan.exit_codes import WRONG_SETTINGS
from taigan.finding import Finding
from tests.integration.gateway.air import free_port
from tests.integration.gateway.test_program import CONFIG, config_url, ready, run
from tests.integration.settlement.program import TOKEN, Program, running_program
from tests.services.mosquitto import Mosquitto, private_mosquitto
from tests.unit.settlement.tickets import PRIVATE_KEYS, b64

PASSWORD = "only-on-loopback"
LANE = next(iter(PRIVATE_KEYS))
KEY = b64(PRIVATE_KEYS[LANE])
Found = dict[str, tuple[str, str, str]]


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    with private_mosquitto({"gateway": PASSWORD, "stranger": PASSWORD}) as running:
        yield running


@pytest.fixture(scope="module")
def settlement(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with running_program(f"sqlite:///{tmp_path_factory.mktemp('s')}/s.db") as running:
        yield running


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory, broker: Mosquitto, settlement: Program) -> Path:
    """Return settings that are right, with lanes that both sides know."""
    tmp_path = tmp_path_factory.mktemp("right")
    path = tmp_path / "gateway.toml"
    text = CONFIG.format(folder=tmp_path, http_port=free_port(), mqtt_port=broker.port)
    text = text.replace("data_dir", 'broker = "external"\nusername = "gateway"\n# data_dir')
    text = text.replace("http://127.0.0.1:9", str(settlement.client.base_url).rstrip("/"))
    path.write_text(text.replace('token = "tttttttttttttttt"', ""))
    secrets = f"TAIGAN_SETTLEMENT__TOKEN={TOKEN}\nTAIGAN_MQTT__PASSWORD={PASSWORD}\n"
    (tmp_path / "gateway.env").write_text(secrets)
    (tmp_path / "gateway.env").chmod(0o600)
    run("init", "--config", path)
    for lane, key in PRIVATE_KEYS.items():
        register(path, lane, b64(key))
    return path


@pytest.fixture
def config(right: Path, tmp_path: Path) -> Path:
    """Return the right settings once more, to be spoilt."""
    folder = shutil.copytree(right.parent, tmp_path / "etc")
    path = folder / right.name
    path.write_text(path.read_text().replace(str(right.parent), str(folder)))
    return path


def register(config: Path, lane: str, key: str) -> None:
    yard, _, name = lane.partition("/")
    times = {"created_ms": 0, "updated_ms": 0, "revision": 1}
    engine = open_engine(f"sqlite:///{config.parent}/gateway.db")
    with engine.begin() as connection:
        known = set(connection.execute(yards.select()).scalars())
        if yard not in known:
            row = {"id": yard, "name": yard} | times
            connection.execute(yards.insert(), {k: row[k] for k in row if k in yards.c})
        row = {"id": name, "yard_id": yard, "name": name, "public_key": key, "e_kg": 20}
        row |= {"max_kg": 100_000} | times
        connection.execute(lanes.insert(), {k: row[k] for k in row if k in lanes.c})
    engine.dispose()


def examined(config: Path) -> tuple[int, Found]:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "doctor", "--json", "--config", config],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(("fix" in one) is (one["level"] != "ok") for one in told)
    return done.returncode, {
        one["check"]: (one["level"], one["detail"], one.get("fix", "")) for one in told
    }


def test_a_gateway_that_has_everything_is_well(config: Path) -> None:
    code, found = examined(config)
    failed = {check: told for check, told in found.items() if told[0] == "fail"}
    assert (code, failed) == (0, {})
    assert "messages come back" in found["broker"][1]
    assert found["guard"][:2] == ("ok", f"{len(PRIVATE_KEYS)} lanes registered, 4 believed")
    assert "revision 0" in found["database"][1]


def test_a_lane_that_believes_another_gateway_is_named(config: Path) -> None:
    yard, _, lane = LANE.partition("/")
    alarm = Alarm(AlarmKind.GATEWAY_KEY_WRONG, "lane 11, gateway 22; 3", yard, lane)
    engine = open_engine(f"sqlite:///{config.parent}/gateway.db")
    with engine.begin() as connection:
        open_alarm(connection, alarm, 0)
    engine.dispose()
    code, found = examined(config)
    assert (code, found["gateway key"][0]) == (1, "fail")
    assert LANE in found["gateway key"][1]


def changed(config: Path, old: str, new: str) -> None:
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "check", "said"),
    [
        ('public_url = "http://127.0.0.1', 'public_url = "http://10.0.0.1', "public_url", "clear"),
        ('public_url = "http:', 'public_url = "https://taigan.example" #', "public_url", "taigan."),
        ("gateway.key", "other.key", "signing key", "none"),
        ("/gateway.db", "/other.db", "database", "none yet"),
        ("/gateway.db", "/nowhere/x.db", "database", "does not exist"),
        ('username = "gateway"', 'username = "stranger"', "broker", "do not come back"),
        ('username = "gateway"', 'username = "nobody"', "broker", "not authorised"),
        ('[settlement]\nurl = "http', '[settlement]\nurl = "https', "settlement", "SSL"),
        ("[http]", '[http]\nhost = "192.0.2.77"', "port", "http.port: 192.0.2.77:"),
        ('broker = "external"', 'broker = "embedded"\ndata_dir = "x"', "broker", "in use"),
    ],
)
def test_what_is_wrong_is_found_and_named(
    config: Path, old: str, new: str, check: str, said: str
) -> None:
    changed(config, old, new)
    code, found = examined(config)
    assert (code, found[check][0]) == (1, "fail")
    assert said in found[check][1]


def test_secrets_that_others_read_or_settlement_does_not_know_are_found(config: Path) -> None:
    secrets = config.with_name("gateway.env")
    secrets.write_text(secrets.read_text().replace(TOKEN, "x" * 20))
    secrets.chmod(0o644)
    _, found = examined(config)
    assert found["settlement"] == (
        "fail",
        found["settlement"][1],
        "TAIGAN_SETTLEMENT__TOKEN must be settlement's TAIGAN_API__TOKEN",
    )
    assert found["secrets"][0] == "fail"


def test_a_lane_that_the_guard_does_not_know_is_found(config: Path) -> None:
    register(config, "hill/hill-in", KEY)
    _, found = examined(config)
    assert found["guard"][0] == "fail"
    assert "hill/hill-in: settlement's guard does not know it" in found["guard"][1]


def test_a_lane_whose_key_differs_is_found(config: Path) -> None:
    engine = open_engine(f"sqlite:///{config.parent}/gateway.db")
    other = base64.b64encode(bytes(32)).decode()
    with engine.begin() as connection:
        name = LANE.partition("/")[2]
        connection.execute(lanes.update().where(lanes.c.id == name).values(public_key=other))
    engine.dispose()
    assert "another key" in examined(config)[1]["guard"][1]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x", "must begin with sqlite:/// or postgresql+psycopg://"),
        ("postgresql+psycopg://u:pa@ss:word@host/name", "in a password write %40 for @"),
        ("postgresql+psycopg://u:p@host:port/name", "user:password@host:port/name"),
    ],
)
def test_an_address_that_cannot_be_read_is_a_line_without_its_password(
    config: Path, url: str, said: str
) -> None:
    config.write_text(re.sub(r'url = "sqlite[^"]*"', f'url = "{url}"', config.read_text()))
    done = run("doctor", "--config", config, fails=True)
    assert done.returncode == WRONG_SETTINGS
    assert done.stderr.startswith(f"{config}: database.url: ")
    assert said in done.stderr
    assert "pa@ss" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_port_that_another_program_has_is_found(config: Path) -> None:
    port = int(config_url(config).rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        level, detail, fix = examined(config)[1]["port"]
    assert (level, "ss -ltnp" in fix) == ("fail", True)
    assert detail == f"http.port: 127.0.0.1:{port}: Address already in use"


def test_a_folder_or_file_that_no_database_can_be_in_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database, and longer than a header of one would be" * 9)
    url = f"sqlite:///{tmp_path}/x.db"
    engine = open_engine(url)
    (found,) = [
        one for one in check_database(url, lambda _: schema(engine), "init") if one.level == "fail"
    ]
    engine.dispose()
    assert (found.detail.startswith("database.url: "), "database file" in found.fix) == (True, True)


def test_a_database_without_a_password_is_a_line(config: Path, postgres_address: str) -> None:
    url = f"postgresql+psycopg://nobody@{postgres_address}/none"
    config.write_text(re.sub(r'url = "sqlite[^"]*"', f'url = "{url}"', config.read_text()))
    level, detail, fix = examined(config)[1]["database"]
    begins = f"database.url: database none at {postgres_address}: "
    assert (level, detail.startswith(begins)) == ("fail", True)
    assert "\n" not in detail
    assert "database.url" in fix


def test_the_broker_is_left_to_a_gateway_that_runs(config: Path, broker: Mosquitto) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--config", config], stderr=subprocess.PIPE
    ) as serving:
        ready(config_url(config))
        connects = broker.log().count("New client connected")
        _, found = examined(config)
        assert "in use by the running program" in found["port"][1]
        assert found["broker"][:2] == (
            "ok",
            "in use by the running gateway, which is connected",
        )
        assert broker.log().count("New client connected") == connects
        serving.terminate()
        serving.communicate(timeout=20)


def certificate(folder: Path, days: int) -> TlsSettings:
    for name in ("a", "b"):
        subprocess.run(
            f"openssl req -x509 -newkey ed25519 -nodes -subj /CN={name} -days {days}"
            f" -keyout {name}.key -out {name}.pem".split(),
            cwd=folder,
            check=True,
            capture_output=True,
        )
        (folder / f"{name}.key").chmod(0o600)
    return TlsSettings(ca=folder / "a.pem", cert=folder / "a.pem", key=folder / "a.key")


def tls(settings: TlsSettings, days_later: int = 0) -> dict[str, Finding]:
    now = datetime.now(UTC) + timedelta(days=days_later)  # noqa: TID251 - openssl's clock
    return {one.check: one for one in check_tls(settings, now)}


def test_certificates_tell_how_long_they_hold(tmp_path: Path) -> None:
    settings = certificate(tmp_path, 90)
    assert {one.level for one in tls(settings).values()} == {"ok"}
    assert tls(settings, 70)["mqtt.tls.cert"].level == "warn"
    assert tls(settings, 91)["mqtt.tls.cert"].level == "fail"
    assert tls(settings, -2)["mqtt.tls.ca"].level == "fail"


def test_files_of_tls_that_cannot_serve_are_found(tmp_path: Path) -> None:
    settings = certificate(tmp_path, 90)
    other = settings.model_copy(update={"key": tmp_path / "b.key"})
    assert "not the key of" in tls(other)["mqtt.tls.key"].detail
    (tmp_path / "a.key").chmod(0o644)
    assert "mode 644" in tls(settings)["mqtt.tls.key"].detail
    for name in ("ca", "cert", "key"):
        missing = settings.model_copy(update={name: tmp_path / "none"})
        assert tls(missing)[f"mqtt.tls.{name}"].level == "fail"
