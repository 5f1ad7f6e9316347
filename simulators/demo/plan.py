"""The ports, files and secrets of one simulated system, and each program's settings from them.

Nothing here starts anything.
"""

import base64
import copy
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from simulators.demo.options import ExternalBroker, Options
from simulators.devices import sources
from simulators.lane import Lane
from simulators.ports import LOOPBACK, HeldPort, hold_any_port
from simulators.toml import to_toml
from simulators.yard import SITES, Site

_DRIVE_ON_MS: Final = 20_000
"""Trucks here roll past the photocell in less than a second. A lane that was kept from looking just
then, by a machine with too much to do, has the truck back out and come again this soon."""
_TRUCK_CHANGE_S: Final = 1.0
"""The next truck drives up four times slower than this, at every speed of the simulation."""
PAYOUT_MINOR_MAX: Final = 3_000_000
UNHURRIED: Final = {
    "day_minor_max": 10**12,
    "payee_day_minor_max": 10**12,
    "hour_payouts_max": 10**6,
    "burst_payouts_max": 10**6,
}
"""A demo drives in minutes what takes a yard days: the usual limits of a day would stop it."""
WITH_CAMERA: Final = tuple(site for site in SITES if site.equipment.has_camera)


class CannotStart(Exception):
    """The demo cannot run as it was asked to; the message says what to change."""


@dataclass(frozen=True, slots=True)
class HeldPorts:
    """Loopback ports, held as long as there is a plan to use them."""

    gateway: HeldPort
    settlement: HeldPort
    bank: HeldPort
    phone: HeldPort
    mqtt: HeldPort


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords and shared keys, made anew for every system."""

    admin_password: str
    settlement_token: str
    bank_callback: str
    gateway_callback: str
    receipt: str
    sms_token: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything of one system is."""

    options: Options
    ports: HeldPorts
    secrets: Secrets

    @property
    def broker(self) -> ExternalBroker:
        """Where lanes and gateway meet."""
        return self.options.broker or ExternalBroker(self.ports.mqtt.number)

    @property
    def gateway_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.gateway.number}"

    @property
    def settlement_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.settlement.number}"

    @property
    def bank_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.bank.number}"

    @property
    def phone_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.phone.number}"

    @property
    def settlement_database(self) -> str:
        return self.options.settlement_database or self._sqlite("settlement")

    @property
    def gateway_database(self) -> str:
        return self.options.gateway_database or self._sqlite("gateway")

    @property
    def has_worker(self) -> bool:
        """Whether payouts run in a process of their own; on SQLite one process owns the writes."""
        return not self.settlement_database.startswith("sqlite:")

    @property
    def broker_pid_file(self) -> Path:
        return self.folder("mqtt") / "broker.pid"

    def folder(self, name: str) -> Path:
        """Return a folder of the run, made if it is not there."""
        folder = self.options.directory / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def config_file(self, program: str) -> Path:
        return self.folder("config") / f"{program}.toml"

    def write(self, program: str, settings: Mapping[str, Any]) -> Path:
        """Write a program's settings file with the overrides laid over it; return its path."""
        merged = copy.deepcopy(dict(settings))
        for section, values in self.options.overrides.get(program, {}).items():
            merged[section] = {**merged.get(section, {}), **values}
        path = self.config_file(program)
        path.touch(mode=0o600)
        path.write_text(to_toml(merged), encoding="utf-8")
        return path

    def _sqlite(self, name: str) -> str:
        return f"sqlite:///{self.folder('data') / name}.db"


def make_plan(options: Options) -> Plan:
    """Choose ports and secrets for a new system; raise CannotStart if that is not possible."""
    if (options.directory / "config").exists():
        raise CannotStart(f"{options.directory} holds an earlier run; choose another directory")
    return Plan(
        options=options,
        ports=HeldPorts(
            gateway=options.console_port or hold_any_port(),
            settlement=hold_any_port(),
            bank=hold_any_port(),
            phone=hold_any_port(),
            mqtt=hold_any_port(),
        ),
        secrets=Secrets(
            admin_password=secrets.token_urlsafe(12),
            settlement_token=secrets.token_urlsafe(24),
            bank_callback=_webhook_secret(),
            gateway_callback=_webhook_secret(),
            receipt=secrets.token_hex(32),
            sms_token=secrets.token_urlsafe(24),
        ),
    )


