"""A small world for gateway tests: two yards, four lanes with real keys, trucks with orders."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from edge.messages import (
    GENESIS_HASH,
    RECORD,
    LaneFault,
    Picture,
    PlateRead,
    Record,
    Sealed,
    TruckArrived,
    TruckLeft,
    TruckRefused,
    TruckReleased,
    WeighingCompleted,
    WeighingVoided,
    sha256_hex,
)
from gateway.config import Settings
from gateway.keys import public_text
from gateway.records.envelope import Envelope
from gateway.registry.tables import cards, contracts, drivers, lanes, orders, vehicles, yards

START_MS = 1_760_000_000_000
DAY_MS = 86_400_000
TAG = "0A1B2C3D"
TERMS = {
    "contract_id": "coal-1",
    "version": 1,
    "basis": "lower",
    "rate_per_tonne_minor": 4500,
    "loss_allowance": {"kind": "per_mille", "value": "3"},
    "loss_charged": "excess",
    "loss_price_per_tonne_minor": 60000,
    "rounding": "half_up",
}
LANES = (("mine", "mine-in"), ("mine", "mine-out"), ("plant", "plant-in"), ("plant", "plant-out"))


@dataclass
class Clock:
    """One clock for all lanes of a world: each record is a second after the one before."""

    now_ms: int = START_MS

    def tick(self) -> datetime:
        self.now_ms += 1000
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)


@dataclass
class FakeLane:
    """A lane box reduced to its journal: it numbers, chains and signs records."""

    yard: str
    lane: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    epoch: str = "00000000000000aa"
    seq: int = 0
    previous: str = GENESIS_HASH
    clock: Clock = field(default_factory=Clock)
    quality: str = "synced"

    def say(self, form: type[BaseModel], curve: str | None = None, **fields: Any) -> Envelope:
        """Return the next record, of any version, as it goes over the wire."""
        record = form(
            yard=self.yard,
            lane=self.lane,
            epoch=self.epoch,
            seq=self.seq + 1,
            event_id=fields.pop("event_id", None) or uuid4(),
            previous_hash=self.previous,
            at=fields.pop("at", None) or self.clock.tick(),
            clock=fields.pop("clock", self.quality),
            mono_ms=self.seq * 1000,
            boot_id="boot",
            **fields,
        )
        body = record.model_dump_json()
        self.seq += 1
        self.previous = sha256_hex(body)
        return self.envelope(Sealed.seal(body, self.key, curve))

    def envelope(self, sealed: Sealed) -> Envelope:
        payload = sealed.model_dump_json(exclude_none=True).encode()
        return Envelope(self.yard, self.lane, payload)

    def arrived(
        self,
        stop_id: UUID,
        tag: str = TAG,
        zero_before_kg: int = 0,
        plate: PlateRead | None = None,
    ) -> Envelope:
        fields: dict[str, Any] = {"stop_id": stop_id, "tag": tag, "zero_before_kg": zero_before_kg}
        return self.say(TruckArrived, **fields, plate=plate)

    def weighed(
        self,
        stop_id: UUID,
        weight_kg: int,
        tag: str = TAG,
        event_id: UUID | None = None,
        pictures: tuple[Picture, ...] = (),
        **seen: Any,
    ) -> Envelope:
        curve = json.dumps([[0, 0], [2000, weight_kg]])
        return self.say(
            WeighingCompleted,
            curve,
            stop_id=stop_id,
            tag=tag,
            weight_kg=weight_kg,
            e_kg=20,
            zero_before_kg=0,
            frames=6,
            stable_ms=600,
            protocol="yaohua-continuous",
            curve_sha256=sha256_hex(curve),
            event_id=event_id,
            pictures=pictures,
            **{"cards_seen": (), "plates_seen": (), **seen},
        )

    def released(self, stop_id: UUID, weighing_id: UUID, decided_by: str = "gateway") -> Envelope:
        return self.say(
            TruckReleased, stop_id=stop_id, weighing_id=weighing_id, decided_by=decided_by
        )

    def left(
        self, stop_id: UUID, weighing_id: UUID | None, zero_after_kg: int | None = 0
    ) -> Envelope:
        return self.say(
            TruckLeft,
            stop_id=stop_id,
            weighing_id=weighing_id,
            zero_after_kg=zero_after_kg,
            cycle_ms=21_000,
            admit_ms=9,
            release_ms=11,
        )

    def refused(self, stop_id: UUID, reason: str = "no_order") -> Envelope:
        return self.say(TruckRefused, stop_id=stop_id, reason=reason, refused_by="gateway")

    def voided(
        self, stop_id: UUID, weighing_id: UUID, reason: str = "deck_empty_after_restart"
    ) -> Envelope:
        return self.say(
            WeighingVoided,
            stop_id=stop_id,
            weighing_id=weighing_id,
            reason=reason,
            found_kg=0,
        )

    def fault(self, state: str, device: str = "scale", reason: str = "scale_silent") -> Envelope:
        return self.say(LaneFault, device=device, state=state, reason=reason)


def record_in(envelope: Envelope) -> Record:
    """Return the record inside a genuine message."""
    return RECORD.validate_json(Sealed.model_validate_json(envelope.payload).body)


@dataclass
class World:
    """What `build_world` put into the database."""

    lanes: Mapping[str, FakeLane]

    def lane(self, name: str) -> FakeLane:
        return self.lanes[name]


def build_world(connection: Connection) -> World:
    """Insert two yards with two lanes each, one contract, and one truck with one open order."""
    clock = Clock()
    made = {lane: FakeLane(yard, lane, clock=clock) for yard, lane in LANES}
    for yard in ("mine", "plant"):
        connection.execute(insert(yards), {"id": yard, "name": yard, "created_ms": START_MS})
    for lane in made.values():
        register_lane(connection, lane)
    add_contract(connection, "coal-1", "mine", "plant")
    add_truck(connection, "1", TAG)
    add_order(connection, "1", "1")
    return World(made)


def register_lane(connection: Connection, lane: FakeLane) -> None:
    """Insert the lane with its public key."""
    connection.execute(
        insert(lanes),
        {
            "id": lane.lane,
            "yard_id": lane.yard,
            "name": lane.lane,
            "public_key": public_text(lane.key.public_key()),
            "e_kg": 20,
            "max_kg": 100_000,
            "created_ms": START_MS,
        },
    )


def add_contract(connection: Connection, name: str, origin: str, destination: str) -> None:
    """Insert a contract for a day before and after the start."""
    connection.execute(
        insert(contracts),
        {
            "id": name,
            "consignor": "North Mine",
            "cargo": "coal",
            "origin_yard_id": origin,
            "destination_yard_id": destination,
            "valid_from_ms": START_MS - DAY_MS,
            "valid_to_ms": START_MS + DAY_MS,
            "terms": json.dumps(TERMS | {"contract_id": name}),
            "created_ms": START_MS,
        },
    )


def add_truck(connection: Connection, name: str, tag: str, **driver: Any) -> None:
    """Insert vehicle, driver and card `name`."""
    connection.execute(
        insert(vehicles),
        {
            "id": f"vehicle-{name}",
            "plate": f"蒙K{int(name):05d}",
            "axles": 6,
            "gross_max_kg": 49_000,
            "created_ms": START_MS,
        },
    )
    connection.execute(
        insert(drivers),
        {
            "id": f"driver-{name}",
            "name": "张三",
            "phone": "13800000000",
            "account_name": "张三",
            "account": "6222020200000000001",
            "bank_code": "ICBC0001",
            "created_ms": START_MS,
        }
        | driver,
    )
    connection.execute(
        insert(cards),
        {
            "id": f"card-{name}",
            "tag": tag,
            "vehicle_id": f"vehicle-{name}",
            "driver_id": f"driver-{name}",
            "created_ms": START_MS,
        },
    )


def add_order(
    connection: Connection,
    name: str,
    truck: str,
    created_ms: int = START_MS,
    contract: str = "coal-1",
) -> None:
    connection.execute(
        insert(orders),
        {
            "id": f"order-{name}",
            "order_no": f"N{name}",
            "contract_id": contract,
            "contract_version": 1,
            "terms": json.dumps(TERMS | {"contract_id": contract}),
            "vehicle_id": f"vehicle-{truck}",
            "driver_id": f"driver-{truck}",
            "created_ms": created_ms,
        },
    )


def settings_for(url: str, **sections: Any) -> Settings:
    """Return settings that need no file but the signing key's."""
    known: dict[str, Any] = {
        "database": {"url": url},
        "http": {"public_url": "https://taigan.example"},
        "mqtt": {"broker": "external"},
        "signing": {"key_file": "/nonexistent"},
        "settlement": {
            "url": "http://127.0.0.1:9",
            "token": "t" * 16,
            "webhook_secret": "whsec_" + "c" * 32,
        },
        "receipt": {"secret": "r" * 32},
    }
    return Settings(**(known | sections))


def order_status(connection: Connection, name: str = "1") -> str:
    found = connection.execute(select(orders.c.status).where(orders.c.id == f"order-{name}"))
    return str(found.scalar_one())
