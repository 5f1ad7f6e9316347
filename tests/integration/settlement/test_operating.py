"""What a person does to a settlement that runs: the kill switch, lists, releases, a new lane."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from settlement.__main__ import app
from settlement.payout_commands import EXAMINED
from settlement.payouts.rails import RAILS
from taigan.exit_codes import FAILED, UNREACHABLE, WRONG_USAGE
from tests.fakes_bank import eventually
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.payout_steps import claim, now, settle
from tests.services.command_line import run_here
from tests.services.notify_socket import notify_socket
from tests.services.secrets import make_secrets
from tests.unit.settlement.tickets import LANE_KEYS, PRIVATE_KEYS, b64, ticket

EXAMPLE = Path(__file__).parents[3] / "deploy" / "settlement.example.toml"
LANES = "\n".join(f'"{lane}" = "{b64(key)}"' for lane, key in PRIVATE_KEYS.items())


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return run_here(app, *words)


@pytest.fixture
def config(desk: Desk, tmp_path: Path) -> Path:
    """Return the example's settings for the desk's database; secrets stand beside them."""
    folder = tmp_path / "etc"
    folder.mkdir()
    make_secrets(folder)
    path = folder / "settlement.toml"
    url = desk.database.engine.url.render_as_string(hide_password=False)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = re.sub(r'url = "sqlite:[^"]*"', f'url = "{url}"', EXAMPLE.read_text())
    text = text.replace("/var/lib/taigan-settlement", str(tmp_path))
    path.write_text(f"{text.replace('port = 8081', f'port = {port}')}\n{LANES}\n")
    return path


def test_the_kill_switch_needs_the_database_and_nothing_else(desk: Desk, config: Path) -> None:
    (config.parent / "settlement.env").unlink()
    config.write_text(f'[database]\nurl = "{desk.database.engine.url}"\n[bank]\nbase_url = 7\n')
    done = run("rail", "pause", "--config", config, "--reason", "drill")
    assert (done.returncode, done.stdout) == (0, "".join(f"{rail} paused\n" for rail in RAILS))
    assert run("rail", "list", "--config", config).stdout == "sandbox\tpaused\tdrill\n"


def test_a_person_sees_and_releases_all_that_one_mistake_stopped(desk: Desk, config: Path) -> None:
    desk.deposit(100_000_000)
    desk.rules(lane_keys={})
    for number in (1, 2, 3):
        settle(desk, ticket(number))
        assert claim(desk) == []
    listed = run("payout", "list", "--config", config, "--state", "held", "--reason", "guard")
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    assert len(rows) == 3, listed.stderr
    assert {(row[1], row[2]) for row in rows} == {("held", "guard")}
    assert "not signed by a pinned key; it says mine/" in rows[0][7]
    released = run("payout", "release", "--config", config, "--reason", "guard")
    assert released.stdout == f"3 of 3 held for guard: {EXAMINED}\n", released.stderr
    desk.rules(lane_keys=LANE_KEYS)
    assert len([call for _ in range(3) for call in claim(desk)]) == 3
    assert now(desk, ticket(1)).payout.state == "sending"


def test_payouts_that_wait_for_something_else_are_not_released(desk: Desk, config: Path) -> None:
    waiting = settle(desk, ticket())[0].payout
    assert waiting.reason == "funds"
    assert run("payout", "release", "--config", config, "--reason", "limit").stdout == (
        f"0 of 0 held for limit: {EXAMINED}\n"
    )
    for words in (["--reason", "funds"], [], [str(waiting.payout_id), "--reason", "guard"]):
        assert run("payout", "release", "--config", config, *words).returncode == WRONG_USAGE
    done = run("payout", "release", "--config", config, str(waiting.payout_id))
    assert (done.returncode, "funds" in done.stderr) == (FAILED, True)


def test_a_list_that_was_cut_says_so(desk: Desk, config: Path) -> None:
    for number in (1, 2):
        settle(desk, ticket(number))
    done = run("payout", "list", "--config", config, "--limit", "1")
    assert len(done.stdout.splitlines()) == 1
    assert "more than 1" in done.stderr
    assert run("payout", "list", "--config", config, "--state", "x").returncode == WRONG_USAGE


@pytest.mark.parametrize(
    "words",
    [
        ("rail", "pause", "--reason", "drill"),
        ("rail", "resume"),
        ("rail", "list"),
        ("payout", "list"),
        ("payout", "release", "--reason", "guard"),
        ("deposit", "--contract", "C1", "--key", "k", "--amount-minor", "5"),
        ("worker",),
    ],
)
def test_a_database_that_does_not_answer_is_one_line_everywhere(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    make_secrets(tmp_path)
    path = tmp_path / "settlement.toml"
    url = "postgresql+psycopg://u:tell-nobody@127.0.0.1:9/ledger"
    text = re.sub(r'url = "sqlite:[^"]*"', f'url = "{url}"', EXAMPLE.read_text())
    text = text.replace("# without_lanes = true", "without_lanes = true")
    path.write_text(text.replace("inside_serve = true", "inside_serve = false"))
    done = run(*words, "--config", path)
    (line,) = done.stderr.splitlines()
    assert done.returncode == UNREACHABLE
    assert line.startswith(f"{path}: database.url: database ledger at 127.0.0.1:9: ")
    assert "tell-nobody" not in line


def test_a_database_without_tables_says_which_command_makes_them(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    path = tmp_path / "settlement.toml"
    path.write_text(EXAMPLE.read_text().replace("/var/lib/taigan-settlement", str(tmp_path)))
    done = run("payout", "release", "--config", path, "--reason", "guard")
    assert done.returncode == FAILED
    assert "run `taigan-settlement migrate`" in done.stderr
    assert "Traceback" not in run("payout", "list", "--config", path).stderr


@contextmanager
def serving(config: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "settlement", "serve", "--config", str(config)]
    with (config.parent / "log").open("w") as log:
        process = subprocess.Popen(command, stderr=log, text=True)
    try:
        eventually(lambda: readiness(config) == {})
        yield process
    finally:
        process.terminate()
        process.wait(20)


def readiness(config: Path) -> dict[str, str] | None:
    """Return why the program is not ready; None while nobody listens."""
    found = re.search(r"port = (\d+)", config.read_text())
    assert found is not None
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/readyz") as answer:
            return dict(json.load(answer)["reasons"])
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.load(error)["reasons"])
    except OSError:
        return None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lane_is_added_without_a_restart_and_a_mistake_is_told(config: Path) -> None:
    """`systemctl reload` sends SIGHUP."""
    good = config.read_text()

    with notify_socket() as systemd, serving(config) as process:
        assert [systemd.heard(), systemd.heard()] == ["READY=1", "WATCHDOG=1"]
        config.write_text(f'{good}"hill/hill-in" = "short"\n')
        process.send_signal(signal.SIGHUP)
        eventually(lambda: bool(readiness(config)))
        assert "guard.lane_keys.hill/hill-in" in (readiness(config) or {})["guard"]
        added = f'"hill/hill-in" = "{b64(next(iter(PRIVATE_KEYS.values())))}"'
        raised, count = re.subn(
            r"payout_minor_max = \d[\d_]*", "payout_minor_max = 7_000_000", good
        )
        assert count == 1
        config.write_text(f"{raised}{added}\n")
        process.send_signal(signal.SIGHUP)
        eventually(lambda: readiness(config) == {})
        event = "Lanes and limits were read again"
        log = config.parent / "log"
        eventually(lambda: event in log.read_text())  # it is told after it holds
        said = [json.loads(line) for line in log.read_text().splitlines()]
        (read,) = [line for line in said if line["event"] == event]
        assert (read["changed"], read["payout_minor_max"]) == (["hill/hill-in"], 7_000_000)
        assert process.poll() is None
    assert "hill/hill-in\t" in run("lanes", "--config", config).stdout
