"""Of gateways that share a name and a database one works, and another follows it at once."""

import json
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gateway.config import Mqtt
from gateway.migrations import upgrade
from gateway.standing_by import StandBy
from taigan.engine import open_engine
from taigan.key_file import create_key
from taigan.named_lock import NamedLock
from tests.integration.gateway.air import free_port
from tests.integration.gateway.test_program import CONFIG, config_url

HOLD = """
import sys
from taigan.engine import open_engine
from taigan.named_lock import NamedLock
lock = NamedLock(open_engine(sys.argv[1]), ["gateway-client-a"])
print(lock.take(), flush=True)
sys.stdin.read()
"""


class Program:
    """A gateway that stands by, without all that it would begin."""

    def __init__(self, url: str, **mqtt: Any) -> None:
        self.engine: Engine = open_engine(url)
        self.begun: list[str] = []
        self.ended: list[str] = []
        settings = Mqtt(broker="external", **mqtt)
        self.stand_by = StandBy(
            self.engine,
            settings,
            begin=lambda: self.begun.append("begun"),
            end=lambda: self.ended.append("ended"),
        )

    def look(self) -> bool:
        self.stand_by._look()
        return self.stand_by.is_active


Programs = Callable[..., Program]


@pytest.fixture
def programs(url: str) -> Iterator[Programs]:
    made: list[Program] = []

    def make(**mqtt: Any) -> Program:
        made.append(Program(url, **mqtt))
        return made[-1]

    yield make
    for one in made:
        one.stand_by.release()
        one.engine.dispose()


def test_the_second_waits_says_so_and_follows(programs: Programs) -> None:
    first, second = programs(), programs()
    assert [first.look(), second.look(), first.look(), second.look()] == [True, False] * 2
    assert "standing by" in str(second.stand_by.check())
    assert (first.begun, second.begun) == (["begun"], [])
    first.stand_by.release()
    assert second.look()
    assert second.look()
    assert second.begun == ["begun"]


def test_whoever_has_another_name_does_not_wait(programs: Programs) -> None:
    names = ({"client_id": "a"}, {"client_id": "b"}, {"client_id": "c", "username": "u"})
    assert [programs(**name).look() for name in names] == [True] * 3


def test_a_broker_may_know_clients_by_their_user_so_that_is_a_name_too(programs: Programs) -> None:
    first = programs(client_id="a", username="gateway")
    second = programs(client_id="b", username="gateway")
    assert (first.look(), second.look()) == (True, False)
    assert programs(client_id="b").look(), "what it cannot have all of it holds nothing of"


def test_it_takes_over_by_itself(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.standing_by.LOOK_S", 0.01)
    first = programs()
    first.stand_by.start()
    assert first.stand_by.check() is None
    second = programs()
    second.stand_by.start()
    assert second.begun == []
    first.stand_by.stop()
    assert second.begun == [], "what the first is still doing it does alone"
    first.stand_by.release()
    until(lambda: second.begun == ["begun"])
    assert second.stand_by.check() is None
    second.stand_by.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_whoever_is_killed_holds_nothing(url: str, number: int) -> None:
    engine = open_engine(url)
    lock = NamedLock(engine, ["gateway-client-a"])
    command = [sys.executable, "-c", HOLD, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        assert not lock.take()
        holder.send_signal(number)
        holder.wait(10)
    until(lock.take)
    lock.release()
    engine.dispose()


@pytest.mark.postgres
def test_one_that_lost_its_connection_goes_on_unless_another_was_quicker(
    postgres_engine: Engine,
) -> None:
    url = postgres_engine.url.render_as_string(hide_password=False)
    first, second = Program(url), Program(url)

    def cut() -> None:
        with postgres_engine.begin() as connection:
            ended = connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND granted"
                )
            )
            assert set(ended.scalars()) == {True}

    assert first.look()
    held = first.stand_by._lock._connection
    assert held is not None
    idle_s = held.execute(text("SHOW tcp_keepalives_idle")).scalar()
    assert idle_s == "10", "a machine that loses its power is noticed"
    cut()
    assert first.look()
    assert not second.look(), "it holds the name again"
    cut()
    assert second.look()
    for _ in range(2):
        first.look()
    assert (first.begun, first.ended) == (["begun"], ["ended"])
    assert (second.begun, second.ended) == (["begun"], [])
    for one in (first, second):
        one.stand_by.release()
        one.engine.dispose()


def test_a_second_program_with_another_port_stands_by_until_the_first_is_killed(
    tmp_path: Path,
) -> None:
    settings = {"folder": tmp_path, "mqtt_port": free_port()}
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    for path in (first, second):
        path.write_text(CONFIG.format(http_port=free_port(), **settings))
    upgrade(open_engine(f"sqlite:///{tmp_path}/gateway.db"))
    create_key(tmp_path / "gateway.key")
    with serving(first) as (working, log), serving(second) as (_waiting, log_of_second):
        until(lambda: readiness(first)[0] == 200)
        until(lambda: readiness(second)[0] == 503)
        (why,) = readiness(second)[1].items()
        assert why == (
            "stand_by",
            "another gateway is connected to the broker as gateway: standing by for it",
        )
        assert events(log).count("connected to the MQTT broker") == 1
        assert "lost the MQTT broker" not in events(log)
        working.kill()
        until(lambda: readiness(second)[0] == 200)
        assert "the other gateway is gone, taking over" in events(log_of_second)


@contextmanager
def serving(config: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    log = config.with_suffix(".log")
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
    with log.open("wb") as said, subprocess.Popen(command, stderr=said) as process:
        until(lambda: readiness(config)[0])
        yield process, log
        process.terminate()


def readiness(config: Path) -> tuple[int, dict[str, str]]:
    """Return the status of /readyz and its reasons; 0 while nobody answers."""
    try:
        with urllib.request.urlopen(f"{config_url(config)}/readyz") as answer:  # noqa: S310 - our own server
            return answer.status, json.load(answer)["reasons"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["reasons"]
    except OSError:
        return 0, {}


def events(log: Path) -> list[str]:
    return [json.loads(line)["event"] for line in log.read_text().splitlines()]


def until(is_so: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if is_so():
            return
        pause.wait(0.05)
    raise AssertionError("in vain")
