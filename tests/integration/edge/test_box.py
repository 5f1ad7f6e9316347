"""The lane box as a process: simulated devices on real wires, a real broker, a small gateway."""

import asyncio
import base64
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from edge.devices.readings import Reading
from edge.devices.scales.yaohua import YaohuaContinuous
from edge.devices.voice import Spoken
from edge.io.speaker import Narrator
from edge.keys import create_key
from edge.lane.texts import STATE_TEXTS
from edge.messages import (
    RECORD,
    Action,
    Command,
    OfflineOrder,
    Receipt,
    Sealed,
    Verdict,
    sha256_hex,
    topic,
)
from simulators.deck import Beams
from simulators.devices import sources
from simulators.gates import ENTRY_CLOSE, GateBoard
from simulators.lane import Visit, VisitOutcome
from simulators.toml import to_toml
from simulators.yard import World
from tests.integration.edge.identities import GATEWAY
from tests.services.mosquitto import Mosquitto, private_mosquitto
from tests.services.notify_socket import notify_socket
from tests.unit.edge.lanes import orders

pytestmark = pytest.mark.mosquitto

WAIT_S = 40
USERS = {"gateway": "g", "mine/mine-in": "l", "plant/plant-out": "l"}
LOADS = (7_000.0, 20_500.0, 20_500.0)
TAG = "0100630A01"
DECISIONS = {"truck_arrived.v1": Action.ADMIT, "weighing_completed.v2": Action.RELEASE}


class Gateway:
    """Receipts everything, and lets every truck go on where `decides` says so."""

    def __init__(self, broker: Mosquitto, lane_key: Ed25519PublicKey) -> None:
        self.records: list[Any] = []
        self.states: queue.Queue[Any] = queue.Queue()
        self.live: queue.Queue[Any] = queue.Queue()
        self.decides = set(DECISIONS)
        self._key = lane_key
        self._seen: dict[tuple[str, int], str] = {}
        self._arrived = threading.Condition()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="gateway")
        self._client.username_pw_set("gateway", "g")
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("taigan/v1/#", 1)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if message.topic.endswith("/event"):
            self._on_record(Sealed.model_validate_json(message.payload))
        elif message.topic.endswith("/live"):
            self.live.put(json.loads(message.payload))
        elif message.topic.endswith("/state"):
            self.states.put(json.loads(message.payload))

    def _on_record(self, sealed: Sealed) -> None:
        record = RECORD.validate_json(sealed.verify(self._key))
        key, body_hash = (record.epoch, record.seq), sha256_hex(sealed.body)
        assert self._seen.setdefault(key, body_hash) == body_hash
        with self._arrived:
            if all(one.seq != record.seq for one in self.records):
                self.records.append(record)
            self._arrived.notify_all()
        receipt = Receipt(entries=((record.epoch, record.seq, Verdict.ACCEPTED),))
        self._say(record, "receipt", receipt)
        if record.kind in self.decides:
            self.answer(record)

    def answer(self, record: Any) -> None:
        """Let the truck of a record go on."""
        self._say(record, "command", self._decision(record))

    def _decision(self, record: Any) -> Command:
        now = datetime.fromtimestamp(record.at.timestamp(), UTC)
        return Command(
            command_id=uuid4(),
            yard=record.yard,
            lane=record.lane,
            action=DECISIONS[record.kind],
            stop_id=record.stop_id,
            in_reply_to=record.event_id,
            say={"zh": "好", "en": "fine"},
            issued_at=now,
            expires_at=now + timedelta(seconds=60),
        )

    def _say(self, record: Any, name: Any, message: Any) -> None:
        sealed = Sealed.seal(message.model_dump_json(), GATEWAY).model_dump_json()
        self._client.publish(topic(record.yard, record.lane, name), sealed, qos=1)

    def say(self, name: Any, message: Any) -> None:
        """Leave a signed message for lane mine/mine-in, retained."""
        sealed = Sealed.seal(message.model_dump_json(), GATEWAY).model_dump_json()
        self._client.publish(topic("mine", "mine-in", name), sealed, qos=1, retain=True)

    def frame(self, device: str, data: bytes) -> None:
        """Publish a device's bytes as a device that speaks MQTT does."""
        self._client.publish(f"taigan/v1/mine/mine-in/device/{device}", data)

    def until(self, is_so: Callable[[list[Any]], bool]) -> list[Any]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: is_so(self.records), WAIT_S), self.kinds()
            return sorted(self.records, key=lambda one: one.seq)

    def kinds(self) -> list[str]:
        ordered = sorted(self.records, key=lambda one: one.seq)
        return [one.kind.split(".")[0] for one in ordered]

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Site:
    """One lane with everything around it; `others` replace parts of its settings."""

    def __init__(
        self, folder: Path, broker: Mosquitto, yard: str, lane: str, **others: Any
    ) -> None:
        self.folder, self.broker = folder, broker
        self.world = World(folder, speed=10, haul_speed=10, seed=3)
        self.world.start()
        self.lane = self.world.lanes[lane]
        self.gateway = Gateway(broker, create_key(folder / "lane.pem").public_key())
        self._config = folder / "lane.toml"
        self._config.write_text(to_toml({**self._settings(yard, lane), **others}))
        (folder / "log").touch()
        self.switch_on()

    def _settings(self, yard: str, lane: str) -> dict[str, object]:
        public = base64.b64encode(GATEWAY.public_key().public_bytes_raw()).decode()
        return {
            "yard": yard,
            "lane": lane,
            **sources(self.lane),
            "mqtt": {
                "host": "127.0.0.1",
                "port": self.broker.port,
                "username": f"{yard}/{lane}",
                "password": "l",
            },
            "journal": {"path": str(self.folder / "journal.db")},
            "rules": {"decision_ms": 1_000, "beams_clear_ms": 200, "zero_ms_min": 100},
            "signing": {
                "key_file": str(self.folder / "lane.pem"),
                "gateway_public_key": public,
            },
        }

    def switch_on(self) -> None:
        self._logged = len(self.log())
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "edge", "run", "--config", str(self._config)]
            self.box = subprocess.Popen(command, stderr=log)

    def power_cut(self) -> None:
        self.box.kill()
        self.box.wait()

    def visit(self, tag: str = TAG, **how: Any) -> Any:
        """Send a truck to a box that is ready: a driver who came too early waits for seconds."""
        while '"state": "idle"' not in self.log()[self._logged :]:
            assert self.box.poll() is None, self.log()
            threading.Event().wait(0.02)
        visit = Visit(tag, LOADS, **{"patience_s": 60.0, **how})
        return self.world.visit(self.lane.name, visit)

    def stop(self) -> None:
        self.box.send_signal(signal.SIGTERM)
        self.box.wait(WAIT_S)
        self.gateway.stop()
        self.world.stop()

    def log(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture(params=[("mine", "mine-in"), ("plant", "plant-out")], ids=["pty-kg", "tcp-t"])
def site(request: Any, tmp_path: Path) -> Iterator[Site]:
    with private_mosquitto(USERS) as broker:
        made = Site(tmp_path, broker, *request.param)
        yield made
        made.stop()


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Site]:
    with private_mosquitto(USERS) as broker:
        made = Site(tmp_path, broker, "mine", "mine-in")
        yield made
        made.stop()


