"""Settlement's doctor over a real bank and a real gateway; it changes nothing."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from settlement.__main__ import app
from settlement.payouts.money_transaction import MoneyTransaction
from taigan.exit_codes import WRONG_SETTINGS
from taigan.transactions import Database
from tests.fakes_bank import FakeBank, running_bank
from tests.integration.gateway.air import free_port
from tests.integration.gateway.test_program import CONFIG, config_url, ready
from tests.integration.gateway.test_program import run as run_gateway
from tests.integration.settlement.conftest import POLICY
from tests.people import enter_founders
from tests.services.command_line import run_here
from tests.services.secrets import make_secrets
from tests.unit.settlement.tickets import PRIVATE_KEYS, b64

EXAMPLE = Path(__file__).parents[3] / "deploy" / "settlement.example.toml"
LANES = "\n".join(f'"{lane}" = "{b64(key)}"' for lane, key in PRIVATE_KEYS.items())


@pytest.fixture(scope="module")
def bank() -> Iterator[FakeBank]:
    with running_bank() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("etc")
    make_secrets(made)
    return made


@pytest.fixture(scope="module")
def gateway(folder: Path) -> Iterator[str]:
    """Yield the address of a gateway that has the secrets of the same making."""
    path = folder / "gateway.toml"
    text = CONFIG.format(folder=folder, http_port=free_port(), mqtt_port=free_port())
    path.write_text(re.sub(r"^(token|webhook_secret|secret) = .*$", "", text, flags=re.MULTILINE))
    run_gateway("init", "--config", path)
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--config", path], stderr=subprocess.DEVNULL
    ) as serving:
        try:
            ready(config_url(path))
            yield config_url(path)
        finally:
            serving.terminate()


@pytest.fixture
def config(folder: Path, bank: FakeBank, gateway: str) -> Path:
    path = folder / "settlement.toml"
    text = EXAMPLE.read_text().replace("/var/lib/taigan-settlement", str(folder))
    text = text.replace("http://127.0.0.1:8090", bank.url)
    path.write_text(f"{text.replace('http://127.0.0.1:8080', gateway)}\n{LANES}\n")
    run("init", "--config", path)
    enter_people(folder / "settlement.db")
    return path


def enter_people(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    database.run(lambda c: enter_founders(MoneyTransaction(c, database.now_ms(c), POLICY)))
    database.close()


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return run_here(app, *words)


def examined(config: Path) -> tuple[int, dict[str, tuple[str, str]]]:
    done = run("doctor", "--json", "--config", config)
    assert "Traceback" not in done.stderr, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(("fix" in one) is (one["level"] != "ok") for one in told)
    return done.returncode, {one["check"]: (one["level"], one["detail"]) for one in told}


def test_a_settlement_that_has_everything_is_well(config: Path, bank: FakeBank) -> None:
    code, found = examined(config)
    failed = {check: told for check, told in found.items() if told[0] == "fail"}
    assert (code, failed) == (0, {})
    assert found["gateway"][1].endswith("answers, the secret is right")
    assert found["bank"][0] == "ok"
    assert found["guard"] == ("ok", f"4 lanes: {', '.join(sorted(PRIVATE_KEYS))}")
    assert bank.sends == []


@pytest.mark.parametrize(
    ("old", "new", "check", "said"),
    [
        (LANES, "", "guard", "no lane"),
        ("/settlement.db", "/other.db", "database", "none yet"),
        ("/api/v1/callbacks/settlement", "/api/v1/callback", "gateway", "answers 404"),
        ('base_url = "http://127.0.0.1:', 'base_url = "http://127.0.0.1:9/', "bank", "unknown"),
        ('callback_url = "http://127', 'callback_url = "http://0127', "gateway", "http"),
        ("# [sms]", '[sms]\nurl = "http://sms.test"\ntoken = "abc"', "sms", "clear"),
    ],
)
def test_what_is_wrong_is_found_and_named(
    config: Path, old: str, new: str, check: str, said: str
) -> None:
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    code, found = examined(config)
    assert (code, found[check][0]) == (1, "fail")
    assert said in found[check][1]


def test_a_secret_that_the_gateway_does_not_know_is_found(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAIGAN_GATEWAY__WEBHOOK_SECRET", "whsec_YW5vdGhlci1vbmUtYWx0b2dldGhlcg==")
    assert "refuses the signature" in examined(config)[1]["gateway"][1]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GUARD__LANE_KEYS", '{"mine/x": "abc"}', "guard.lane_keys.mine/x.0: must be base64 of"),
        ("GUARD__LANE_KEYS", '{"mine/x": []}', "guard.lane_keys.mine/x: needs a key"),
        ("BANK__CALLBACK_SECRET", "foo", "TAIGAN_BANK__CALLBACK_SECRET: must be whsec_"),
        ("GATEWAY__WEBHOOK_SECRET", "whsec_x", "TAIGAN_GATEWAY__WEBHOOK_SECRET: must be whsec_"),
        ("API__TOKEN", "change-me-change-me", "TAIGAN_API__TOKEN: is the published example's"),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name(
    config: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"TAIGAN_{name}", value)
    done = run("doctor", "--config", config)
    assert (done.returncode, done.stdout, said in done.stderr) == (WRONG_SETTINGS, "", True)
    assert done.stderr.count("\n") == 1


def test_one_key_for_two_lanes_and_a_paused_rail_are_told(config: Path) -> None:
    key = b64(next(iter(PRIVATE_KEYS.values())))
    config.write_text(f'{config.read_text()}"hill/hill-in" = "{key}"\n')
    run("rail", "pause", "--config", config, "--reason", "drill")
    _, found = examined(config)
    assert found["guard"] == ("fail", "two lanes have one key")
    assert found["rail"] == ("warn", "sandbox is paused: drill")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"two_people"', '"small_yard"', ("warn", "one person alone decides who is paid")),
        ("cooling_off_s = 86400", "cooling_off_s = 0", ("warn", "a new account is paid at once")),
        (
            "/settlement.db",
            "/nobody.db",
            ("fail", "0 of 2 may sign: nobody new can be paid"),
        ),
    ],
)
def test_it_tells_who_decides(config: Path, old: str, new: str, told: tuple[str, str]) -> None:
    config.write_text(config.read_text().replace(old, new))
    run("init", "--config", config)
    assert examined(config)[1]["people"] == told
    run("rail", "resume", "--config", config)
