"""The running gateway without its web side, over a real broker and a real database."""

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from gateway.core import Core
from taigan.key_file import create_key, read_key
from tests.integration.gateway.radio import FakeSettlement, Radio, fake_settlement
from tests.integration.gateway.yard import LANES, START_MS, World, build_world, settings_for
from tests.services.mosquitto import Mosquitto

USERS = {"gateway": "secret"} | {f"{yard}/{lane}": "secret" for yard, lane in LANES}


class Air:
    """A running core, its fake settlement, and radios for its lanes."""

    def __init__(
        self, engine: Engine, mqtt: dict[str, Any], folder: Path, settlement: FakeSettlement
    ) -> None:
        self.engine = engine
        self.settlement = settlement
        self.events: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.port = mqtt["port"]
        key_file = folder / "gateway.key"
        create_key(key_file)
        self._key = read_key(key_file).public_key()
        with engine.begin() as connection:
            self.world: World = build_world(connection)
        settings = settings_for(
            str(engine.url.render_as_string(hide_password=False)),
            mqtt=mqtt,
            signing={"key_file": str(key_file)},
            settlement={
                "url": settlement.url,
                "token": "t" * 16,
                "webhook_secret": "whsec_" + "c" * 32,
            },
        )
        self.core = Core(settings, engine, self._publish, since_start())
        self._open = ExitStack()

    @contextmanager
    def running(self) -> Iterator["Air"]:
        with self._open, self.core.running():
            self.wait_until_heard()
            yield self

    def wait_until_heard(self) -> None:
        """Return once the gateway has subscribed: what is sent before is lost."""
        pause, is_deaf = threading.Event(), self.core.checks()["mqtt"]
        for _ in range(300):
            if is_deaf() is None:
                return
            pause.wait(0.05)
        raise AssertionError(is_deaf())

    def radio(self, name: str) -> Radio:
        """Return a lane's radio, once the gateway hears it."""
        lane = self.world.lane(name)
        radio = Radio(lane, self.port, self._key)
        self._open.callback(radio.close)
        return radio

    def event(self, name: str, **having: Any) -> dict[str, Any]:
        """Wait for the next event `name` to screens that has these values."""
        while True:
            event, data = self.events.get(timeout=15)
            if event == name and having.items() <= data.items():
                return data

    def _publish(self, event: str, data: dict[str, Any]) -> None:
        self.events.put((event, data))


@contextmanager
def on_air(engine: Engine, mqtt: dict[str, Any], folder: Path) -> Iterator[Air]:
    with fake_settlement() as settlement, Air(engine, mqtt, folder, settlement).running() as air:
        yield air


def embedded_mqtt(folder: Path) -> dict[str, Any]:
    return {"broker": "embedded", "port": free_port(), "data_dir": str(folder / "broker")}


def external_mqtt(broker: Mosquitto) -> dict[str, Any]:
    return {
        "broker": "external",
        "port": broker.port,
        "username": "gateway",
        "password": "secret",
    }


def since_start() -> Callable[[], int]:
    """Return a clock that stood at START_MS when this was called."""
    began = time.monotonic()
    return lambda: START_MS + round((time.monotonic() - began) * 1000)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
