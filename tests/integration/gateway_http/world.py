"""A yard's worth of rows, and the real application over them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import Engine, Table, insert

from edge.messages import Command, sha256_hex
from gateway.app import create_app
from gateway.auth.roles import Role
from gateway.auth.tables import users
from gateway.config import Settings
from gateway.keys import public_text
from gateway.live.hub import Hub
from gateway.migrations import upgrade
from gateway.outbox.tables import outbox
from gateway.records.tables import alarms, records
from gateway.registry import tables as registry
from gateway.tickets.settlements import columns_of
from gateway.tickets.tables import stops, tickets
from settlement.messages import (
    ContractTerms,
    Payout,
    PayoutState,
    Price,
    PriceLine,
    SettlementState,
)
from taigan.engine import open_engine
from tests.services.secrets import cheap_hash

NAMES = UUID("0b5e7d3a-5c5f-4a38-9a52-5e8f2f6a7c11")
NOW_MS = 1_794_990_000_000
PASSWORD = "a long enough password"
PASSWORD_HASH = cheap_hash(PASSWORD)
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
RECEIPT_SECRET = "a receipt secret of thirty-two characters"
LANES = [("mine", "mine-in"), ("mine", "mine-out"), ("plant", "plant-in"), ("plant", "plant-out")]
TERMS = {
    "currency": "CNY",
    "basis": "unload",
    "rate_per_tonne_minor": 4500,
    "loss_allowance": {"kind": "per_mille", "value": "3"},
    "loss_charged": "excess",
    "loss_price_per_tonne_minor": 60000,
    "rounding": "half_up",
}


def name_id(name: str) -> str:
    """Return the same id for the same name, so that a failing test can be read."""
    return str(uuid5(NAMES, name))


class Outgoing:
    """Where commands go instead of to MQTT."""

    def __init__(self) -> None:
        self.sent: list[Command] = []

    def publish(self, command: Command) -> None:
        self.sent.append(command)


@dataclass
class World:
    settings: Settings
    engine: Engine
    app: FastAPI
    hub: Hub
    outgoing: Outgoing
    clock: list[int] = field(default_factory=lambda: [NOW_MS])

    def insert(self, table: Table, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(table), values)


def make_settings(directory: Path, url: str | None = None, **http: Any) -> Settings:
    return Settings.model_validate(
        {
            "database": {"url": url or f"sqlite:///{directory / 'gateway.db'}"},
            "http": {"public_url": "http://testserver", **http},
            "mqtt": {"data_dir": str(directory)},
            "signing": {"key_file": str(directory / "key.pem")},
            "settlement": {
                "url": "http://127.0.0.1:1",
                "token": "a settlement token",
                "webhook_secret": WEBHOOK_SECRET,
            },
            "receipt": {"secret": RECEIPT_SECRET},
        }
    )


def open_world(
    directory: Path, *, now_ms: int = NOW_MS, url: str | None = None, **http: Any
) -> World:
    """Return the application over the database at `url`, or the one in `directory`."""
    settings = make_settings(directory, url, **http)
    engine = open_engine(settings.database.url)
    hub, outgoing, clock = Hub(), Outgoing(), [now_ms]
    app = create_app(settings, engine, hub, outgoing, now_ms=lambda: clock[0])
    return World(settings, engine, app, hub, outgoing, clock)


def make_world(
    directory: Path, *, now_ms: int = NOW_MS, url: str | None = None, **http: Any
) -> World:
    """Return the application over a new database with one user per role."""
    world = open_world(directory, now_ms=now_ms, url=url, **http)
    upgrade(world.engine)
    for role in Role:
        world.insert(
            users,
            id=name_id(role),
            username=role.value,
            password_hash=PASSWORD_HASH,
            role=role.value,
            created_ms=now_ms,
        )
    return world


def add_master_data(world: World) -> None:
    """Two yards with two lanes each, one truck with driver and card, one contract, one order."""
    at = {"created_ms": world.clock[0]}
    world.insert(registry.yards, id="mine", name="北山煤矿", **at)
    world.insert(registry.yards, id="plant", name="东港电厂", **at)
    for number, (yard, lane) in enumerate(LANES):
        key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).public_key()
        name = "进场磅" if lane.endswith("in") else "出场磅"
        world.insert(
            registry.lanes,
            id=lane,
            yard_id=yard,
            name=name,
            public_key=public_text(key),
            e_kg=20,
            max_kg=100_000,
            **at,
        )
    terms = ContractTerms.model_validate({**TERMS, "contract_id": "C-1", "version": 1})
    world.insert(
        registry.contracts,
        id="C-1",
        consignor="北山煤业",
        cargo="动力煤",
        origin_yard_id="mine",
        destination_yard_id="plant",
        valid_from_ms=world.clock[0] - 10**9,
        valid_to_ms=world.clock[0] + 10**10,
        terms=terms.model_dump_json(),
        **at,
    )
    add_truck(world, "蒙K12345", "王建国")
    add_order(world, "1", "蒙K12345")


def add_truck(world: World, plate: str, driver: str) -> None:
    at = {"created_ms": world.clock[0]}
    world.insert(
        registry.vehicles,
        id=name_id(plate),
        plate=plate,
        axles=6,
        gross_max_kg=49_000,
        **at,
    )
    world.insert(
        registry.drivers,
        id=name_id(f"driver of {plate}"),
        name=driver,
        phone="13800000000",
        account_name=driver,
        account="6222020200001234567",
        bank_code="ICBKCNBJ",
        **at,
    )
    world.insert(
        registry.cards,
        id=name_id(f"card of {plate}"),
        tag=sha256_hex(plate)[:10].upper(),
        vehicle_id=name_id(plate),
        driver_id=name_id(f"driver of {plate}"),
        **at,
    )


def add_order(world: World, number: str, plate: str, status: str = "open") -> str:
    order_id = name_id(f"order {number}")
    terms = ContractTerms.model_validate({**TERMS, "contract_id": "C-1", "version": 1})
    world.insert(
        registry.orders,
        id=order_id,
        order_no=f"20261118-{number:0>4}",
        contract_id="C-1",
        contract_version=1,
        terms=terms.model_dump_json(),
        vehicle_id=name_id(plate),
        driver_id=name_id(f"driver of {plate}"),
        status=status,
        created_ms=world.clock[0],
    )
    return order_id


def add_ticket(  # noqa: PLR0913 - a row of a test's table
    world: World,
    order_number: str,
    purpose: str,
    first_kg: int,
    second_kg: int | None,
    *,
    at_ms: int | None = None,
    settlement: SettlementState | None = None,
) -> str:
    """Insert a ticket, its weighings' records with curves, and return its id."""
    at_ms = world.clock[0] if at_ms is None else at_ms
    ticket_id = name_id(f"ticket {order_number} {purpose}")
    yard = "mine" if purpose == "loading" else "plant"
    events = [name_id(f"{ticket_id} {turn}") for turn in ("first", "second")]
    closed = {}
    add_record(world, yard, events[0], first_kg, at_ms)
    if second_kg is not None:
        add_record(world, yard, events[1], second_kg, at_ms + 900_000)
        gross, tare = max(first_kg, second_kg), min(first_kg, second_kg)
        closed = {
            "second_event_id": events[1],
            "second_kg": second_kg,
            "second_ms": at_ms + 900_000,
            "gross_kg": gross,
            "tare_kg": tare,
            "net_kg": gross - tare,
            "closed_ms": at_ms + 905_000,
        }
    world.insert(
        tickets,
        id=ticket_id,
        order_id=name_id(f"order {order_number}"),
        yard_id=yard,
        purpose=purpose,
        status="closed" if closed else "open",
        first_event_id=events[0],
        first_kg=first_kg,
        first_ms=at_ms,
        created_ms=at_ms,
        **closed,
        **(columns_of(settlement) if settlement else {}),
    )
    return ticket_id


