"""The settings that the demo writes are settings that the programs take."""

import base64
import tomllib
from pathlib import Path

import pytest

from gateway.config import Settings as GatewaySettings
from settlement.config import Settings as SettlementSettings
from simulators.demo.options import ExternalBroker, Options
from simulators.demo.plan import (
    CannotStart,
    Plan,
    gateway_settings,
    make_plan,
    settlement_settings,
)
from taigan.settings import load

KEY = base64.b64encode(bytes(32)).decode()
POSTGRES = "postgresql+psycopg://localhost/settlement"


def a_plan(directory: Path, **options: object) -> Plan:
    return make_plan(Options(directory=directory, **options))  # type: ignore[arg-type]


def test_the_gateway_takes_its_settings(tmp_path: Path) -> None:
    plan = a_plan(tmp_path)
    settings = load(plan.write("gateway", gateway_settings(plan)), GatewaySettings)
    assert settings.mqtt.broker == "embedded"
    assert settings.http.public_url == plan.gateway_url


def test_another_broker_is_written_with_its_login(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, broker=ExternalBroker(1883, password="secret"))
    settings = load(plan.write("gateway", gateway_settings(plan)), GatewaySettings)
    assert (settings.mqtt.broker, settings.mqtt.username) == ("external", "gateway")


def test_the_settlement_takes_its_settings(tmp_path: Path) -> None:
    plan = a_plan(tmp_path)
    path = plan.write("settlement", settlement_settings(plan, {"mine/mine-in": KEY}))
    settings = load(path, SettlementSettings)
    assert settings.guard.public_keys() == {"mine/mine-in": (bytes(32),)}
    assert settings.worker.inside_serve
    assert not plan.has_worker


def test_on_postgresql_payouts_have_a_process_of_their_own(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, settlement_database=POSTGRES)
    settings = load(plan.write("settlement", settlement_settings(plan, {})), SettlementSettings)
    assert plan.has_worker
    assert not settings.worker.inside_serve


def test_overrides_win_over_what_is_written(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, overrides={"settlement": {"bank": {"quarantine_s": 99.0}}})
    path = plan.write("settlement", settlement_settings(plan, {}))
    bank = tomllib.loads(path.read_text())["bank"]
    assert bank["quarantine_s"] == 99.0
    assert bank["base_url"] == plan.bank_url


def test_settings_with_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    plan = a_plan(tmp_path)
    path = plan.write("gateway", gateway_settings(plan))
    assert path.stat().st_mode & 0o777 == 0o600


def test_all_ports_are_different(tmp_path: Path) -> None:
    ports = a_plan(tmp_path).ports
    found = {ports.gateway, ports.settlement, ports.bank, ports.phone, ports.mqtt}
    assert len(found) == 5


def test_an_earlier_run_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    with pytest.raises(CannotStart, match="earlier run"):
        a_plan(tmp_path)
