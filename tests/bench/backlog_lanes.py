"""The lanes of the backlog bench: real journals and outboxes, each on its own MQTT connection.

One loop serves all connections, for a thousand lanes in one process. Lanes' disks are not measured:
their journals lie in memory where that is possible, as each has a disk of its own in life.
"""

import base64
import json
import selectors
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import paho.mqtt.client as paho
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from paho.mqtt.enums import CallbackAPIVersion

from edge.box.downlink import open_downlink
from edge.journal.file import open_journal
from edge.journal.journal import Identity
from edge.journal.sender import RecordSender
from edge.lane.effects import Write
from edge.lane.signals import Instant
from edge.messages import (
    ClockQuality,
    Receipt,
    TopicName,
    TruckArrived,
    TruckLeft,
    TruckRefused,
    WeighingCompleted,
    sha256_hex,
    topic,
)

YARD: Final = "mine"
CURVE: Final = json.dumps([[ms, min(ms * 4, 30_000)] for ms in range(0, 30_000, 100)])
GIVE_UP_S: Final = 1_800
LOOK_S: Final = 0.02
WARM_UP: Final = 2
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it


def lane_name(number: int) -> str:
    return f"lane-{number}"


def lane_key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def tag_of(number: int) -> str:
    return f"{0xB0000000 + number:08X}"


@dataclass(frozen=True)
class Measured:
    records: int
    took_s: float
    sendings: int
    cpu_s: float = 0.0
    """Of the gateway, in that time."""

    @property
    def cpu_ms_per_record(self) -> float:
        return 1000 * self.cpu_s / self.records

    @property
    def per_s(self) -> float:
        return self.records / self.took_s

    @property
    def resends_per_record(self) -> float:
        return self.sendings / self.records - 1


