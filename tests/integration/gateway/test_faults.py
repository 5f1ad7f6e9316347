"""Death at the worst moment: of the broker, the database, the gateway between commit and answer."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, func, select

from edge.messages import Verdict
from gateway.broker.embedded import PID_FILE
from gateway.ingest.rejections import STRANGERS_MAX
from gateway.records.service import Applied
from gateway.records.tables import alarms, records
from taigan.engine import open_engine
from taigan.key_file import read_key
from tests.integration.gateway.air import embedded_mqtt, external_mqtt, free_port, on_air
from tests.integration.gateway.by_hand import Hand, work
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.radio import Radio
from tests.integration.gateway.yard import FakeLane, build_world
from tests.services.mosquitto import Mosquitto


def test_what_was_committed_before_a_death_is_answered_by_the_next_gateway(
    gateway: Gateway,
) -> None:
    arrived = gateway.lane("mine-in").arrived(uuid4())
    gateway.receive(arrived)  # committed; the process died before it acknowledged or answered
    hand = Hand(arrived)
    work(gateway, hand, gateway.engine)
    assert hand.sent == ["receipt", "command"]
    assert hand.acknowledged == 1
    assert len(gateway.rows(records)) == 1


def test_a_record_is_not_acknowledged_while_the_database_is_away(
    gateway: Gateway, tmp_path: Path
) -> None:
    hand = Hand(gateway.lane("mine-in").arrived(uuid4()))
    work(gateway, hand, create_engine(f"sqlite:///{tmp_path / 'nowhere' / 'gateway.db'}"))
    assert (hand.acknowledged, hand.given_back, hand.sent) == (0, 1, [])


def test_a_record_that_cannot_be_applied_stops_no_other_and_gets_no_receipt(
    gateway: Gateway,
) -> None:
    class Failing:
        def apply(self, *_: object) -> Applied:
            raise KeyError("no such rule")

        answer_again = prepare = apply

    gateway.tickets, whole = Failing(), gateway.tickets  # type: ignore[assignment]
    arrived = gateway.lane("mine-in").arrived(uuid4())
    hand = Hand(arrived)
    work(gateway, hand, gateway.engine)
    assert (hand.acknowledged, hand.sent) == (1, [])
    assert gateway.alarms() == ["record_failed"]
    gateway.tickets = whole
    assert gateway.verdict(arrived) is Verdict.ACCEPTED


def test_a_flood_of_forged_messages_costs_one_alarm_and_delays_no_lane(gateway: Gateway) -> None:
    lane, thief = gateway.lane("mine-in"), FakeLane("mine", "mine-in")
    forged = [thief.arrived(uuid4()) for _ in range(50)]
    made_up = [FakeLane("mine", f"lane-{number}").arrived(uuid4()) for number in range(50)]
    hand = Hand(*forged, *made_up, lane.arrived(uuid4()))
    work(gateway, hand, gateway.engine)
    assert (hand.acknowledged, hand.sent) == (101, ["receipt", "command"])
    found = gateway.rows(alarms)
    (forgery,) = (row for row in found if row["kind"] == "message_forged")
    assert (forgery["lane_id"], forgery["count"]) == ("mine-in", 1)
    unknown = {row["subject"] for row in found if row["kind"] == "lane_unknown"}
    assert unknown == {"", *(f"mine/lane-{number}" for number in range(STRANGERS_MAX))}


def test_an_answer_that_cannot_be_given_does_not_end_the_worker(gateway: Gateway) -> None:
    class Mute(Hand):
        def send(self, topic: str, payload: str, *, retain: bool = False) -> bool:
            super().send(topic, payload, retain=retain)
            raise ValueError("too large for any message")

    lane = gateway.lane("mine-in")
    hand = Mute(lane.refused(uuid4()), lane.refused(uuid4()))
    work(gateway, hand, gateway.engine)
    assert (hand.acknowledged, hand.sent) == (2, ["receipt", "receipt"])
    assert len(gateway.rows(records)) == 2


def stored(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(records)).scalar_one())


@pytest.mark.mosquitto
def test_records_survive_the_death_of_mosquitto(
    sqlite_engine: Engine, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with on_air(sqlite_engine, external_mqtt(mosquitto), tmp_path) as air:
        lane, radio = air.world.lane("mine-in"), air.radio("mine-in")
        radio.send_until_receipted(lane.refused(uuid4()))
        mosquitto.kill()
        during = lane.refused(uuid4())
        radio.send(during)
        mosquitto.start()
        radio.send_until_receipted(during)
        assert stored(sqlite_engine) == 2


def test_the_embedded_broker_is_started_again_when_it_dies(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with on_air(sqlite_engine, embedded_mqtt(tmp_path), tmp_path) as air:
        lane, radio = air.world.lane("mine-in"), air.radio("mine-in")
        radio.send_until_receipted(lane.refused(uuid4()))
        os.kill(int((tmp_path / "broker" / PID_FILE).read_text()), signal.SIGKILL)
        radio.send_until_receipted(lane.refused(uuid4()))
        assert stored(sqlite_engine) == 2


def test_the_embedded_broker_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway", "broker"]
    command += ["--port", str(free_port()), "--data", str(tmp_path)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(20) == 0
    assert not (tmp_path / PID_FILE).exists()


CONFIG = """
[database]
url = "sqlite:///{folder}/gateway.db"
[http]
port = {http_port}
public_url = "http://127.0.0.1:{http_port}"
[mqtt]
broker = "external"
port = {mqtt_port}
username = "gateway"
password = "secret"
[signing]
key_file = "{folder}/gateway.key"
[settlement]
url = "http://127.0.0.1:9"
token = "tttttttttttttttt"
webhook_secret = "whsec_Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
[receipt]
secret = "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
"""


@contextmanager
def serving(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the real program; killed without a warning when the block is left."""
    process = subprocess.Popen([sys.executable, "-m", "gateway", "serve", "--config", config])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.mosquitto
@pytest.mark.slow
def test_a_gateway_killed_at_any_moment_loses_and_doubles_nothing(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(
        CONFIG.format(folder=tmp_path, http_port=free_port(), mqtt_port=mosquitto.port)
    )
    subprocess.run([sys.executable, "-m", "gateway", "init", "--config", config], check=True)
    engine = open_engine(f"sqlite:///{tmp_path}/gateway.db")
    with engine.begin() as connection:
        lane = build_world(connection).lane("mine-in")
    gateway_key = read_key(tmp_path / "gateway.key").public_key()
    radio = Radio(lane, mosquitto.port, gateway_key)
    sent = []
    for burst in (1, 5, 25):
        with serving(config):
            sent.append(lane.refused(uuid4()))
            radio.send_until_receipted(sent[-1])
            for _ in range(burst):  # and then it dies while these are on their way
                sent.append(lane.refused(uuid4()))
                radio.send(sent[-1])
    with serving(config):
        for envelope in sent:
            radio.send_until_receipted(envelope)
    radio.close()
    with engine.begin() as connection:
        verdicts = connection.execute(select(records.c.seq, records.c.verdict)).all()
    assert sorted(verdicts) == [(seq, "accepted") for seq in range(1, len(sent) + 1)]
    engine.dispose()