def curve_to(kg: int) -> list[list[int]]:
    """Return a truck driving on and standing still."""
    ramp = [[step * 200, kg * step // 15 // 20 * 20] for step in range(15)]
    return ramp + [[3000 + step * 100, kg] for step in range(20)]


def add_record(world: World, yard: str, event_id: str, kg: int, at_ms: int) -> None:
    body = json.dumps({"event_id": event_id, "weight_kg": kg}, separators=(",", ":"))
    with world.engine.begin() as connection:
        taken = connection.exec_driver_sql("SELECT COUNT(*) FROM records").scalar_one()
        connection.execute(
            insert(records),
            {
                "yard_id": yard,
                "lane_id": f"{yard}-in",
                "epoch": "0" * 16,
                "seq": taken + 1,
                "event_id": event_id,
                "kind": "weighing_completed.v1",
                "body": body,
                "body_sha256": sha256_hex(body),
                "key_id": "0" * 16,
                "signature": "c2lnbmF0dXJl",
                "curve": json.dumps(curve_to(kg)),
                "received_ms": at_ms,
                "verdict": "accepted",
            },
        )


def settlement_of(
    ticket_id: str,
    state: PayoutState,
    *,
    nets: tuple[int, int] = (32_600, 32_480),
    revision: int = 1,
    at_ms: int = NOW_MS,
    **payout: Any,
) -> SettlementState:
    """Return the settlement of a load under TERMS."""
    load_kg, unload_kg = nets
    freight = unload_kg * 45 // 10
    allowed = load_kg * 3 / 1000
    excess = max(0.0, load_kg - unload_kg - allowed)
    lines = [_line("freight", str(unload_kg), 4500, freight)]
    if excess:
        lines.append(_line("loss_deduction", f"{excess:g}", -60_000, -round(excess * 60)))
    total = sum(line.amount_minor for line in lines)
    settled_at = datetime.fromtimestamp(at_ms / 1000, UTC)
    paid_at = settled_at + timedelta(seconds=3) if state is PayoutState.PAID else None
    return SettlementState(
        settlement_id=UUID(name_id(f"settlement {ticket_id}")),
        ticket_id=UUID(ticket_id),
        order_no="20261118-0001",
        settled_at=settled_at,
        price=Price.model_validate(
            {
                "currency": "CNY",
                "lines": lines,
                "total_minor": total,
                "loss_kg": load_kg - unload_kg,
                "allowed_kg": f"{allowed:g}",
            }
        ),
        payout=Payout(
            payout_id=UUID(name_id(f"payout {ticket_id}")),
            provider_no="T1",
            amount_minor=total,
            state=state,
            paid_at=paid_at,
            **payout,
        ),
        revision=revision,
    )


def _line(code: str, quantity: str, rate: int, amount: int) -> PriceLine:
    return PriceLine.model_validate(
        {
            "code": code,
            "quantity_kg": quantity,
            "rate_per_tonne_minor": rate,
            "amount_minor": amount,
        }
    )


def add_stop(world: World, name: str, state: str, **values: Any) -> str:
    stop_id = name_id(f"stop {name}")
    defaults = {
        "yard_id": "mine",
        "lane_id": "mine-in",
        "tag": "0A1B2C3D4E",
        "plate": "蒙K12345",
        "arrival_event_id": name_id(f"arrival {name}"),
        "arrived_ms": world.clock[0],
        "arrival_action": "admit",
    }
    world.insert(stops, stop_id=stop_id, state=state, **(defaults | values))
    return stop_id


def add_crossing(world: World, name: str, weight_kg: int, *, minutes: int, **values: Any) -> str:
    """Add a stop whose truck, the first, was weighed and let go so many minutes later."""
    at_ms = world.clock[0] + 60_000 * minutes
    crossed: dict[str, Any] = {
        "tag": sha256_hex("蒙K12345")[:10].upper(),
        "vehicle_id": name_id("蒙K12345"),
        "arrived_ms": at_ms - 30_000,
        "weighing_event_id": name_id(f"weighing {name}"),
        "weighing_seq": minutes,
        "weight_kg": weight_kg,
        "weighed_ms": at_ms,
        "weighing_action": "release",
        "is_synced": True,
        "released_ms": at_ms,
        "heard_ms": at_ms,
        "left_ms": at_ms + 5_000,
    }
    crossed |= values
    return add_stop(world, name, crossed.pop("state", "left"), **crossed)


def add_alarm(world: World, kind: str, **values: Any) -> str:
    alarm_id = name_id(f"alarm {kind}")
    defaults = {
        "yard_id": "plant",
        "lane_id": "plant-in",
        "detail": "scale: scale_silent",
        "count": 1,
        "first_ms": world.clock[0],
        "last_ms": world.clock[0],
    }
    world.insert(alarms, id=alarm_id, kind=kind, **(defaults | values))
    return alarm_id


def add_outbox(world: World, ticket_id: str) -> None:
    world.insert(
        outbox, ticket_id=ticket_id, body="{}", created_ms=world.clock[0], due_ms=world.clock[0]
    )
