"""An honest world's exports, and the heads of it that somebody kept elsewhere.

Trucks drive through the real gateway, their tickets are settled and paid by the real settlement:
some paid, one failed, one returned, one held for funds, one on its way, with loss and without.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select

from gateway.audit.export import chained
from gateway.audit.export import export_lines as gateway_lines
from gateway.audit.heads import keeper_of
from gateway.migrations import upgrade as upgrade_gateway
from gateway.outbox.tables import outbox
from gateway.tickets.settlements import store_settlement
from settlement.audit import export_lines as settlement_lines
from settlement.facts import SOURCE
from settlement.messages import SettlementState, TicketToSettle
from settlement.migrations import upgrade as upgrade_settlement
from settlement.payouts.changes import find_settlement
from settlement.payouts.identity import settlement_id
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.service import RailCall, claim_due, record
from settlement.payouts.states import RailOutcome
from settlement.tables import callbacks
from taigan.engine import open_engine
from taigan.heads.keeper import Keeper
from taigan.heads.note import verifier_key
from taigan.heads.settings import HeadSettings
from taigan.key_file import create_key, read_key
from taigan.transactions import Database
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import START_MS, add_contract, add_order, add_truck
from tests.integration.settlement.conftest import POLICY, Desk

DAY_MS = 86_400_000
ORIGIN = "taigan.example"
_OUTCOMES = (RailOutcome.PAID, RailOutcome.FAILED, RailOutcome.PAID, RailOutcome.PAID)


@dataclass(frozen=True)
class Kept:
    """What an auditor has: both exports, the lanes' keys, and a folder with the heads."""

    gateway: list[dict[str, Any]]
    settlement: list[dict[str, Any]]
    keys: dict[str, bytes]
    heads: Path
    signing: dict[str, Ed25519PrivateKey]
    """The heads' keys, which the owner has too."""

    @property
    def head_keys(self) -> list[str]:
        """Return what verifies the heads."""
        return [
            verifier_key(f"{ORIGIN}/{name}", key.public_key()) for name, key in self.signing.items()
        ]