def gateway_settings(plan: Plan) -> dict[str, Any]:
    broker = plan.broker
    mqtt: dict[str, Any] = {"host": broker.host, "port": broker.port}
    if plan.options.broker is None:
        mqtt |= {"broker": "embedded", "data_dir": str(plan.folder("mqtt"))}
    else:
        mqtt |= {"broker": "external", **_credentials(broker, "gateway")}
    return {
        "database": {"url": plan.gateway_database},
        "http": {
            "host": LOOPBACK,
            "port": plan.ports.gateway.number,
            "public_url": plan.gateway_url,
        },
        "mqtt": mqtt,
        "signing": {"key_file": str(plan.folder("keys") / "gateway.pem")},
        "heads": _heads(plan, "gateway"),
        "settlement": {
            "url": plan.settlement_url,
            "token": plan.secrets.settlement_token,
            "webhook_secret": plan.secrets.gateway_callback,
        },
        "receipt": {"secret": plan.secrets.receipt},
        "plates": {"at": {f"{site.yard}/{site.lane}": "preferred" for site in WITH_CAMERA}},
    }


def settlement_settings(plan: Plan, lane_keys: Mapping[str, str]) -> dict[str, Any]:
    """Return the settlement's settings; the rail's times are short because its bank is next door.

    `lane_keys` are the lanes that its guard believes: {"mine/mine-in": "base64 public key"}.
    """
    return {
        "database": {"url": plan.settlement_database},
        "http": {"host": LOOPBACK, "port": plan.ports.settlement.number},
        "api": {"token": plan.secrets.settlement_token},
        "bank": {
            "base_url": plan.bank_url,
            "callback_secret": plan.secrets.bank_callback,
            "connect_timeout_s": 1.0,
            "read_timeout_s": 2.0,
            "lease_s": 5.0,
            "quarantine_s": 15.0,
        },
        "gateway": {
            "callback_url": f"{plan.gateway_url}/api/v1/callbacks/settlement",
            "webhook_secret": plan.secrets.gateway_callback,
        },
        "sms": {
            "url": plan.phone_url,
            "token": plan.secrets.sms_token,
            "language": plan.options.language,
        },
        "worker": {"inside_serve": not plan.has_worker},
        "guard": {"lane_keys": dict(lane_keys)},
        "limits": {"payout_minor_max": PAYOUT_MINOR_MAX, **UNHURRIED},
        # Every driver here is new, and nobody waits a day to see the demo.
        "approvals": {"cooling_off_s": 0},
        "heads": _heads(plan, "settlement"),
    }


def _heads(plan: Plan, program: str) -> dict[str, str]:
    """Return where a program's heads come; in earnest that is another machine."""
    return {
        "key_file": str(plan.folder("keys") / f"{program}-head.pem"),
        "origin": f"demo.taigan.example/{program}",
        "directory": str(plan.options.directory / "heads"),
    }


def lane_settings(plan: Plan, site: Site, lane: Lane, gateway_key: str) -> dict[str, Any]:
    """Return a lane box's settings for the devices of `lane`, which must be plugged in."""
    broker = plan.broker
    return {
        "yard": site.yard,
        "lane": site.lane,
        "language": plan.options.language,
        **sources(lane, plan.options.directory / "pictures" / site.lane),
        "mqtt": {
            "host": broker.host,
            "port": broker.port,
            **_credentials(broker, f"{site.yard}/{site.lane}"),
        },
        "journal": {"path": str(plan.folder("data") / f"{site.lane}-journal.db")},
        "signing": {
            "key_file": str(plan.folder("keys") / f"{site.lane}.pem"),
            "gateway_public_key": gateway_key,
        },
        "rules": {
            "drive_on_ms": _DRIVE_ON_MS,
            "truck_change_ms": int(_TRUCK_CHANGE_S * 1_000 / plan.options.speed),
        },
    }


def _credentials(broker: ExternalBroker, username: str) -> dict[str, str]:
    if broker.password is None:
        return {}
    return {"username": username, "password": broker.password}


def _webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
