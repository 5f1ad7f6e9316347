"""Runs the commands of pages, each in a folder here: `python -m tests.unit.docs.replay PAGE…`.

A process of its own, because programs set up logging for good; one for all pages, because most of
the time goes into imports. Commands are called by the names they are installed under; `curl` asks
the real applications without a network between.
"""

import io
import json
import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import entry_points
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from edge.messages import Command
from gateway.app import create_app as gateway_app
from gateway.auth.people import add_user
from gateway.config import Settings as GatewaySettings
from gateway.live.hub import Hub
from gateway.migrations import upgrade
from gateway.trail.service import By
from settlement.app import create_app as settlement_app
from settlement.config import Settings as SettlementSettings
from settlement.migrations import upgrade as upgrade_settlement
from settlement.services import open_services
from simulators.bench import Bench, Socket
from simulators.indicator import IndicatorModel
from simulators.uart import UartSettings
from taigan.engine import open_engine
from taigan.settings import load
from tests.services.secrets import make_secrets
from tests.unit.docs.pages import ROOT, blocks, file_blocks

INSTALLED = {
    "gateway.toml": "gateway.example.toml",
    "settlement.toml": "settlement.example.toml",
    "mine-in.toml": "lane.example.toml",
}
DEVICES = "/dev/serial/by-id"
PASSWORD = "the password"
REPORT = "report.json"


class NoLane:
    """The pages command no truck."""

    def publish(self, command: Command) -> None:
        raise AssertionError(command)


class Session:
    """One page, read from top to bottom by somebody who types what it says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._apps: dict[int, TestClient] = {}
        (folder / "etc").mkdir()
        for name in ("var", "var-gateway", "var-settlement"):
            (folder / name).mkdir()
        for name, example in INSTALLED.items():
            text = (ROOT / "deploy" / example).read_text()
            (folder / "etc" / name).write_text(self._here(text))
        secrets = make_secrets(folder / "etc")
        self._names = {"SETTLEMENT_TOKEN": secrets["TAIGAN_API__TOKEN"]}

    def run(self, command: str) -> str:
        """Return everything that a command says."""
        words = shlex.split(Template(self._here(command)).safe_substitute(self._names))
        said = self._curl(words[1:]) if words[0] == "curl" else call(words)
        for file in (self._folder / "etc").glob("*.toml"):
            file.write_text(self._here(file.read_text()))
        return self._there(said)

    def plug_in(self, bench: Bench) -> None:
        """Put an indicator where the pages have one."""
        link = self._folder / "dev" / "usb-indicator"
        link.parent.mkdir()
        bench.scale(IndicatorModel(line=UartSettings(baud=4800)), Socket(link=link))

    def _here(self, text: str) -> str:
        for there, here in self._places():
            text = text.replace(there, here)
        return text

    def _there(self, text: str) -> str:
        for there, here in self._places():
            text = text.replace(here, there)
        return text

    def _places(self) -> list[tuple[str, str]]:
        """Return what the pages name, with its place in this session."""
        places = {"/var/lib/taigan": "var", "/etc/taigan": "etc", DEVICES: "dev"}
        return [(there, f"{self._folder}/{here}") for there, here in places.items()]

    def _curl(self, words: list[str]) -> str:
        asked = parse_curl(words)
        address = urlsplit(asked.url)
        headers = dict(header.split(": ", 1) for header in asked.header)
        query, data = address.query, "&".join(asked.data)
        if asked.G:
            pairs = [one.partition("=") for one in asked.urlencoded]
            query = "&".join([*(f"{name}={quote(value)}" for name, _, value in pairs), data])
        content = data.encode() if data and not asked.G else None
        answer = self._client(address.port or 80).request(
            asked.method, f"{address.path}?{query}", headers=headers, content=content
        )
        if asked.output:
            (self._folder / asked.output).write_bytes(answer.content)
            return ""
        self._remember(answer.json())
        return answer.text

    def _remember(self, answer: dict[str, Any]) -> None:
        for name, field in (("TOKEN", "token"), ("ID", "id")):
            if field in answer:
                self._names[name] = answer[field]

    def _client(self, port: int) -> TestClient:
        if port not in self._apps:
            make: Callable[[], FastAPI] = {8080: self._gateway, 8081: self._settlement}[port]
            self._apps[port] = TestClient(make(), base_url=f"http://127.0.0.1:{port}")
        return self._apps[port]

    def _gateway(self) -> FastAPI:
        settings = load(self._folder / "etc" / "gateway.toml", GatewaySettings)
        engine = open_engine(settings.database.url)
        upgrade(engine)
        set_admin(engine)
        return gateway_app(settings, engine, Hub(), NoLane())

    def _settlement(self) -> FastAPI:
        settings = load(self._folder / "etc" / "settlement.toml", SettlementSettings)
        services = open_services(settings)
        upgrade_settlement(services.database)
        return settlement_app(services)


def set_admin(engine: Engine) -> None:
    """Let the administrator in with the password that the pages write."""
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET username = 'first' WHERE username = 'admin'")
        add_user(connection, "admin", "admin", PASSWORD, By("root@server", 0))


def parse_curl(words: list[str]) -> Namespace:
    """Read the words; a curl refuses an address with bytes that no address has."""
    parser = ArgumentParser()
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-X", dest="method", default="GET")
    parser.add_argument("-H", dest="header", action="append", default=[])
    parser.add_argument("-d", dest="data", action="append", default=[])
    parser.add_argument("-G", action="store_true")
    parser.add_argument("--data-urlencode", dest="urlencoded", action="append", default=[])
    parser.add_argument("-o", dest="output")
    parser.add_argument("url")
    asked = parser.parse_args(words)
    assert asked.url.isascii(), f"{asked.url}: curl sends this as it is, and no server takes it"
    return asked


def call(words: list[str]) -> str:
    """Call an installed command as the shell would, and return both its outputs."""
    (program,) = entry_points(group="console_scripts", name=words[0])
    out = io.StringIO()
    sys.argv = words
    with redirect_stdout(out), redirect_stderr(out):
        try:
            program.load()()
        except SystemExit:
            return out.getvalue()
    return out.getvalue()


def steps(text: str) -> list[tuple[str, str]]:
    """Return (command, what it says) for each `$` line of a console block."""
    pieces = text.removeprefix("$ ").split("\n$ ")
    return [(command, said.strip()) for command, _, said in (p.partition("\n") for p in pieces)]


def replay(page: Path, folder: Path) -> list[tuple[str, str, str]]:
    """Return (command, expected, said) for every command of a page."""
    folder.mkdir()
    os.chdir(folder)
    for name, text in file_blocks(page).items():
        (folder / name).write_text(text)
    session = Session(folder)
    typed = [
        step for block in blocks(page) if block.language == "console" for step in steps(block.text)
    ]
    with Bench(folder) as bench:
        if any(DEVICES in command for command, _ in typed):
            session.plug_in(bench)
        return [(command, expected, session.run(command).strip()) for command, expected in typed]


def main() -> None:
    """Replay pages and write what came of it to `report.json`, by page."""
    here = Path.cwd()
    found = {name: replay(Path(name), here / Path(name).stem) for name in sys.argv[1:]}
    (here / REPORT).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