@dataclass
class Trade:
    """Gateway and settlement on one virtual clock, and whoever keeps their heads."""

    gateway: Gateway
    desk: Desk
    folder: Path
    now_ms: int = START_MS

    def keep_heads(self) -> None:
        """Make the day's heads and bring them away."""
        for name, keeper in self._keepers().items():
            keeper.head(self._settings(name))
            keeper.round()

    def _keepers(self) -> dict[str, Keeper]:
        settings = self._settings("gateway")
        database = self.desk.database
        return {
            "gateway": keeper_of(self.gateway.engine, settings, lambda: self.now_ms),
            "settlement": Keeper(
                SOURCE, database.run, self._settings("settlement"), lambda _: self.now_ms
            ),
        }

    def _settings(self, name: str) -> HeadSettings:
        key = self.folder / f"{name}-head.key"
        create_key(key)
        return HeadSettings(
            key_file=key, origin=f"{ORIGIN}/{name}", directory=self.folder / "heads"
        )

    def drive(self, number: int) -> None:
        """Let a truck of its own deliver, have it settled, and tell the gateway."""
        tag = f"{0xCA0000 + number:08X}"
        with self.gateway.engine.begin() as connection:
            driver = {"account": f"62220202000{number:08}", "account_name": f"司机{number}"}
            add_truck(connection, str(number), tag, **driver)
            contract = "coal-1" if number % 2 else "coal-2"
            add_order(connection, str(number), str(number), contract=contract)
        self._cross("mine-in", 16_000, tag)
        self._cross("mine-out", 49_000 - 20 * (number % 7), tag)
        self._cross("plant-in", 48_600 - 20 * (number % 5), tag)
        self._cross("plant-out", 15_980, tag)
        with self.gateway.engine.begin() as connection:
            bodies = connection.execute(select(outbox.c.body)).scalars().all()
        ticket = TicketToSettle.model_validate_json(bodies[-1])
        for body in bodies:
            one = TicketToSettle.model_validate_json(body)
            ticket = one if one.order_no == f"N{number}" else ticket
        state, _ = self.desk.settle(ticket)
        self.tell(state)

    def _cross(self, lane: str, weight_kg: int, tag: str) -> None:
        self.now_ms += 600_000
        self.gateway.now_ms = self.now_ms
        fake = self.gateway.lane(lane)
        fake.clock.now_ms = self.now_ms
        self.gateway.cross(fake, weight_kg, tag)

    def pay(self, outcome: RailOutcome, most: int = 9) -> None:
        """Let a worker do what is due, with this answer of the bank, and tell the gateway."""
        self.now_ms += 1_000
        claims = self.desk.database.run(lambda c: claim_due(self.desk.transaction(c), most))
        self.now_ms += 50
        for call in claims.calls:
            said = {"id": call.provider_no, "status": str(outcome)}
            answer = RailAnswer(outcome=outcome, evidence=f"201 {json.dumps(said)}", reason=None)
            self._record(call, answer)
            self._call_back(call.provider_no, outcome, call.amount_minor)
        for ticket in self._tickets():
            self.tell(ticket)

    def _record(self, call: RailCall, answer: RailAnswer) -> None:
        self.desk.database.run(lambda c: record(self.desk.transaction(c), call, answer))

    def _call_back(self, number: str, outcome: RailOutcome, amount_minor: int) -> None:
        data = {"id": number, "status": str(outcome), "amount_minor": amount_minor}
        row = {
            "event_id": f"msg_{number}_{outcome}",
            "provider_no": number,
            "body": json.dumps({"type": "transfer.updated", "data": data}),
            "received_ms": self.now_ms,
        }
        with self.desk.database.write() as connection:
            connection.execute(insert(callbacks), row)

    def _tickets(self) -> Iterator[SettlementState]:
        with self.gateway.engine.begin() as connection:
            ids = connection.execute(select(outbox.c.ticket_id)).scalars().all()
        for ticket_id in ids:
            with self.desk.database.snapshot() as connection:
                state = find_settlement(connection, settlement_id(UUID(ticket_id)))
            if state is not None:
                yield state

    def tell(self, state: SettlementState) -> None:
        with self.gateway.engine.begin() as connection:
            store_settlement(connection, state, self.now_ms)

    def exports(self) -> Kept:
        for keeper in self._keepers().values():
            keeper.extend()
        lines = b"".join(chained(gateway_lines(self.gateway.engine, self.now_ms)))
        with self.desk.database.snapshot() as connection:
            money = list(settlement_lines(connection, self.now_ms + 1))
        return Kept(
            [json.loads(line) for line in lines.splitlines()],
            [json.loads(line) for line in money],
            {
                f"{lane.yard}/{lane.lane}": lane.key.public_key().public_bytes_raw()
                for lane in self.gateway.world.lanes.values()
            },
            self.folder / "heads",
            {name: read_key(self._settings(name).key_file) for name in ("gateway", "settlement")},
        )


@contextmanager
def trading(folder: Path) -> Iterator[Trade]:
    """Yield an empty world with deposits on its two contracts, too little on one of them."""
    engine = open_engine(f"sqlite:///{folder / 'gateway.db'}")
    upgrade_gateway(engine)
    desk = Desk(Database(f"sqlite:///{folder / 'settlement.db'}"))
    upgrade_settlement(desk.database)
    trade = Trade(Gateway(engine), desk, folder)
    with engine.begin() as connection:
        add_contract(connection, "coal-2", "mine", "plant")
    desk.database.now_ms = lambda _: trade.now_ms
    desk.policy = POLICY
    lanes = trade.gateway.world.lanes.values()
    keys = {f"{x.yard}/{x.lane}": (x.key.public_key().public_bytes_raw(),) for x in lanes}
    desk.rules(lane_keys=keys)
    desk.deposit(2_000_000, "deposit-1", "coal-1")
    desk.deposit(280_000, "deposit-2", "coal-2")
    yield trade
    desk.database.close()
    engine.dispose()


def honest(folder: Path, trucks: int = 8) -> Kept:
    """Return the exports of a day with these trucks, and the heads that were kept of it."""
    with trading(folder) as trade:
        for number in range(2, 2 + trucks):
            trade.drive(number)
            trade.pay(_OUTCOMES[number % len(_OUTCOMES)])
            if number == trucks // 2:
                trade.keep_heads()
        trade.drive(2 + trucks)
        trade.now_ms += 2 * DAY_MS
        trade.pay(RailOutcome.FAILED, most=1)
        trade.keep_heads()
        return trade.exports()
