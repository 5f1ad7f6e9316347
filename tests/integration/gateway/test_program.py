"""The command line, as people and scripts use it."""

import json
import os
import re
import subprocess
import sys
import threading
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.auth.tables import users
from taigan.engine import open_engine
from taigan.exit_codes import FAILED, WRONG_SETTINGS
from tests.integration.gateway.air import free_port
from tests.services.notify_socket import notify_socket

CONFIG = """
[database]
url = "sqlite:///{folder}/gateway.db"
[http]
port = {http_port}
public_url = "http://127.0.0.1:{http_port}"
[mqtt]
port = {mqtt_port}
data_dir = "{folder}/broker"
[signing]
key_file = "{folder}/gateway.key"
[settlement]
url = "http://127.0.0.1:9"
token = "tttttttttttttttt"
webhook_secret = "whsec_Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
[receipt]
secret = "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(CONFIG.format(folder=tmp_path, http_port=free_port(), mqtt_port=free_port()))
    return path


def run(
    *arguments: str | Path, fails: bool = False, typed: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        env={**os.environ, **variables},  # noqa: TID251 - as a shell does
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done


def people(config: Path) -> list[tuple[str, str]]:
    engine = open_engine(f"sqlite:///{config.parent}/gateway.db")
    with engine.begin() as connection:
        rows = connection.execute(select(users.c.username, users.c.role)).all()
    engine.dispose()
    return [(row.username, row.role) for row in rows]


def test_a_second_init_changes_neither_key_nor_password(config: Path) -> None:
    first = run("init", "--config", config)
    assert first.stdout.startswith("admin password: ")
    key = run("key", "--config", config).stdout
    second = run("init", "--config", config, TAIGAN_ADMIN_PASSWORD="another one")
    assert "unchanged" in second.stderr
    assert run("key", "--config", config).stdout == key
    assert people(config) == [("admin", "admin")]


def test_a_user_is_added_once_and_only_with_a_known_role(config: Path) -> None:
    run("init", "--config", config)
    add = ("user", "add", "--config", config)
    run(*add, "li", "--role", "dispatcher", TAIGAN_NEW_PASSWORD="long enough")
    typed = "long enough\n"
    assert "exists" in run(*add, "li", "--role", "viewer", fails=True, typed=typed).stderr
    assert "role must be" in run(*add, "wang", "--role", "king", fails=True, typed=typed).stderr
    assert people(config) == [("admin", "admin"), ("li", "dispatcher")]


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        (("init", "--admin-password", "typed here"), "TAIGAN_ADMIN_PASSWORD"),
        (("user", "add", "li", "--role", "viewer", "--password", "typed"), "TAIGAN_NEW_PASSWORD"),
    ],
)
def test_no_password_is_taken_from_the_command_line(
    config: Path, command: tuple[str, ...], variable: str
) -> None:
    said = run(*command, "--config", config, fails=True).stderr
    assert "can read it there" in re.sub(r"[\s│]+", " ", said)
    assert variable in said


def test_a_user_is_signed_out_everywhere_and_sets_a_password_by_a_link(config: Path) -> None:
    run("init", "--config", config)
    chosen = ("--config", config)
    run("user", "end-sessions", *chosen, "admin")
    run("user", "forget-second-factor", *chosen, "admin")
    link = run("user", "reset", *chosen, "admin").stdout.strip()
    trail = run("audit", "verify", *chosen).stdout
    assert trail.startswith("4:")  # added, signed out, its app forgotten, a link made
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/reset#[\w-]{43}", link)
    for command in ("end-sessions", "reset", "forget-second-factor"):
        assert "no user wang" in run("user", command, *chosen, "wang", fails=True).stderr


def test_a_user_is_listed_shut_out_and_let_in_with_a_password_that_no_one_sees(
    config: Path,
) -> None:
    run("init", "--config", config)
    chosen = ("--config", config)
    run("user", "add", *chosen, "--role", "dispatcher", "li", typed="long enough\n")
    assert "8 to 200" in run("user", "password", *chosen, "li", typed="x\n", fails=True).stderr
    run("user", "disable", *chosen, "li")
    run("user", "disable", *chosen, "li")
    assert listed(config) == ["admin\tadmin\tactive", "li\tdispatcher\tdisabled"]
    run("user", "password", *chosen, "li", typed="another one\n")
    assert listed(config) == ["admin\tadmin\tactive", "li\tdispatcher\tactive"]
    for command in ("disable", "password"):
        assert "no user wang" in run("user", command, *chosen, "wang", fails=True).stderr


def listed(config: Path) -> list[str]:
    lines = run("user", "list", "--config", config).stdout.splitlines()
    return [line.rpartition("\t")[0] for line in lines]


def test_commands_about_people_and_keys_need_only_what_they_use(config: Path) -> None:
    run("init", "--config", config)
    text = config.read_text()
    config.write_text(text[: text.index("[http]")] + text[text.index("[signing]") :])
    for secret in ("token", "webhook_secret"):
        config.write_text(re.sub(rf"^{secret} = .*$", "", config.read_text(), flags=re.MULTILINE))
    assert listed(config) == ["admin\tadmin\tactive"]
    assert run("key", "--config", config).stdout.strip().endswith("=")
    run("migrate", "--config", config)


def test_a_wrong_setting_is_named_and_nothing_is_done(config: Path) -> None:
    config.write_text(config.read_text().replace("[receipt]", "[reciept]"))
    said = run("init", "--config", config, fails=True).stderr
    assert "receipt: Field required" in said
    assert "reciept: unknown key" in said
    assert not (config.parent / "gateway.db").exists()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda config: config.write_text("[http\n"), "gateway.toml: "),
        (lambda config: config.unlink(), "No such file"),
    ],
)
def test_a_settings_file_that_cannot_be_read_is_one_clear_line(
    config: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(config)
    done = run("init", "--config", config, fails=True)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_init_has_to_prepare_is_named_when_it_is_missing(config: Path) -> None:
    assert "run `taigan-gateway init`" in run("serve", "--config", config, fails=True).stderr
    text = config.read_text().replace("/gateway.db", "/nowhere/gateway.db")
    config.write_text(text)
    done = run("init", "--config", config, fails=True)
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_out_of_reach_is_named_without_its_password(config: Path) -> None:
    url = "postgresql+psycopg://u:tell-nobody@127.0.0.1:9/d"
    config.write_text(re.sub(r'url = "sqlite[^"]*"', f'url = "{url}"', config.read_text()))
    said = run("init", "--config", config, fails=True).stderr
    assert "127.0.0.1:9" in said
    assert "tell-nobody" not in said


@pytest.mark.parametrize("words", [("migrate",), ("user", "list"), ("user", "disable", "li")])
def test_a_database_that_does_not_answer_is_one_line(config: Path, words: tuple[str, ...]) -> None:
    url = "postgresql+psycopg://u:tell-nobody@127.0.0.1:9/d"
    config.write_text(re.sub(r'url = "sqlite[^"]*"', f'url = "{url}"', config.read_text()))
    (line,) = run(*words, "--config", config, fails=True).stderr.splitlines()
    assert line.startswith(f"{config}: database.url: database d at 127.0.0.1:9: ")
    assert "tell-nobody" not in line


def test_a_second_gateway_ends_before_it_takes_the_name_of_the_first(config: Path) -> None:
    """The broker would throw the first one out for it."""
    run("init", "--config", config)
    other = config.with_name("other.toml")
    text = config.read_text().replace('data_dir = "', 'broker = "external"\n# data_dir = "')
    port = config_url(config).rpartition(":")[2]
    elsewhere = text.replace("/gateway.db", "/empty.db").replace(port, str(free_port()))
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--config", config], stderr=subprocess.PIPE
    ) as serving:
        ready(config_url(config))
        for wrong, said in ((text, "http.port: 127.0.0.1:"), (elsewhere, "taigan-gateway migrate")):
            other.write_text(wrong)
            done = run("serve", "--config", other, fails=True)
            assert (done.returncode, said in done.stderr) == (FAILED, True), done.stderr
        serving.terminate()
        _, log = serving.communicate(timeout=20)
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events.count("connected to the MQTT broker") == 1
    assert "lost the MQTT broker" not in events


def test_a_key_that_others_may_read_is_a_matter_of_the_settings(config: Path) -> None:
    run("init", "--config", config)
    (config.parent / "gateway.key").chmod(0o644)
    for command in ("serve", "key"):
        done = run(command, "--config", config, fails=True)
        assert (done.returncode, "0600" in done.stderr) == (WRONG_SETTINGS, True)
        assert "Traceback" not in done.stderr


def test_off_a_terminal_every_line_of_the_log_is_json_and_systemd_is_told(config: Path) -> None:
    run("init", "--config", config)
    with (
        notify_socket() as systemd,
        subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--config", config], stderr=subprocess.PIPE
        ) as serving,
    ):
        assert systemd.heard() == "READY=1"
        ready(config_url(config))
        assert systemd.heard() == "WATCHDOG=1"
        serving.terminate()
        _, said = serving.communicate(timeout=20)
    events = [json.loads(line)["event"] for line in said.splitlines()]
    assert "connected to the MQTT broker" in events


def config_url(config: Path) -> str:
    return f"http://127.0.0.1:{tomllib.loads(config.read_text())['http']['port']}"


def ready(url: str) -> tuple[int, dict[str, object]]:
    """Return what /readyz says, once somebody listens."""
    pause = threading.Event()
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{url}/readyz") as answer:  # noqa: S310 - our own server
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()  # not ready yet
            pause.wait(0.1)
        except OSError:
            pause.wait(0.1)
    raise AssertionError("never ready")


@pytest.mark.slow
def test_the_whole_program_starts_gets_ready_and_stops_in_time(config: Path) -> None:
    run("init", "--config", config)
    url = config.read_text().split('public_url = "')[1].split('"')[0]
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
    process = subprocess.Popen(command)
    try:
        assert ready(url) == (200, {"status": "ready", "reasons": {}, "attention": {}})
        assert (config.parent / "broker" / "broker.pid").exists()
        process.terminate()
        assert process.wait(15) == 0
        assert not (config.parent / "broker" / "broker.pid").exists()
    finally:
        process.kill()
        process.wait()
