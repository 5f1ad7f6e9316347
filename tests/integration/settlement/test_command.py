"""The command as it is shipped: exit codes, data on stdout, talk on stderr."""

import json
import re
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from taigan.exit_codes import FAILED, UNREACHABLE, WRONG_SETTINGS
from tests.services.secrets import make_secrets
from tests.unit.settlement.tickets import terms

EXAMPLE = Path(__file__).parents[3] / "deploy" / "settlement.example.toml"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "settlement", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "settlement.toml"
    make_secrets(tmp_path)
    example = EXAMPLE.read_text().replace("# without_lanes = true", "without_lanes = true")
    path.write_text(example.replace("/var/lib/taigan-settlement", str(tmp_path)))
    return path


def test_price_writes_the_settlement_with_every_line(tmp_path: Path) -> None:
    contract, load = tmp_path / "c.json", tmp_path / "l.json"
    contract.write_text(terms().model_dump_json())
    load.write_text('{"load_net_kg": 40000, "unload_net_kg": 39000}')
    done = run("price", "--contract", contract, "--load", load)
    priced = json.loads(done.stdout)
    assert done.returncode == 0
    assert [line["amount_minor"] for line in priced["lines"]] == [468_000, -44_000]
    assert priced["lines"][1]["quantity_kg"] == "880.000"


def test_price_refuses_a_float_by_its_name(tmp_path: Path) -> None:
    contract, load = tmp_path / "c.json", tmp_path / "l.json"
    contract.write_text(terms().model_dump_json())
    load.write_text('{"load_net_kg": 40000.5, "unload_net_kg": 39000}')
    done = run("price", "--contract", contract, "--load", load)
    assert (done.returncode, done.stdout) == (1, "")
    assert "load_net_kg: 40000.5 is a float" in done.stderr


def test_init_deposit_and_the_kill_switch(config: Path) -> None:
    assert run("init", "--config", config).returncode == 0
    assert run("migrate", "--config", config).returncode == 0
    paid_in = ("deposit", "--config", config, "--contract", "C1", "--key", "k")
    mistyped = run(*paid_in, "--amount-minor", "500")
    assert (mistyped.returncode, "--new-contract" in mistyped.stderr) == (1, True)
    first = run(*paid_in, "--amount-minor", "500", "--new-contract")
    assert "free_minor=500 released=0" in first.stdout
    assert "free_minor=500 released=0" in run(*paid_in, "--amount-minor", "500").stdout
    assert "another deposit" in run(*paid_in, "--amount-minor", "501").stderr
    assert run("rail", "pause", "--config", config, "--reason", "drill").returncode == 0
    assert "released 0" in run("rail", "resume", "--config", config).stdout
    assert "no rail x" in run("rail", "resume", "--config", config, "--rail", "x").stderr


def test_a_payout_that_is_not_there_cannot_be_released(config: Path) -> None:
    run("init", "--config", config)
    unknown = "00000000-0000-0000-0000-000000000000"
    done = run("payout", "release", "--config", config, unknown)
    assert (done.returncode, "there is no payout" in done.stderr) == (1, True)


def test_wrong_settings_end_with_their_own_code(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace("[http]", "[htpp]"))
    for path, named in ((config, "htpp"), (tmp_path / "none.toml", "No such file")):
        done = run("init", "--config", path)
        assert (done.returncode, named in done.stderr) == (WRONG_SETTINGS, True)


@pytest.mark.parametrize("command", ["init", "serve", "worker"])
def test_new_payouts_by_a_rail_without_its_section_are_a_matter_of_the_settings(
    config: Path, command: str
) -> None:
    code = (
        "import settlement.services as s; s.DEFAULT_RAIL = 'giro'; "
        "from settlement.__main__ import main; main()"
    )
    words = [sys.executable, "-c", code, command, "--config", str(config)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (WRONG_SETTINGS, "")
    assert line == f"{config}: new payouts go by the rail giro: its section is missing"


def test_the_kill_switch_marks_a_rail_that_the_settings_do_not_have(config: Path) -> None:
    code = (
        "from settlement.payouts.rails import RAILS; from dataclasses import replace; "
        "RAILS['absent'] = replace(RAILS['sandbox'], set_up=lambda _: None); "
        "from settlement.__main__ import main; main()"
    )
    words = [sys.executable, "-c", code]

    def said(*arguments: str) -> str:
        done = subprocess.run(
            [*words, *arguments, "--config", str(config)],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    said("init")
    assert "absent paused (not set up)\n" in said("rail", "pause", "--reason", "drill")
    resumed = said("rail", "resume")
    assert "absent running, released 0 (not set up)\n" in resumed
    assert "sandbox running, released 0\n" in resumed


def test_a_worker_beside_a_serve_that_works_itself_is_refused(config: Path) -> None:
    done = run("worker", "--config", config)
    assert (done.returncode, "inside_serve" in done.stderr) == (WRONG_SETTINGS, True)


@pytest.mark.parametrize(("command", "inside"), [("serve", "true"), ("worker", "false")])
def test_without_lanes_for_its_guard_it_starts_only_if_told_so(
    config: Path, command: str, inside: str
) -> None:
    text = config.read_text().replace("\nwithout_lanes = true", "")
    url = "postgresql+psycopg://127.0.0.1:9/d" if command == "worker" else f"sqlite:///{config}.db"
    text = re.sub(r'url = "sqlite:[^"]*"', f'url = "{url}"', text)
    config.write_text(text.replace("inside_serve = true", f"inside_serve = {inside}"))
    done = run(command, "--config", config)
    assert (done.returncode, "Traceback" in done.stderr) == (WRONG_SETTINGS, False)
    assert "guard.lane_keys is empty: every payout would be held" in done.stderr
    assert "guard.without_lanes" in done.stderr
    assert run("init", "--config", config).returncode != WRONG_SETTINGS


@pytest.mark.parametrize("command", ["init", "migrate", "serve"])
def test_a_database_that_does_not_answer_is_said_in_a_line(config: Path, command: str) -> None:
    url = "postgresql+psycopg://u:tell-nobody@127.0.0.1:9/d"
    config.write_text(re.sub(r'url = "sqlite:[^"]*"', f'url = "{url}"', config.read_text()))
    done = run(command, "--config", config)
    assert (done.returncode, "Traceback" in done.stderr) == (UNREACHABLE, False)
    assert "database.url" in done.stderr
    assert "tell-nobody" not in done.stderr


def test_a_port_that_is_taken_is_no_matter_of_the_settings(config: Path) -> None:
    """A supervisor must try again: the process before may still be closing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        config.write_text(config.read_text().replace("port = 8081", f"port = {port}"))
        done = run("serve", "--config", config)
    assert done.returncode == FAILED
    assert "http.port: 127.0.0.1:" in done.stderr


def test_help_does_not_load_the_web_or_the_database() -> None:
    code = (
        "import sys, settlement.__main__; "
        "print([m for m in ('fastapi', 'sqlalchemy', 'uvicorn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