WHOLE = ["truck_arrived", "weighing_completed", "truck_released", "truck_left"]


def wait_for(is_so: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < give_up_s
        threading.Event().wait(0.05)


def stop_records(site: Site, ends: int = 1) -> list[Any]:
    """Return all records of so many whole stops; one that got lost comes after the others."""

    def complete(records: list[Any]) -> bool:
        left = sum(one.kind == "truck_left.v1" for one in records)
        return left >= ends and {one.seq for one in records} == {*range(1, len(records) + 1)}

    records = site.gateway.until(complete)
    return [one for one in records if one.kind != "lane_fault.v1"]


def test_trucks_cross_and_are_weighed_right(site: Site) -> None:
    for number in (1, 2):
        assert site.visit(f"010063000{number}").result(WAIT_S) is VisitOutcome.PASSED
    records = stop_records(site, 2)
    assert [one.kind.split(".")[0] for one in records] == WHOLE * 2
    assert all(abs(one.weight_kg - sum(LOADS)) <= 20 for one in (records[1], records[5]))
    for left in records[3::4]:
        assert 0 <= left.admit_ms + left.release_ms < left.cycle_ms


def test_the_driver_sees_hears_and_takes_home_what_was_weighed(tmp_path: Path) -> None:
    player = tmp_path / "player"
    player.write_text(f"#!/bin/sh\ncat >> '{tmp_path}/said'\n")
    player.chmod(0o700)
    voice = {"command": str(player), "languages": ["zh", "en"]}
    with private_mosquitto(USERS) as broker, notify_socket() as systemd:
        site = Site(tmp_path, broker, "plant", "plant-out", voice=voice)
        assert [systemd.heard(), systemd.heard()] == ["READY=1", "WATCHDOG=1"]
        assert site.visit().result(WAIT_S) is VisitOutcome.PASSED
        weighing, released = stop_records(site)[1:3]
        idle = Narrator("en").sound(Spoken(STATE_TEXTS["idle"]))
        wait_for(lambda: (tmp_path / "said").exists() and idle in (tmp_path / "said").read_bytes())
        wait_for(lambda: site.lane.display.text == STATE_TEXTS["idle"]["zh"])
        wait_for(lambda: bool(site.lane.printer.slips))
        site.stop()
    [paper] = site.lane.printer.slips
    assert (weighing.kind, released.kind) == ("weighing_completed.v2", "truck_released.v1")
    assert len(paper.rows) > 200


def test_an_arm_stays_up_behind_no_truck_though_the_relay_board_lost_the_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next truck drives up only when both arms are down."""
    obey = GateBoard.write
    lost: list[asyncio.Task[None]] = []

    def lose_first(board: GateBoard, address: int, value: int, at_s: float, beams: Beams) -> None:
        if address % 0x0200 != ENTRY_CLOSE or not board.entry.is_open(at_s) or lost:
            return obey(board, address, value, at_s, beams)
        lost.append(asyncio.get_running_loop().create_task(restart()))
        return None

    async def restart() -> None:
        await site.lane.plc.unplug()
        await site.lane.plc.plug_in()

    with private_mosquitto(USERS) as broker:
        monkeypatch.setattr(GateBoard, "write", lose_first)
        rules = {"beams_clear_ms": 200, "zero_ms_min": 100, "barrier_ms": 1_000}
        site = Site(tmp_path, broker, "mine", "mine-in", rules=rules)
        assert site.visit("0100630001").result(WAIT_S) is VisitOutcome.PASSED
        assert site.visit("0100630002").result(WAIT_S) is VisitOutcome.PASSED
        site.stop()
    assert "barrier told again" in site.log()


def test_a_box_killed_at_the_scale_finishes_the_stop_with_one_weighing(mine: Site) -> None:
    mine.gateway.decides = {"truck_arrived.v1"}
    visit = mine.visit()
    mine.gateway.until(lambda all_: any(one.kind == "weighing_completed.v2" for one in all_))
    mine.power_cut()
    mine.gateway.decides = set(DECISIONS)
    mine.switch_on()
    assert visit.result(WAIT_S) is VisitOutcome.PASSED
    records = stop_records(mine)
    assert [one.kind.split(".")[0] for one in records] == WHOLE
    assert records[-1].cycle_ms is None


def test_a_broker_crash_during_a_stop_is_survived(mine: Site) -> None:
    visit = mine.visit()
    mine.gateway.until(lambda records: len(records) >= 1)
    mine.broker.kill()
    mine.broker.start()
    assert visit.result(WAIT_S) is VisitOutcome.PASSED
    assert [one.kind.split(".")[0] for one in stop_records(mine)] == WHOLE


def test_a_box_that_is_stopped_says_that_it_is_gone(mine: Site) -> None:
    while not mine.gateway.states.get(timeout=WAIT_S)["online"]:
        continue
    mine.box.send_signal(signal.SIGTERM)
    assert mine.box.wait(WAIT_S) == 0
    while mine.gateway.states.get(timeout=WAIT_S)["online"]:
        continue
    assert "Traceback" not in mine.log()


def test_a_damaged_journal_is_moved_aside_and_the_lane_serves_on(mine: Site) -> None:
    mine.visit().result(WAIT_S)
    stop_records(mine)
    mine.power_cut()
    (mine.folder / "journal.db").write_bytes(b"rubbish" * 1_000)
    mine.gateway.records.clear()
    mine.switch_on()
    faults = mine.gateway.until(lambda all_: any(one.kind == "lane_fault.v1" for one in all_))
    assert (faults[0].seq, faults[0].device, faults[0].reason) == (1, "journal", "journal_damaged")
    assert mine.visit("0100630A02").result(WAIT_S) is VisitOutcome.PASSED
    assert (mine.folder / "journal.db.damaged-1").exists()


def test_kept_orders_survive_a_restart_and_serve_without_a_gateway(mine: Site) -> None:
    listed = OfflineOrder(tag=TAG, plate="K1", order_no="O-1", gross_max_kg=49_000)
    tomorrow = datetime.fromtimestamp(time.time() + 86_400, UTC)
    mine.gateway.say("orders", orders(lane="mine-in", orders=(listed,), expires_at=tomorrow))
    assert mine.visit("0100630A02").result(WAIT_S) is VisitOutcome.PASSED
    stop_records(mine)
    mine.power_cut()
    mine.broker.kill()
    mine.switch_on()
    assert mine.visit().result(WAIT_S) is VisitOutcome.PASSED
    mine.broker.start()
    records = stop_records(mine, 2)
    assert [one.decided_by for one in records if one.kind == "truck_released.v1"] == [
        "gateway",
        "offline",
    ]


def test_an_indicator_that_speaks_mqtt_is_a_scale_like_any_other(tmp_path: Path) -> None:
    scale = {"source": "mqtt://indicator", "e_kg": 20}
    with private_mosquitto(USERS) as broker:
        site = Site(tmp_path, broker, "mine", "mine-in", scale=scale)
        frame = YaohuaContinuous().encode(Reading(weight=Decimal(1560)))
        shown = None
        while shown != 1_560:
            site.gateway.frame("indicator", frame)
            with suppress(queue.Empty):
                shown = site.gateway.live.get(timeout=0.2)["weight_kg"]
        site.stop()