class Lane:
    """A lane box reduced to its journal, its outbox and its connection."""

    def __init__(self, number: int, plan: dict[str, Any], folder: Path) -> None:
        name = lane_name(number)
        key = Ed25519PrivateKey.from_private_bytes(lane_key(number))
        identity = Identity(yard=YARD, lane=name, key=key, boot_id="boot")
        self.journal = open_journal(folder / name, identity, f"{number:016x}")
        self.sender = RecordSender(self.journal, self, now_ms())
        self.missing: set[int] = set()
        """Records whose receipt has not come."""
        self.sendings = 0
        self.is_heard = False
        self._name = name
        self._tag = tag_of(number)
        self._start_ms = plan["start_ms"]
        gateway_key = base64.b64decode(plan["gateway_key"])
        self._gateway = Ed25519PublicKey.from_public_bytes(gateway_key)
        self._next = self._stop()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        self.client.username_pw_set(f"{YARD}/{name}", plan["password"])
        self.client.max_inflight_messages_set(64)
        self.client.on_connect = self._subscribe
        self.client.on_subscribe = self._heard
        self.client.on_message = self._receive
        self.client.connect("127.0.0.1", plan["port"])

    unopened = 0

    def publish(self, name: TopicName, payload: str) -> None:
        """Send, as the Link of the shipped outbox."""
        self.sendings += 1
        self.client.publish(topic(YARD, self._name, name), payload, qos=1)

    def check(self) -> None:
        return

    def weigh(self, count: int) -> None:
        """Put the next records of trucks that come one after another on record."""
        for _ in range(count):
            utc = datetime.fromtimestamp(self._start_ms / 1000, UTC)
            at = Instant(now_ms(), utc, ClockQuality.SYNCED)
            [stored] = self.journal.append([next(self._next)], at)
            self.missing.add(stored.seq)
        self.sender.fill()

    def work(self) -> None:
        """Do what a turn of the runner does."""
        self.sender.send(now_ms())
        if self.sender.receipts_due(now_ms()):
            self.sender.file_receipts()

    def _stop(self) -> Iterator[Write]:
        while True:
            stop_id, weighing_id = uuid4(), uuid4()
            stop: dict[str, object] = {"stop_id": stop_id}
            weight = {"weight_kg": 30_000, "e_kg": 20, "frames": 6, "stable_ms": 600}
            card = {"tag": self._tag, "reader": "card", "is_shown": True, "reads": 2}
            seen = {"cards_seen": [card | {"first_ms": 0, "last_ms": 900}], "plates_seen": []}
            curve = {"protocol": "yaohua-continuous", "curve_sha256": sha256_hex(CURVE)}
            zero = {"tag": self._tag, "zero_before_kg": 0}
            yield Write(TruckArrived, uuid4(), stop | zero)
            yield Write(WeighingCompleted, weighing_id, stop | zero | weight | seen | curve, CURVE)
            refusal = {"reason": "turned_away", "refused_by": "gateway"}
            yield Write(TruckRefused, uuid4(), stop | refusal)
            left = {"weighing_id": None, "zero_after_kg": 0, "cycle_ms": 21_000}
            yield Write(TruckLeft, uuid4(), stop | left | {"admit_ms": 9, "release_ms": 11})

    def _subscribe(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(topic(YARD, self._name, "receipt"), 1)

    def _heard(self, *_: Any) -> None:
        self.is_heard = True

    def _receive(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        heard = open_downlink(bytes(message.payload), self._gateway)
        if isinstance(heard, Receipt):
            self.sender.receipted(heard, now_ms())
            self.missing -= {seq for _, seq, _ in heard.entries}


class Lanes:
    """All lanes of the bench, and the loop that serves them."""

    def __init__(self, plan: dict[str, Any], folder: Path) -> None:
        self._lanes = [Lane(number, plan, folder) for number in range(plan["lanes"])]
        self._sockets = selectors.DefaultSelector()
        for lane in self._lanes:
            wire = lane.client.socket()
            assert isinstance(wire, socket.socket)
            self._sockets.register(wire, selectors.EVENT_READ, lane)
        self._looked_s = 0.0
        self.serve(lambda: all(lane.is_heard for lane in self._lanes))

    def one_by_one(self, records: int) -> Measured:
        """Let each lane send its next record when the one before is receipted."""
        left = dict.fromkeys(self._lanes, records)

        def is_done() -> bool:
            for lane, count in left.items():
                if count and not lane.missing:
                    lane.weigh(1)
                    left[lane] -= 1
            return not any(left.values()) and self._is_empty()

        return self._measured(is_done, records)

    def backlog(self, records: int) -> Measured:
        """Cut all lanes off, let trucks pass, and connect all lanes at once."""
        for lane in self._lanes:
            lane.sender.link_changed(connected=False)
            lane.weigh(records)
        for lane in self._lanes:
            lane.sender.link_changed(connected=True)
        return self._measured(self._is_empty, records)

    def _measured(self, is_done: Callable[[], bool], records: int) -> Measured:
        for lane in self._lanes:
            lane.sender.connected = True
            lane.sendings = 0
        began_s = time.monotonic()
        self.serve(is_done)
        took_s = time.monotonic() - began_s
        sendings = sum(lane.sendings for lane in self._lanes)
        return Measured(records * len(self._lanes), took_s, sendings)

    def serve(self, is_done: Callable[[], bool]) -> None:
        give_up_s = time.monotonic() + GIVE_UP_S
        while not is_done():
            if time.monotonic() > give_up_s:
                raise TimeoutError(f"{sum(len(lane.missing) for lane in self._lanes)} left")
            for key, _ in self._sockets.select(LOOK_S):
                key.data.client.loop_read()
                key.data.work()
            if time.monotonic() - self._looked_s > LOOK_S:
                self._looked_s = time.monotonic()
                self._look()

    def _look(self) -> None:
        for lane in self._lanes:
            lane.work()
            lane.client.loop_misc()
            if lane.client.want_write():
                lane.client.loop_write()

    def _is_empty(self) -> bool:
        return not any(lane.missing for lane in self._lanes)


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def main() -> None:
    plan = json.loads(sys.argv[1])
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="taigan-lanes-", dir=where) as name:
        lanes = Lanes(plan, Path(name))
        for phase, measure, records in (
            ("warm-up", lanes.one_by_one, WARM_UP),
            ("ingest", lanes.one_by_one, plan["records"]),
            ("drain", lanes.backlog, plan["records"]),
        ):
            print(json.dumps({"phase": phase} | asdict(measure(records))), flush=True)


if __name__ == "__main__":
    main()
